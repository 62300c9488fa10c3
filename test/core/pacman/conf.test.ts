import assert from 'node:assert/strict'
import { test } from 'node:test'
import { directivesOf, pathInDatabase, pathsOf } from '../../../src/core/pacman/conf.ts'
import type { PathKey } from '../../../src/core/pacman/conf.ts'

const USUAL = '/var/lib/pacman'
const LOG = '/var/log/pacman.log'

const CACHE = '/var/cache/pacman/pkg'

for (const [configured, root, database, log, namesDatabase, namesLog] of [
  [[], '', USUAL, LOG, false, false],
  [[['RootDir', '/']], '', USUAL, LOG, false, false],
  [[['DBPath', '/var/lib/pacman/']], '', USUAL, LOG, true, false],
  [[['LogFile', '//x//y']], '', USUAL, '/x/y', false, true],
  [[['RootDir', '/r/']], '/r', `/r${USUAL}`, `/r${LOG}`, true, true],
] as const)
  test(`pathsOf() fills in what is not configured: ${JSON.stringify(configured)}`, () => {
    assert.deepEqual(pathsOf(new Map<PathKey, string>(configured), []), {
      root,
      database,
      log,
      caches: [CACHE],
      namesDatabase,
      namesLog,
    })
  })

test('pathsOf() takes the caches that are configured instead of the usual one', () => {
  assert.deepEqual(pathsOf(new Map(), ['/c//d/', '/e']).caches, ['/c/d', '/e'])
})

test('pathInDatabase() is a path below the root directory; any other is in no list', () => {
  const inRoot = (path: string) => pathInDatabase(path, { root: '/r' })
  assert.equal(pathInDatabase('/usr/lib/a.so', { root: '' }), 'usr/lib/a.so')
  assert.equal(inRoot('/r/usr/lib/a.so'), 'usr/lib/a.so')
  for (const outside of ['/usr/lib/a.so', '/r', '/root/a.so', '/r2/usr/a'])
    assert.match(inRoot(outside), /^\//)
})

const LINES: readonly (readonly [line: string, says: readonly object[]])[] = [
  ['', []],
  ['# RootDir = /r', []],
  ['[options]', [{ kind: 'section', name: 'options' }]],
  [' [core] ', [{ kind: 'section', name: 'core' }]],
  ['RootDir=/r', [{ kind: 'path', key: 'RootDir', path: '/r' }]],
  ['\tDBPath  =  /a b ', [{ kind: 'path', key: 'DBPath', path: '/a b' }]],
  ['LogFile = /x=y', [{ kind: 'path', key: 'LogFile', path: '/x=y' }]],
  ['Include = /etc/pacman.d/*', [{ kind: 'include', pattern: '/etc/pacman.d/*' }]],
  ['rootdir = /r', []],
  ['CacheDir = /c/  /d', [{ kind: 'caches', paths: ['/c/', '/d'] }]],
  ['RootDir', []],
  ['RootDir =', []],
  ['[core', []],
]
for (const [line, says] of LINES)
  test(`directivesOf() ${JSON.stringify(line)}`, () => assert.deepEqual(directivesOf(line), says))

test('directivesOf() keeps the order of lines', () => {
  const keys = directivesOf('DBPath = /d\n[options]\nLogFile = /l\n').map(({ kind }) => kind)
  assert.deepEqual(keys, ['path', 'section', 'path'])
})
