import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printableText, say } from '../../src/core/printable.ts'
import { columnsOf } from '../../src/render/text/columns.ts'
import { padded, rowsOf, shortened, wrapped } from '../../src/render/text/layout.ts'
import { renderText } from '../../src/render/text/text.ts'
import { shown } from '../support/door.ts'
import { finding, reportOf } from '../support/report.ts'

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
  assert.equal(rowsOf([WIDE], { columns: columnsOf }), 2)
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
  assert.deepEqual(lines('"a b c d e f g h"'), ['"a b c d e f', ' g h"'])
})

test('wide names make no line that a terminal would break, and columns stay in line', () => {
  const names = ['漢'.repeat(4), 'a', '漢'.repeat(60)]
  const findings = names.map((name) =>
    finding({ kind: 'process', name, unit: null, processes: [], action: 'manual' }),
  )
  for (const hook of [false, true]) {
    const text = shown(renderText(reportOf({ findings }), { hook, all: false }, columnsOf))
    for (const line of text.split('\n')) assert.ok(columnsOf(line) <= (hook ? 80 : 98), line)
    const [, wide = '', narrow = ''] = text.split('\n')
    const before = (line: string) => columnsOf(line.slice(0, line.indexOf('libc')))
    assert.equal(before(wide), before(narrow))
  }
})
