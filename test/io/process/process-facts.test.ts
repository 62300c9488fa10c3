import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  closeSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  realpathSync,
  statSync,
  unlinkSync,
} from 'node:fs'
import { test } from 'node:test'
import type { Inspection } from '../../../src/core/proc/process.ts'
import { mountIdOf } from '../../../src/io/files/directory.ts'
import { ProcessReader } from '../../../src/io/process/process-reader.ts'
import { readFacts } from '../../../src/io/process/process-facts.ts'
import { newReadBuffer, openShared } from '../../../src/io/process/read-context.ts'
import { poolCalls } from '../../../src/io/reading/pool.ts'
import { makeTree, procTree } from '../../support/tree.ts'
import type { Tree } from '../../support/tree.ts'

const noteRead = () => true
const maxMapsBytes = Infinity

/** What the kernel shows of a process beside the files that a recording has. */
function namespaces(user: string | null, type: string): Tree {
  const link = (name: string, number: string) => ({ link: `${name}:[${number}]` })
  return {
    mountinfo: `22 1 254:0 / / rw - ${type} /dev/sda1 rw\n`,
    root: { link: '/' },
    ns: {
      ...(user === null ? {} : { user: link('user', user) }),
      mnt: link('mnt', '1'),
      pid: link('pid', '1'),
    },
  }
}

