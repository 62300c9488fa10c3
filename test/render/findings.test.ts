import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findingLines } from '../../src/render/text/findings.ts'
import { ASCII_COLUMNS, HOOK_WIDTH, WIDTH } from '../../src/render/text/layout.ts'
import type { Page } from '../../src/render/text/layout.ts'
import { file, finding } from '../support/report.ts'

const pageOf = (isHook: boolean): Page => ({
  isHook,
  width: isHook ? HOOK_WIDTH : WIDTH,
  columns: ASCII_COLUMNS,
  said: new Set(),
})
const services = ['a', 'b', 'c'].map((name) => finding({ unit: `${name}.service` }))

test('the last row of the room is for the number of the others, unless it is the last finding', () => {
  assert.equal(findingLines(services, pageOf(true), 3).length, 3)
  const lines = findingLines(services, pageOf(true), 2)
  assert.deepEqual(
    lines.map((line) => line.trim().split(' ')[0]),
    ['a.service', '(2'],
  )
})

test('a finding takes three lines of a hook at most, and by hand as many as it needs', () => {
  const names = Array.from({ length: 40 }, (_, n) => `lib-with-a-long-name-${n}.so.${n}`)
  const long = finding({ files: names.map((name) => file(name, `p${name} 1-1 2-1`)) })
  const inHook = findingLines([long], pageOf(true), 20)
  assert.ok(inHook.length <= 3, inHook.join('\n'))
  const blocked = finding({
    cautions: Array.from({ length: 9 }, () => ({
      code: 'changing-state' as const,
      blocking: true as const,
      detail: null,
    })),
  })
  const cut = findingLines([blocked], pageOf(true), 20)
  assert.equal(cut.length, 3)
  assert.match(cut[2] ?? '', / \.\.\.$/)
  assert.ok(findingLines([blocked], pageOf(false), Infinity).length > 3)
})

test('a name is cut unless people copy it', () => {
  const name = 'x'.repeat(200)
  const first = (kind: 'process' | 'service') =>
    findingLines([finding({ kind, name, unit: name })], pageOf(true), 20)[0]
  assert.ok((first('process') ?? '').length < 80)
  assert.ok((first('service') ?? '').includes(name))
})
