import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pathInDatabase, pathsOf } from '../../../src/core/pacman/conf.ts'
import type { PathKey } from '../../../src/core/pacman/conf.ts'

const USUAL = '/var/lib/pacman'
const LOG = '/var/log/pacman.log'

for (const [configured, root, database, log, namesDatabase, namesLog] of [
  [[], '', USUAL, LOG, false, false],
  [[['RootDir', '/']], '', USUAL, LOG, false, false],
  [[['DBPath', '/var/lib/pacman/']], '', USUAL, LOG, true, false],
  [[['LogFile', '//x//y']], '', USUAL, '/x/y', false, true],
  [[['RootDir', '/r/']], '/r', `/r${USUAL}`, `/r${LOG}`, true, true],
] as const)
  test(`pathsOf() fills in what is not configured: ${JSON.stringify(configured)}`, () => {
    assert.deepEqual(pathsOf(new Map<PathKey, string>(configured)), {
      root,
      database,
      log,
      namesDatabase,
      namesLog,
    })
  })

test('pathInDatabase() is a path below the root directory; any other is in no list', () => {
  const inRoot = (path: string) => pathInDatabase(path, { root: '/r' })
  assert.equal(pathInDatabase('/usr/lib/a.so', { root: '' }), 'usr/lib/a.so')
  assert.equal(inRoot('/r/usr/lib/a.so'), 'usr/lib/a.so')
  for (const outside of ['/usr/lib/a.so', '/r', '/root/a.so', '/r2/usr/a'])
    assert.match(inRoot(outside), /^\//)
})
