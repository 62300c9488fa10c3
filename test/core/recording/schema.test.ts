import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  anyTable,
  count,
  date,
  either,
  flag,
  listOf,
  mapOf,
  nullable,
  number,
  oneOf,
  optional,
  pairOf,
  plain,
  table,
  text,
  unitName,
  withDefault,
  WRONG,
} from '../../../src/core/recording/schema.ts'
import type { Schema } from '../../../src/core/recording/schema.ts'

const POINT = table<{ readonly x: number; readonly name?: string }>({
  x: count,
  name: optional(text),
})

/** What each schema takes as it is, and what it refuses. */
const SCHEMAS: readonly (readonly [
  name: string,
  schema: Schema<unknown>,
  right: readonly unknown[],
  wrong: readonly unknown[],
])[] = [
  ['text', text, ['', 'a\nb'], [1, null, undefined, []]],
  ['plain', plain, ['', 'a b'], [1, null]],
  ['unitName', unitName, ['a.service', 'a\\x2d@1.scope'], ['a', 'a b.service', 'a\n.service', 1]],
  ['flag', flag, [true, false], [0, 'true', null]],
  ['count', count, [0, 1, Number.MAX_SAFE_INTEGER], [-1, 0.5, 2 ** 53, '1', Number.NaN, null]],
  ['number', number, [-1, 0.5], [Number.NaN, Infinity, '1']],
  ['date', date, ['2026-11-23T07:18:43.120Z'], ['yesterday', '', 0]],
  ['one of', oneOf(['a', 'b']), ['a', 'b'], ['c', '', null]],
  ['nullable', nullable(count), [null, 1], [undefined, 'a']],
  ['optional', optional(count), [undefined, 1], [null, 'a']],
  ['with a default', withDefault(count, 7), [1], [null, 'a']],
  ['either', either(count, text), [1, 'a'], [null, -1]],
  ['list', listOf(count), [[], [1, 2]], [null, {}, [1, -1], [[1]]]],
  ['pair', pairOf(count, text), [[1, 'a']], [[1], ['a', 1], [1, 'a', 2], null]],
  ['table', POINT, [{ x: 1 }, { x: 1, name: 'a' }], [{}, { x: 'a' }, [], null, { x: 1, name: 1 }]],
  ['any table', anyTable, [{}, { a: [] }], [[], null, 'a']],
]

for (const [name, schema, right, wrong] of SCHEMAS)
  test(`the schema "${name}" takes what is right and refuses all else`, () => {
    for (const value of right) assert.deepEqual(schema(value), value)
    for (const value of wrong) assert.equal(schema(value), WRONG, JSON.stringify(value))
  })

test('a table leaves out what it does not know, and members that are absent', () => {
  assert.deepEqual(POINT({ x: 1, y: 2 }), { x: 1 })
  assert.deepEqual(table<{ readonly x: number }>({ x: withDefault(count, 7) })({}), { x: 7 })
})

test('a map is the list of its entries', () => {
  const schema = mapOf(count, text)
  assert.deepEqual(schema([[1, 'a']]), new Map([[1, 'a']]))
  for (const wrong of [{}, [[1]], [['a', 1]], null]) assert.equal(schema(wrong), WRONG)
})

test('what is printed of a recording is printable, dates too', () => {
  assert.equal(plain('a\u001b[2J\u202e'), String.raw`a\x1b[2J\xe2\x80\xae`)
  // Date.parse() leaves out what stands in parentheses.
  assert.equal(date('2026-11-23 07:18:40Z (\u001b[2J)'), '2026-11-23T07:18:40.000Z')
})
