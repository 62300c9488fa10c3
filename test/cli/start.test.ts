import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { BUNDLE } from '../support/bundle.ts'
import { makeTree, procTree } from '../support/tree.ts'

/** Runs the program as `require()` does, and says at the end what was loaded for it. */
const WATCHED = `
  const bundle = process.argv[1]
  const before = new Set(process.moduleLoadList)
  process.on('exit', () => {
    const builtins = process.moduleLoadList.filter((name) => !before.has(name))
    require('node:fs').writeSync(2, JSON.stringify({ files: Object.keys(require.cache), builtins }))
  })
  require(bundle)`

/** Returns the files of the bundle, and the modules of Node, that a run loads. */
function loadedBy(argv: readonly string[]): { files: readonly string[]; builtins: string } {
  const { stderr } = spawnSync(process.execPath, ['-e', WATCHED, '--', BUNDLE, ...argv], {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    timeout: 60_000,
  })
  const said = stderr.slice(stderr.lastIndexOf('{"files"'))
  const { files, builtins } = JSON.parse(said) as { files: string[]; builtins: string[] }
  const ours = files.filter((file) => dirname(file) === dirname(BUNDLE))
  return { files: ours.map((file) => basename(file)), builtins: builtins.join('\n') }
}

const ON_DEMAND = ['yargs', 'pino', 'fast-glob', 'smol-toml', 'recording', 'explain']

function partsLoadedBy(argv: readonly string[]): readonly string[] {
  const { files } = loadedBy(argv)
  assert.ok(files.includes(basename(BUNDLE)))
  return ON_DEMAND.filter((part) => files.includes(`${part}.js`))
}

const proc = makeTree(procTree({ 4: { maps: ['r-xp /usr/lib/libc.so.6'] } }))
const root = makeTree({ 'etc/stale-libs/config.toml': '# [ignore]\n\n  # units = []\n' })
const replayed = ['--proc', proc, '--root', root]

test('what pacman and people run every day loads neither the parser of options nor the log', () => {
  for (const argv of [['--hook'], []]) {
    const { files, builtins } = loadedBy(argv)
    assert.ok(files.includes(basename(BUNDLE)))
    for (const part of ['yargs', 'pino', 'recording', 'explain'])
      assert.ok(!files.includes(`${part}.js`), `${argv.join(' ')} loads ${part}.js`)
    assert.doesNotMatch(builtins, /^NativeModule (?:perf_hooks|readline|assert|worker_threads)$/m)
  }
})

test('what every run loads is ASCII: V8 reads any other text twice as slowly', () => {
  for (const name of ['stale-libs.js', 'rescue-thread.js']) {
    const text = readFileSync(join(dirname(BUNDLE), name), 'utf8')
    assert.doesNotMatch(text, /[^\0-\x7f]/, name)
  }
})

test('a scan with options loads the parser of options, and nothing else', () => {
  assert.deepEqual(partsLoadedBy(replayed), ['yargs'])
  assert.deepEqual(partsLoadedBy([...replayed, '--hook']), ['yargs'])
  assert.deepEqual(partsLoadedBy(['--help']), ['yargs'])
})

test('each part is loaded where it is needed', () => {
  assert.deepEqual(partsLoadedBy([...replayed, '--log-level', 'debug']), ['yargs', 'pino'])
  const file = { 'etc/stale-libs/config.toml': '[ignore]\nunits = ["a.service"]\n' }
  const configured = ['--proc', proc, '--root', makeTree(file)]
  assert.deepEqual(partsLoadedBy(configured), ['yargs', 'smol-toml'])
  const dropIns = makeTree({ 'etc/stale-libs/config.d/a.toml': '[ignore]\nunits = ["a"]\n' })
  const parts = ['yargs', 'fast-glob', 'smol-toml']
  assert.deepEqual(partsLoadedBy(['--proc', proc, '--root', dropIns]), parts)
  assert.deepEqual(partsLoadedBy(['explain', '4', ...replayed]), ['yargs', 'explain'])
  const recording = join(makeTree({}), 'recording')
  assert.deepEqual(partsLoadedBy(['record', recording, ...replayed]), ['yargs', 'recording'])
})
