import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'node:test'
import { compareText, printable, printableText } from '../../src/core/printable.ts'

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
  ['escapes what stands in no byte', '\u202e', '\\xe2\\x80\\xae'],
]
for (const [fact, bytes, text] of PRINTABLE)
  test(`printable() ${fact}`, () => assert.equal(printable(bytes), text))

/** Characters that show nothing, or a blank, and one of each kind that is not printed. */
const UNSEEN = [
  ...'\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a',
  ...'\u202f\u205f\u3000\u2800\u3164\u115f\u1160\uffa0\u034f\u17b4\u17b5\u180b\u180c\u180d\u180e',
  ...'\u180f\ufe00\ufe0f\u{e0100}\u{e01ef}\u00ad\u200b\u200c\u200d\u2060\u2066\ufeff\u{e0041}',
  ...'\u2065\u0378\ue000\u{10fffd}\ufffe\u{1d159}\u{13441}\u{13442}\u{1d173}\u0085\u2028\u2029',
]
test('what shows nothing or looks like a blank is escaped', () => {
  for (const character of UNSEEN) {
    const bytes = [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16)}`).join('')
    assert.equal(printableText(`a${character}b`), `a${bytes}b`)
    assert.equal(printable(Buffer.from(`a${character}b`).toString('latin1')), `a${bytes}b`)
  }
  assert.equal(printableText('a\ud800b\udfff'), 'a\\u{d800}b\\u{dfff}')
})

const ACUTE = '\\xcc\\x81'
const MARKED: readonly (readonly [fact: string, text: string, shown: string])[] = [
  ['leaves Vietnamese', 'Vie\u0323\u0302t', 'Vie\u0323\u0302t'],
  ['leaves vocalized Hebrew', '\u05e9\u05b8\u05bc\u05c1\u0591', '\u05e9\u05b8\u05bc\u05c1\u0591'],
  [
    'leaves Devanagari',
    '\u0928\u093f\u0930\u094d\u0923\u092f',
    '\u0928\u093f\u0930\u094d\u0923\u092f',
  ],
  ['leaves four marks on a character', `a${'\u0301'.repeat(4)}`, `a${'\u0301'.repeat(4)}`],
  ['escapes the fifth', `a${'\u0301'.repeat(6)}b`, `a${'\u0301'.repeat(4)}${ACUTE}${ACUTE}b`],
  ['escapes a mark at the beginning', '\u0301a', `${ACUTE}a`],
  ['escapes a mark on a blank', 'a \u0301', `a ${ACUTE}`],
]
for (const [fact, text, shown] of MARKED)
  test(`printableText() ${fact}`, () => {
    assert.equal(printableText(text), shown)
    assert.equal(printableText(shown), shown)
  })

test('what is printable stays as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(printableText(printableText(text)), printableText(text))
    }),
  )
})

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
  const unseen = new Set(UNSEEN)
  const clean = fc
    .string({ unit: 'grapheme' })
    .filter((text) => !/[^\P{C}]|[^\P{Default_Ignorable_Code_Point}]|[^\P{Z} ]|\p{M}/u.test(text))
    .filter((text) => [...text].every((character) => !unseen.has(character)))
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
