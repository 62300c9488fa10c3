import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { BUNDLE } from '../support/bundle.ts'
import { loadedBy } from '../support/loaded.ts'
import { makeTree, procTree } from '../support/tree.ts'

const ON_DEMAND = [
  'parse',
  'yargs',
  'pino',
  'fast-glob',
  'smol-toml',
  'recording',
  'explain',
  'act',
  'columns',
]

function partsLoadedBy(argv: readonly string[]): readonly string[] {
  const { all } = loadedBy(argv)
  assert.ok(all.includes(basename(BUNDLE)))
  return ON_DEMAND.filter((part) => all.includes(`${part}.js`))
}

const proc = makeTree(procTree({ 4: { maps: ['r-xp /usr/lib/libc.so.6'] } }))
const root = makeTree({ 'etc/stale-libs/config.toml': '# [ignore]\n\n  # units = []\n' })
const replayed = ['--proc', proc, '--root', root]

test('what every run loads is ASCII: V8 reads any other text twice as slowly', () => {
  for (const name of ['stale-libs.js', 'rescue-thread.js']) {
    const text = readFileSync(join(dirname(BUNDLE), name), 'utf8')
    assert.doesNotMatch(text, /[^\0-\x7f]/, name)
  }
})

test('what every run loads is one bundle, whatever else shares its modules', () => {
  const beside = (name: string) => {
    const text = readFileSync(join(dirname(BUNDLE), name), 'utf8')
    return [...text.matchAll(/^\S+ \S+ = require\("\.\/(.*)"\)/gm)].map(([, part]) => part)
  }
  assert.deepEqual(beside('stale-libs.js'), ['rolldown-runtime.js'])
  assert.deepEqual(beside('rescue-thread.js'), [])
})

test('a scan with options loads the parser of options, and nothing else', () => {
  assert.deepEqual(partsLoadedBy(replayed), ['parse', 'yargs'])
  assert.deepEqual(partsLoadedBy([...replayed, '--hook']), ['parse', 'yargs'])
  assert.deepEqual(partsLoadedBy(['--help']), ['parse'])
})

test('each part is loaded where it is needed', () => {
  assert.deepEqual(partsLoadedBy([...replayed, '--log-level', 'debug']), ['parse', 'yargs', 'pino'])
  const file = { 'etc/stale-libs/config.toml': '[ignore]\nunits = ["a.service"]\n' }
  const configured = ['--proc', proc, '--root', makeTree(file)]
  assert.deepEqual(partsLoadedBy(configured), ['parse', 'yargs', 'smol-toml'])
  const dropIns = makeTree({ 'etc/stale-libs/config.d/a.toml': '[ignore]\nunits = ["a"]\n' })
  const parts = ['parse', 'yargs', 'fast-glob', 'smol-toml']
  assert.deepEqual(partsLoadedBy(['--proc', proc, '--root', dropIns]), parts)
  assert.deepEqual(partsLoadedBy(['explain', '4', ...replayed]), [
    'parse',
    'yargs',
    'explain',
    'columns',
  ])
  assert.deepEqual(partsLoadedBy(['--complete', 'explain', ...replayed]), [
    'parse',
    'yargs',
    'act',
    'columns',
  ])
  const recording = join(makeTree({}), 'recording')
  assert.deepEqual(partsLoadedBy(['record', recording, ...replayed]), [
    'parse',
    'yargs',
    'recording',
  ])
})

/** One character a byte. */
const DEMON = Buffer.from('d\u00e9mon').toString('latin1')

test('what counts columns is loaded where a text is not ASCII', () => {
  const maps = ['r-xp /usr/lib/libc.so.6 (deleted)']
  const at = (comm: string, ...argv: readonly string[]) =>
    partsLoadedBy([
      '--proc',
      makeTree(procTree({ 4: { comm, maps, cgroup: '/' } })),
      '--root',
      root,
      ...argv,
    ])
  assert.deepEqual(at('demon'), ['parse', 'yargs'])
  assert.deepEqual(at(DEMON), ['parse', 'yargs', 'columns'])
  assert.deepEqual(at(DEMON, '--format', 'json'), ['parse', 'yargs'])
})
