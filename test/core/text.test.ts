import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'node:test'
import { compileGlob } from '../../src/core/glob.ts'
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

const GLOBS: readonly (readonly [glob: string, text: string, matches: boolean])[] = [
  ['ly.service', 'ly.service', true],
  ['ly.service', 'logrotate-weekly.service', false],
  ['ly.service', 'ly.service.d', false],
  ['docker-*.scope', 'docker-ab12.scope', true],
  ['/opt/*', '/opt/a/b.so', true],
  ['/opt/*', '/srv/opt/a', false],
  ['*.so', '/usr/lib/a.so', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['[a-c]x', 'bx', true],
  ['[!a-c]x', 'bx', false],
  ['[]]', ']', true],
  ['[a-]', '-', true],
  ['x\\x2dy', 'x\\x2dy', true],
  ['*', '', true],
  ['a.b', 'axb', false],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-b-b-', false],
]
for (const [source, text, matches] of GLOBS) {
  test(`compileGlob() lets ${source} ${matches ? 'match' : 'not match'} ${text}`, () => {
    const glob = compileGlob(source)
    assert.ok(typeof glob !== 'string')
    assert.equal(glob.matches(text), matches)
  })
}

test('compileGlob() says what is wrong', () => {
  assert.equal(compileGlob(''), 'it is empty')
  assert.equal(compileGlob('ab[c'), 'the "[" at position 3 has no "]"')
})

test('compileGlob() needs few steps for a pattern and a text made to need many', () => {
  let steps = 0
  const glob = compileGlob(`${'*a'.repeat(50)}b`)
  assert.ok(typeof glob !== 'string')
  const text = new Proxy(Object('a'.repeat(2000)) as object, {
    get: (target, key) => {
      steps += 1
      return Reflect.get(target, key) as unknown
    },
  }) as unknown as string
  assert.equal(glob.matches(text), false)
  assert.ok(steps < 50 * 2000 * 4, `${steps} steps`)
})
