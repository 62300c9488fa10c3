import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printableText, say } from '../../src/core/printable.ts'
import { columnsOf } from '../../src/render/text/columns.ts'
import { padded, shortened, wrapped } from '../../src/render/text/layout.ts'
import { renderText } from '../../src/render/text/text.ts'
import { shown } from '../support/door.ts'
import { file, finding, reportOf } from '../support/report.ts'

const COLUMNS: readonly (readonly [text: string, columns: number])[] = [
  ['abc', 3],
  ['é', 1],
  ['e\u0301', 1],
  ['漢字', 4],
  ['ｗ', 2],
  ['😀', 2],
  ['\u05e9\u05b8\u05bc', 1],
  ['', 0],
]
for (const [text, columns] of COLUMNS)
  test(`a terminal needs ${columns} columns for ${JSON.stringify(text)}`, () =>
    assert.equal(columnsOf(text), columns))

const WIDE = printableText('漢'.repeat(50))

test('texts are broken, cut and filled up by columns, and none between a letter and its mark', () => {
  assert.deepEqual(wrapped(WIDE, 41, columnsOf), [
    '漢'.repeat(20),
    '漢'.repeat(20),
    '漢'.repeat(10),
  ])
  assert.equal(shortened(WIDE, 10, columnsOf), '漢漢漢...')
  assert.equal(padded(say`${printableText('漢')}`, 4, columnsOf), '漢  ')
  assert.deepEqual(wrapped(printableText('ae\u0301b'), 2, columnsOf), ['ae\u0301', 'b'])
  // A mark that takes a column of its own stays with its character too.
  const spaced = 'a\u0b95\u0bbeb'
  assert.deepEqual(wrapped(printableText(spaced), 2, columnsOf), ['a', '\u0b95\u0bbe', 'b'])
  assert.deepEqual(wrapped(printableText('漢'), 1, columnsOf), ['漢'])
})

test('a text is not broken inside of quotes, where every quote has an end', () => {
  const lines = (text: string) => wrapped(printableText(text), 12, columnsOf)
  assert.deepEqual(lines('a "b c d e" f g'), ['a "b c d e"', 'f g'])
  assert.deepEqual(lines('aa bb "b c d e" f g'), ['aa bb', '"b c d e" f', 'g'])
  assert.deepEqual(lines('a "b c d e f g'), ['a "b c d e f', 'g'])
})

test('no piece of what stands in quotes has a blank, where it is longer than a line', () => {
  for (const width of [12, 26, 40])
    for (let at = 0; at < 60; at += 1) {
      const text = printableText(
        `it runs ("${'x'.repeat(at)} sudo reboot   y/${'z'.repeat(40)}") now`,
      )
      const lines = wrapped(text, width, columnsOf)
      for (const line of lines) {
        assert.ok(columnsOf(line) <= width, line)
        assert.doesNotMatch(line, /sudo reboot/)
      }
    }
})

test('wide names make no line that a terminal would break, and columns stay in line', () => {
  const names = ['漢'.repeat(4), 'a', '漢'.repeat(60)]
  const findings = names.map((name) =>
    finding({ kind: 'process', name, unit: null, processes: [], action: 'manual' }),
  )
  const changed = findings.map((one) => ({ ...one, files: [file('libz.so.1', 'zlib 1-1 2-1')] }))
  const report = { ...reportOf(), findings: changed }
  for (const hook of [false, true])
    for (const line of shown(renderText(report, { hook, all: false }, columnsOf)).split('\n'))
      assert.ok(columnsOf(line) <= 80, line)
  const rows = shown(renderText(report, { hook: false, all: false }, columnsOf)).split('\n')
  const before = (name: string) => {
    const row = rows.find((line) => line.includes(`  ${name} (PID`)) ?? ''
    return columnsOf(row.slice(0, row.indexOf('zlib')))
  }
  assert.ok(before('a') > 0)
  assert.equal(before('漢漢漢漢'), before('a'))
})
