import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PLAIN, styleOf } from '../../src/render/style.ts'

const AUTO = { color: 'auto', hook: false, output: null } as const
const COLOURS: readonly (readonly [
  fact: string,
  options: Parameters<typeof styleOf>[0],
  env: Record<string, string>,
  tty: boolean,
  coloured: boolean,
])[] = [
  ['a terminal', AUTO, {}, true, true],
  ['a pipe', AUTO, {}, false, false],
  ['a dumb terminal', AUTO, { TERM: 'dumb' }, true, false],
  ['NO_COLOR', AUTO, { NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
  ['an empty NO_COLOR', AUTO, { NO_COLOR: '' }, true, true],
  ['FORCE_COLOR', AUTO, { FORCE_COLOR: '1' }, false, true],
  ['--color=always', { ...AUTO, color: 'always' }, { NO_COLOR: '1' }, false, true],
  ['--color=never', { ...AUTO, color: 'never' }, { FORCE_COLOR: '1' }, true, false],
  ['the hook', { ...AUTO, hook: true }, { FORCE_COLOR: '1' }, true, false],
  ['a file', { ...AUTO, output: '/x' }, {}, true, false],
]
for (const [fact, options, env, tty, coloured] of COLOURS)
  test(`styleOf() is ${coloured ? 'coloured' : 'plain'} for ${fact}`, () => {
    assert.equal(styleOf(options, env, () => tty) !== PLAIN, coloured)
  })
