import { closeSync } from 'node:fs'
import { mayBeOfInitramfs } from '../../core/proc/machine-path.ts'
import type { Mapping, ProcessFacts } from '../../core/proc/process.ts'
import { errorCode } from '../error.ts'
import { mountIdOf } from '../files/directory.ts'
import type { Tree } from './mount-trees.ts'
import type { ProcessRead } from './read-context.ts'

/**
 * Returns the mappings by `address` whose files lie in the initramfs. A process that was started
 * there (plymouthd, mdmon) keeps its files, which were all deleted when the machine's root was
 * moved over them. No upgrade did that, and nothing has their paths now.
 *
 * The file system of the initramfs is the mount on which the root of the machine lies: the parent
 * of the root in mountinfo, which no line shows. The file is opened as a place, which asks nothing
 * of its file system, and fdinfo tells its mount (proc_pid_fdinfo(5)). Only root's own processes of
 * the machine are asked about, and only where no mount shows the device in maps.
 */
export async function readInitramfs(
  { directory, context }: ProcessRead,
  marked: readonly Mapping[],
  { userNamespace, mounts }: Tree,
  uid: number | null,
): Promise<ReadonlySet<string>> {
  const { own } = context.shared.trees
  const found = new Set<string>()
  if (uid !== 0 || mounts?.root == null || userNamespace !== own.userNamespace) return found
  for (const { address, path, device } of marked) {
    if (!mayBeOfInitramfs(path, device, mounts)) continue
    const name = address.replaceAll(/\b0+(?=[0-9a-f])/g, '')
    const mount = await mountOfPlace(`${directory}/map_files/${name}`, context.calls.openPlace)
    if (mount === mounts.root.parent) found.add(address)
  }
  return found
}

async function mountOfPlace(
  path: string,
  openPlace: (path: string) => Promise<number>,
): Promise<number | null> {
  let file: number | null = null
  try {
    file = await openPlace(path)
    return mountIdOf(file)
  } catch (error) {
    if (errorCode(error) !== '') return null
    throw error
  } finally {
    if (file !== null) closeSync(file)
  }
}

/**
 * The devices that rootfs has: the kernel mounts it as one of its first file systems
 * (init_mount_tree of fs/namespace.c). A subvolume of btrfs may have any later one, which a copy
 * of mountinfo shows nowhere.
 */
const FIRST_DEVICES: ReadonlySet<string> = new Set(['00:01', '00:02'])

/**
 * Says whether a mapped file lies in the initramfs. A copy of a proc file system has no open files:
 * there the mounts alone tell it of the processes in the mount namespace of PID 1.
 *
 * @param init the tree of PID 1 in a copy; `null` on the running machine
 */
export function isOfInitramfs(
  { address, path, device }: Mapping,
  { initramfs, mounts, mountNamespace }: ProcessFacts,
  init: Tree | null,
): boolean {
  if (init === null || mounts === null) return initramfs?.has(address) ?? false
  const isApart = init.mountNamespace !== mountNamespace || !FIRST_DEVICES.has(device)
  return !isApart && mayBeOfInitramfs(path, device, mounts)
}
