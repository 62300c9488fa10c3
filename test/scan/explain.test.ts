import assert from 'node:assert/strict'
import { test } from 'node:test'
import { knownFor } from '../../src/scan/explain/known.ts'
import { worldOf } from '../support/world.ts'

const WORLD = worldOf({ processes: { 10: { maps: [], uid: 1000 }, 11: { maps: [], uid: 1001 } } })
/** A world whose processes have these users. */
const SEEN_BY = (uid: number) => ({
  ...WORLD,
  uid,
  proc: { ...WORLD.proc, uidOf: (pid: number) => (pid === 10 ? 1000 : 1001) },
})

test('a user has not seen the processes of others, where some could not be read', async () => {
  const unread = async (uid: number, isRoot: boolean, unreadable: number) => [
    ...(await knownFor([], SEEN_BY(uid), { isRoot, unreadable })).unread,
  ]
  assert.deepEqual(await unread(1000, false, 2), [1, 11])
  assert.deepEqual(await unread(1000, false, 0), [])
  assert.deepEqual(await unread(0, true, 2), [])
})

test('only the files that are named are asked about, with and without a prefix', async () => {
  const asked: string[] = []
  const world = {
    ...WORLD,
    packages: {
      ...WORLD.packages,
      ownersOf: async (paths: readonly string[]) => {
        asked.push(...paths)
        return new Map([['/a', 'one']])
      },
    },
  }
  const all = { isRoot: true, unreadable: 0 }
  assert.equal((await knownFor(['sshd', '10'], world, all)).fileOwners.size, 0)
  assert.deepEqual(asked, [])
  await knownFor(['/a', 'file:/\u00e4', 'lib/x'], world, all)
  assert.deepEqual(asked, ['/a', '/\u00c3\u00a4'])
})

test('a recorded machine says nothing of its files and packages', async () => {
  const known = await knownFor(['/etc/passwd'], WORLD, { isRoot: true, unreadable: 0 })
  assert.deepEqual([known.installed, [...known.onDisk]], [null, []])
})