/** Reads a process of a user namespace, and says which files were looked at. */
async function readOf(user: string | null, type = 'ext4', own: string | null = '1') {
  const maps = ['r-xp /usr/lib/libz.so.1 (deleted)', 'r-xp /memfd:x (deleted)']
  const { '7': files } = procTree({ 7: { maps } })
  const { ns: _, root: __, ...recorded } = files as Tree
  const directory = makeTree({
    self: namespaces(own, type),
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
  const context = { isKernels: true, calls, shared, observe() {}, noteRead, maxMapsBytes }
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

test('nothing is looked at where the user namespaces are not known', async () => {
  const { inspection, looked } = await readOf(null, 'ext4', null)
  assert.deepEqual([foundIn(inspection), looked], [[MARKED, 0], []])
})

/** The mount that the files of the tests lie on. */
function mountOf(file: string): number {
  const opened = openSync(file, 'r')
  try {
    return mountIdOf(opened) ?? 0
  } finally {
    closeSync(opened)
  }
}

const isRoot = process.getuid?.() === 0

/** Reads a process with one mapping, where another file may be opened at its address. */
async function mappedInodes(path: string, inode: bigint, opened: string, mount: number) {
  const own = {
    ...namespaces('1', 'ext4'),
    mountinfo: `${mount} 1 254:0 / / rw - ext4 /dev/sda1 rw\n`,
  }
  const directory = makeTree({ self: own, 7: own })
  const calls = { ...poolCalls(true), openPlace: async () => openSync(opened, 'r') }
  const shared = openShared(directory)
  const context = { isKernels: true, calls, shared, observe() {}, noteRead, maxMapsBytes }
  const process = { context, pid: 7, buffer: newReadBuffer(), openThreads: null }
  const at = { address: '1-2', device: 'fe:00', kind: 'library' } as const
  const mappings = [{ ...at, inode: String(inode), path }]
  const { inodes } = await readFacts({ ...process, directory: `${directory}/7` }, mappings)
  return [...inodes.values()]
}

async function inodesWith(...asked: Parameters<typeof mappedInodes>) {
  return (await mappedInodes(...asked)).map((one) => one.inode)
}

test('the owner of a mapped file is that of its inode', async () => {
  const path = `${realpathSync(makeTree({ 'a.so': '' }))}/a.so`
  if (isRoot) chownSync(path, 1001, 1001)
  const { ino, uid } = lstatSync(path, { bigint: true })
  const mount = mountOf(path)
  const held = openSync(path, 'r')
  unlinkSync(path)
  const inodes = await mappedInodes(path, ino, `/proc/self/fd/${held}`, mount)
  assert.deepEqual(
    inodes.map((one) => one.uid),
    [Number(uid)],
  )
  closeSync(held)
})

test('a mapped file is the one of its path, its number and a mount of its device', async () => {
  const base = realpathSync(makeTree({ 'a.so': '' }))
  const [path, link] = [`${base}/a.so`, `${base}/link.so`]
  const { ino } = lstatSync(path, { bigint: true })
  const mount = mountOf(path)
  linkSync(path, link)
  // It has not lost its name.
  assert.deepEqual(await inodesWith(path, ino, path, mount), [])
  const [held, heldByLink] = [path, link].map((name) => openSync(name, 'r'))
  const [own, other] = [held, heldByLink].map((file) => `/proc/self/fd/${file}`)
  assert.ok(own !== undefined && other !== undefined)
  unlinkSync(path)
  unlinkSync(link)
  assert.deepEqual(await inodesWith(path, ino, own, mount), [ino])
  assert.deepEqual(await inodesWith(path, ino + 1n, own, mount), [])
  assert.deepEqual(await inodesWith(path, ino, other, mount), [])
  assert.deepEqual(await inodesWith(path, ino, own, mount + 1), [])
  assert.deepEqual(await inodesWith(path, ino, `${base}/nothing`, mount), [])
  for (const file of [held, heldByLink]) closeSync(file ?? -1)
})

test('maps that cannot be read to their end are not clean', async () => {
  const rows = [
    ['EIO', 'failed'],
    ['ESRCH', 'gone'],
    ['EACCES', 'denied'],
  ] as const
  for (const [code, kind] of rows) {
    const directory = makeTree(procTree({ 7: { maps: ['r-xp /usr/lib/libz.so.1'] } }))
    let parts = 0
    const real = poolCalls(false)
    const read: typeof real.read = (file, buffer, tell) => {
      parts += 1
      if (parts === 1) real.read(file, buffer, tell)
      else tell(Object.assign(new Error('no more'), { code }), 0)
    }
    const calls = { ...real, read }
    const shared = openShared(directory)
    const context = { isKernels: false, calls, shared, observe() {}, noteRead, maxMapsBytes }
    const inspection = await new ProcessReader(context).inspect(`${directory}/7`, 7)
    assert.equal(inspection.kind, kind)
  }
})

/** Reads a process of this machine. */
async function readLive(pid: number) {
  const shared = openShared('/proc')
  const context = {
    isKernels: true,
    calls: poolCalls(true),
    shared,
    observe() {},
    noteRead: () => true,
    maxMapsBytes,
  }
  const directory = `/proc/${pid}`
  const read = { context, directory, pid, buffer: newReadBuffer(), openThreads: null }
  return await readFacts(read, [])
}

test('a process belongs to the owner of its directory', async () => {
  assert.equal((await readLive(process.pid)).uid, statSync(`/proc/${process.pid}`).uid)
  assert.equal((await readLive(1)).uid, statSync('/proc/1').uid)
  assert.equal((await readLive(2 ** 30)).uid, null)
})

test('a process that is not dumpable belongs to its user all the same', async () => {
  const directory = makeTree({ cat: readFileSync('/bin/cat') })
  chmodSync(directory, 0o755)
  // Who may not read a program may not see its memory either (would_dump of fs/exec.c).
  chmodSync(`${directory}/cat`, 0o111)
  const uid = isRoot ? 65534 : (process.getuid?.() ?? 0)
  const child = spawn(`${directory}/cat`, isRoot ? { uid } : {})
  const pid = child.pid ?? 0
  try {
    child.stdin.write('x')
    await once(child.stdout, 'data')
    assert.equal(statSync(`/proc/${pid}/maps`).uid, 0)
    assert.equal((await readLive(pid)).uid, uid)
  } finally {
    child.kill()
  }
})
