import assert from 'node:assert/strict'
import { test } from 'node:test'
import { typedName } from '../../../src/core/act/names.ts'
import { shortName } from '../../../src/core/act/names.ts'
import { printableText } from '../../../src/core/printable.ts'

const SHORT = [
  ['nginx.service', 'nginx'],
  ['asx@8.3.service', 'asx@8.3'],
  ['as.y.service', 'as.y'],
  ['service.service', 'service'],
  ['a.service.service', 'a.service.service'],
  ['x.mount.service', 'x.mount.service'],
  ['x@a.timer.service', 'x@a.timer.service'],
  [String.raw`a\x2db.service`, String.raw`a\x2db.service`],
  ['-a.service', '-a.service'],
  ['--.service', '--.service'],
  ['init.scope', 'init.scope'],
] as const

for (const [unit, short] of SHORT)
  test(`${unit} is typed as ${short}`, () => {
    const name = shortName(printableText(unit))
    assert.equal(name, short)
    const again = typedName(name)
    assert.equal('unit' in again && again.unit, unit)
  })
