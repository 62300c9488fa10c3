import assert from 'node:assert/strict'
import { test } from 'node:test'
import { say } from '../../src/core/printable.ts'
import type { Printable } from '../../src/core/printable.ts'
import { documentLines, written } from '../../src/render/door.ts'
import { render, renderHelp, renderRecorded } from '../../src/render/index.ts'
import { COLOURED, PLAIN } from '../../src/render/style.ts'
import { DEFAULTS } from '../../src/cli/defaults.ts'
import { FORMATS } from '../../src/core/options.ts'
import { REFUSING } from '../support/door.ts'
import { file, finding, reportOf } from '../support/report.ts'

/** What no parser gives: a raw text with the type of a printable one. */
const RAW = 'a\u001b[31m\nb\u202e\u3164' as Printable
const PAGE = { width: 80 }
const SAFE = String.raw`a\x1b[31m\x0ab\xe2\x80\xae\xe3\x85\xa4`

test('the door escapes what is left in a line, and puts colour and the end behind it', () => {
  assert.equal(written([RAW, { strong: RAW }]), `${SAFE}\n${SAFE}\n`)
  assert.equal(written([{ strong: RAW }], COLOURED), `\u001b[1m${SAFE}\u001b[22m\n`)
  assert.throws(() => written([RAW], PLAIN, REFUSING), /has reached the door/)
})

test('each text of a document goes through the door', () => {
  const text = written(documentLines({ a: [RAW], b: { c: RAW, d: 1, e: null } }))
  assert.deepEqual(JSON.parse(text), { a: [SAFE], b: { c: SAFE, d: 1, e: null } })
  assert.throws(() => documentLines({ a: RAW }, REFUSING), /has reached the door/)
})

test('no format loses a report for a name in it, and none prints it raw', async () => {
  const files = [file('libz.so.1', 'zlib 1-1 2-1')]
  const one = {
    ...finding({ files }),
    name: RAW,
    unit: RAW,
    command: [RAW],
    kind: 'user-service',
  } as const
  const report = { ...reportOf(), findings: [one], commands: [[say`x`, say`restart`, RAW]] }
  for (const format of FORMATS) {
    const text = await render(report, { ...DEFAULTS, format }, COLOURED, PAGE)
    const plain = text.replaceAll('\u001b[1m', '').replaceAll('\u001b[22m', '')
    assert.match(plain.replaceAll('\n', ''), /^\P{C}+$/u, format)
    assert.match(plain, /a\\+x1b\[31m/, format)
    // These get parts of names, which are made printable again.
    if (format !== 'prometheus' && format !== 'nagios')
      await assert.rejects(render(report, { ...DEFAULTS, format }, PLAIN, PAGE, REFUSING), format)
  }
})

test('so do the help, and the line about a recording', () => {
  assert.equal(renderHelp('a\n\n  b\n'), 'a\n\n  b\n')
  assert.equal(renderHelp('a\u001b'), 'a\\x1b\n')
  assert.equal(renderRecorded(1, 2, RAW), `Recorded 1 of 2 processes to ${SAFE}\n`)
})
