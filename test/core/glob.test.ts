import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileGlob } from '../../src/core/glob.ts'

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
