import { closeSync, fstatSync } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import { parseControlGroup } from '../../core/proc/control-group.ts'
import { parseUid } from '../../core/machine/passwd.ts'
import { isMarked, withoutMark } from '../../core/proc/deleted-mark.ts'
import { MAX_KEY } from '../../core/proc/maps.ts'
import { isLocalDevice, isMountOf, parseMounts } from '../../core/proc/mounts.ts'
import type { Mounts } from '../../core/proc/mounts.ts'
import type { ShareHolder } from '../../core/owner/share.ts'
import type { MappedInode, Mapping, ProcessFacts } from '../../core/proc/process.ts'
import { parseStat } from '../../core/proc/stat.ts'
import { errorCode } from '../error.ts'
import { mountIdOf } from '../files/directory.ts'
import { readAtOnce, readLink, readText } from '../files/proc-file.ts'
import { readInitramfs } from './initramfs.ts'
import type { Tree } from './mount-trees.ts'
import type { ProcessRead } from './read-context.ts'
import { uidOf } from './share-holders.ts'

/**
 * Reads the facts about a process with deleted mappings.
 *
 * @param marked its deleted mappings
 */
export async function readFacts(
  process: ProcessRead,
  marked: readonly Mapping[],
): Promise<ProcessFacts> {
  const { directory, pid, buffer } = process
  const { isKernels, shared } = process.context
  const read = (path: string) => (isKernels ? readAtOnce(path, buffer.bytes) : readText(path))
  const stat = parseStat(read(`${directory}/stat`) ?? '')
  const pidNamespace = readLink(`${directory}/ns/pid`)
  const isAmongUs = isKernels && pidNamespace !== null && pidNamespace === shared.pidNamespace
  const tree = isKernels ? shared.trees.of(directory) : recordedTree(directory)
  const uid = isKernels ? uidOf(directory) : parseUid(readText(`${directory}/uid`) ?? undefined)
  const cgroup = parseControlGroup(read(`${directory}/cgroup`) ?? '')
  const holder = shared.holders.of(uid, cgroup.path)
  const initramfs = isKernels ? await readInitramfs(process, marked, tree, uid) : NO_ADDRESSES
  return {
    pid,
    uid,
    comm: stat?.comm ?? read(`${directory}/comm`)?.replace(/\n$/, '') ?? '',
    startTicks: stat?.startTicks ?? null,
    cgroup,
    exe: readLink(`${directory}/exe`),
    pidNamespace,
    // The host name decides only for processes that see other processes than this one.
    utsNamespace: isAmongUs ? null : readLink(`${directory}/ns/uts`),
    ...tree,
    ...(initramfs.size > 0 && { initramfs }),
    inodes: isKernels ? await readInodes(process, marked, tree, holder) : new Map(),
    ...(shared.looks.left(holder) === 0 && { areLooksSpent: true as const }),
  }
}

const NO_ADDRESSES: ReadonlySet<string> = new Set()

/**
 * Returns the tree that a recorded process saw. The file `root` has the identity of its root
 * directory. A recording has no mounts. A copy of a proc file system may have them.
 */
export function recordedTree(directory: string): Tree {
  const mountinfo = readText(`${directory}/mountinfo`)
  return {
    mountNamespace: readLink(`${directory}/ns/mnt`),
    userNamespace: null,
    rootDirectory: readText(`${directory}/root`),
    mounts: mountinfo === null ? null : parseMounts(mountinfo),
  }
}

/**
 * Says whether the executable of the program is gone. A program that remaps its text has no deleted
 * mapping of it.
 */
export function isExecutableGone(directory: string): boolean {
  return isMarked(readLink(`${directory}/exe`) ?? '')
}

/**
 * Reads the inodes of the mapped files, each once. `map_files` names its entries without the
 * leading zeros of maps (fs/proc/base.c), may be followed by few (CAP_CHECKPOINT_RESTORE), and
 * takes the same lock as maps.
 *
 * The request goes to the file system of the mapped file, which must not wait for a server. So it
 * must be a local file system of our own mounts, and the process must be in our own user namespace.
 * In their own user namespaces, users mount file systems that they serve themselves
 * (user_namespaces(7)).
 */
async function readInodes(
  process: ProcessRead,
  marked: readonly Mapping[],
  { mountNamespace, userNamespace, mounts }: Tree,
  holder: ShareHolder,
): Promise<ReadonlyMap<string, MappedInode>> {
  const { shared } = process.context
  const inodes = new Map<string, MappedInode>()
  const { own, ownMounts } = shared.trees
  if (userNamespace === null || userNamespace !== own.userNamespace) return inodes
  const seen = mounts === null ? [ownMounts] : [ownMounts, mounts]
  for (const mapping of marked) {
    if (mapping.kind === 'temporary') continue
    // A snapshot of btrfs keeps the inode numbers of its files, and maps shows the device of the
    // whole file system.
    const key = `${mountNamespace} ${mapping.device} ${mapping.inode} ${mapping.path}`
    const known = shared.inodes.get(key)
    if (known !== undefined) {
      inodes.set(mapping.address, known)
      continue
    }
    if (!isLocalDevice(mapping.device, ownMounts) || !shared.looks.take(holder)) continue
    const inode = await readInode(process, mapping, seen)
    if (inode === null) continue
    inodes.set(mapping.address, inode)
    if (shared.inodes.size < MAX_SHARED_INODES && key.length <= MAX_KEY)
      shared.inodes.set(key, inode)
  }
  return inodes
}

/** The bound on shared inodes: some megabytes at worst. Further files are looked at again. */
const MAX_SHARED_INODES = 4096

async function readInode(
  { directory, context }: ProcessRead,
  mapping: Mapping,
  seen: readonly Mounts[],
): Promise<MappedInode | null> {
  const name = mapping.address.replaceAll(/\b0+(?=[0-9a-f])/g, '')
  const path = `${directory}/map_files/${name}`
  const found = await statMapped(path, mapping, seen, context.calls.openPlace)
  if (found === null) return null
  const { dev, ino, uid, ctimeMs } = found
  return { device: dev, inode: ino, uid: Number(uid), changedAt: Number(ctimeMs) }
}

/**
 * Returns the stat of a mapped file, or `null` where it is another one than maps had. A process can
 * map another file at the address at any time, also one on a server. So the file is opened without
 * a request to its file system. Its path, a mount of its device and its inode number must be those
 * of maps.
 */
async function statMapped(
  path: string,
  mapping: Mapping,
  seen: readonly Mounts[],
  openPlace: (path: string) => Promise<number>,
): Promise<BigIntStats | null> {
  let file: number | null = null
  try {
    file = await openPlace(path)
    const id = mountIdOf(file)
    const isThere = id !== null && seen.some((mounts) => isMountOf(mapping.device, id, mounts))
    const target = isThere ? readLink(`/proc/self/fd/${file}`) : null
    if (target === null || withoutMark(target) !== mapping.path) return null
    // On a local mount the call does not wait.
    const found = fstatSync(file, { bigint: true })
    return String(found.ino) === mapping.inode ? found : null
  } catch (error) {
    if (errorCode(error) !== '') return null
    throw error
  } finally {
    if (file !== null) closeSync(file)
  }
}
