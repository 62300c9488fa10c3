import assert from 'node:assert/strict'
import { openSync } from 'node:fs'
import { test } from 'node:test'
import type { Inspection } from '../../../src/core/proc/process.ts'
import { ProcessReader } from '../../../src/io/process/process-reader.ts'
import { openShared } from '../../../src/io/process/read-context.ts'
import { poolCalls } from '../../../src/io/reading/pool.ts'
import { makeTree, procTree } from '../../support/tree.ts'
import type { Tree } from '../../support/tree.ts'

/** What the kernel shows of a process beside the files that a recording has. */
function namespaces(user: string, type: string): Tree {
  const link = (name: string, number: string) => ({ link: `${name}:[${number}]` })
  return {
    mountinfo: `22 1 254:0 / / rw - ${type} /dev/sda1 rw\n`,
    root: { link: '/' },
    ns: { user: link('user', user), mnt: link('mnt', '1'), pid: link('pid', '1') },
  }
}

/** Reads a process of a user namespace, and says which files were looked at. */
async function readOf(user: string, type = 'ext4') {
  const maps = ['r-xp /usr/lib/libz.so.1 (deleted)', 'r-xp /memfd:x (deleted)']
  const { '7': files } = procTree({ 7: { maps } })
  const { ns: _, root: __, ...recorded } = files as Tree
  const directory = makeTree({
    self: namespaces('1', type),
    7: { ...recorded, ...namespaces(user, type) },
  })
  const looked: string[] = []
  const calls = {
    ...poolCalls(true),
    openPlace: async (path: string) => {
      looked.push(path.slice(directory.length))
      return openSync('/dev/null', 'r')
    },
  }
  const shared = openShared(directory)
  const context = { isKernels: true, calls, shared, observe() {}, noteRead: () => true }
  const inspection = await new ProcessReader(context).inspect(`${directory}/7`, 7)
  return { inspection, looked }
}

/** Paths of the mappings, and how many of them are known by their inodes. */
const foundIn = (inspection: Inspection) =>
  inspection.kind === 'marked'
    ? [inspection.mappings.map(({ path }) => path), inspection.facts.inodes.size]
    : inspection.kind
const MARKED = ['/usr/lib/libz.so.1', '/memfd:x']

test('a mapped file is looked at, but not taken for another one that lies at its address', async () => {
  const { inspection, looked } = await readOf('1')
  // /dev/null was opened.
  assert.deepEqual(foundIn(inspection), [MARKED, 0])
  assert.deepEqual(looked, ['/7/map_files/7f0000000000-7f0000001000'])
})

test('nothing of another user namespace is looked at: a user may serve it', async () => {
  const { inspection, looked } = await readOf('2')
  assert.deepEqual([foundIn(inspection), looked], [[MARKED, 0], []])
})

for (const type of ['nfs4', 'autofs', 'fuse.sshfs'])
  test(`no mapped file of a ${type} is looked at`, async () => {
    const { inspection, looked } = await readOf('1', type)
    assert.deepEqual([foundIn(inspection), looked], [[MARKED, 0], []])
  })
