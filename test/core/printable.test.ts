import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'node:test'
import { compareText, printable } from '../../src/core/printable.ts'

const PRINTABLE: readonly (readonly [fact: string, bytes: string, text: string])[] = [
  ['leaves ASCII alone', '/usr/lib/a b.so', '/usr/lib/a b.so'],
  ['decodes UTF-8', 'caf\xc3\xa9 \xe6\xbc\xa2 \xf0\x9f\x98\x80', 'café 漢 😀'],
  ['escapes escape sequences', '\x1b[31m', '\\x1b[31m'],
  ['escapes newline and tab', 'a\n\tb', 'a\\x0a\\x09b'],
  ['escapes stray bytes', 'a\xff\xc3', 'a\\xff\\xc3'],
  ['escapes overlong forms', '\xc0\xaf', '\\xc0\\xaf'],
  ['escapes surrogates', '\xed\xa0\x80', '\\xed\\xa0\\x80'],
  ['escapes C1 controls (U+009B)', '\xc2\x9b', '\\xc2\\x9b'],
  ['escapes what turns the text around (U+202E)', '\xe2\x80\xae', '\\xe2\\x80\\xae'],
  ['escapes line separators (U+2028)', '\xe2\x80\xa8', '\\xe2\\x80\\xa8'],
  ['escapes DEL', '\x7f', '\\x7f'],
]
for (const [fact, bytes, text] of PRINTABLE)
  test(`printable() ${fact}`, () => assert.equal(printable(bytes), text))

test('printable() lets nothing through that a terminal acts on', () => {
  const bytes = fc
    .uint8Array({ maxLength: 60 })
    .map((array) => Buffer.from(array).toString('latin1'))
  fc.assert(
    fc.property(bytes, (text) =>
      assert.doesNotMatch(printable(text), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u),
    ),
  )
})

test('printable() gives back UTF-8 without control characters', () => {
  const clean = fc
    .string({ unit: 'grapheme' })
    .filter((text) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text))
  fc.assert(
    fc.property(clean, (text) =>
      assert.equal(printable(Buffer.from(text).toString('latin1')), text),
    ),
  )
})

test('compareText() goes by code point, not by locale or UTF-16 unit', () => {
  assert.deepEqual(['ä', 'b', 'a', 'B', '\u{10000}', '\uffee', 'ab', ''].toSorted(compareText), [
    '',
    'B',
    'a',
    'ab',
    'b',
    'ä',
    '\uffee',
    '\u{10000}',
  ])
})
