import assert from 'node:assert/strict'
import { closeSync, openSync } from 'node:fs'
import { test } from 'node:test'
import { parseMounts } from '../../../src/core/proc/mounts.ts'
import type { Mapping } from '../../../src/core/proc/process.ts'
import { mountIdOf } from '../../../src/io/files/directory.ts'
import { readInitramfs } from '../../../src/io/process/initramfs.ts'
import type { Tree } from '../../../src/io/process/mount-trees.ts'
import { newReadBuffer, openShared } from '../../../src/io/process/read-context.ts'
import { poolCalls } from '../../../src/io/reading/pool.ts'
import { makeTree } from '../../support/tree.ts'

const SELF = '/proc/self/maps'
const file = openSync(SELF, 'r')
/** The mount on which the files of this test lie. */
const MOUNT = mountIdOf(file) ?? 0
closeSync(file)

const mappingOf = (path: string, device: string, address: string): Mapping => ({
  address,
  device,
  inode: '5',
  path,
  kind: 'library',
})
const PLY = mappingOf('/usr/lib/libply.so.5', '00:02', '7f0000000000-7f0000001000')
const OF_DISK = mappingOf('/usr/lib/libz.so.1', 'fe:00', '7f0000002000-7f0000003000')

/** The root of the machine, which lies on this mount. */
const onMount = (parent: number, more = ''): Tree => ({
  mountNamespace: 'mnt:[1]',
  userNamespace: 'user:[1]',
  rootDirectory: '254:0 /',
  mounts: parseMounts(`22 ${parent} 254:0 / / rw - ext4 /dev/vda rw\n${more}`),
})

async function read(tree: Tree, uid: number | null = 0, files = [PLY, OF_DISK]) {
  const directory = makeTree({
    self: {
      mountinfo: '',
      root: { link: '/' },
      ns: { user: { link: 'user:[1]' }, mnt: { link: 'mnt:[1]' } },
    },
    7: {},
  })
  const opened: string[] = []
  const calls = {
    ...poolCalls(true),
    async openPlace(path: string) {
      opened.push(path.slice(directory.length))
      return openSync(SELF, 'r')
    },
  }
  const shared = openShared(directory)
  const observe = () => {}
  const limits = { noteRead: () => true, maxMapsBytes: Infinity }
  const context = { isKernels: true, calls, shared, observe, ...limits }
  const process = { context, pid: 7, buffer: newReadBuffer(), openThreads: null }
  const found = await readInitramfs({ ...process, directory: `${directory}/7` }, files, tree, uid)
  return { found: [...found], opened }
}

test('a file on the mount below the root of the machine is one of the initramfs', async () => {
  const { found, opened } = await read(onMount(MOUNT))
  assert.deepEqual(found, [PLY.address])
  // The file of the disk is not asked about.
  assert.deepEqual(opened, ['/7/map_files/7f0000000000-7f0000001000'])
})

test('a file on any other mount that is not shown is none: it was unmounted', async () => {
  const { found, opened } = await read(onMount(MOUNT + 1))
  assert.deepEqual([found, opened.length], [[], 1])
})

test('nothing is asked where a mount shows the device, or who is no process of root', async () => {
  const shown = onMount(MOUNT, '23 22 0:2 / /tmp rw - tmpfs tmpfs rw\n')
  const unread: Tree = { ...onMount(MOUNT), mounts: null }
  const ofUser: Tree = { ...onMount(MOUNT), userNamespace: 'user:[2]' }
  for (const { found, opened } of [
    await read(shown),
    await read(unread),
    await read(ofUser),
    await read(onMount(MOUNT), 1000),
    await read(onMount(MOUNT), null),
  ])
    assert.deepEqual([found, opened], [[], []])
})
