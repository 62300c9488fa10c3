import { closeSync, fstatSync } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import { parseControlGroup } from '../../core/proc/control-group.ts'
import { isMarked, withoutMark } from '../../core/proc/deleted-mark.ts'
import { MAX_KEY } from '../../core/proc/maps.ts'
import { isLocalDevice, isMountOf } from '../../core/proc/mounts.ts'
import type { Mounts } from '../../core/proc/mounts.ts'
import type { MappedInode, Mapping, ProcessFacts } from '../../core/proc/process.ts'
import { parseStat } from '../../core/proc/stat.ts'
import { errorCode } from '../error.ts'
import { mountIdOf } from '../files/directory.ts'
import { readAtOnce, readLink, readText } from '../files/proc-file.ts'
import type { Tree } from './mount-trees.ts'
import type { ProcessRead } from './read-context.ts'

/**
 * Reads what counts of a process with marked mappings.
 *
 * @param marked its mappings
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
  return {
    pid,
    comm: stat?.comm ?? read(`${directory}/comm`)?.replace(/\n$/, '') ?? '',
    startTicks: stat?.startTicks ?? null,
    cgroup: parseControlGroup(read(`${directory}/cgroup`) ?? ''),
    exe: readLink(`${directory}/exe`),
    pidNamespace,
    // Nothing depends on it but for processes that see others than we do.
    utsNamespace: isAmongUs ? null : readLink(`${directory}/ns/uts`),
    ...tree,
    inodes: isKernels ? await readInodes(process, marked, tree) : new Map(),
  }
}

/** Returns the tree that a recorded process saw: a file has the identity of its root directory. */
export function recordedTree(directory: string): Tree {
  return {
    mountNamespace: readLink(`${directory}/ns/mnt`),
    userNamespace: null,
    rootDirectory: readText(`${directory}/root`),
    mounts: null,
  }
}

/** Says whether the program's own file is gone: when its text is remapped, no mapping counts. */
export function isExecutableGone(directory: string): boolean {
  return isMarked(readLink(`${directory}/exe`) ?? '')
}

/**
 * Looks at the mapped files themselves, each once. `map_files` names its entries without the
 * leading zeros of maps (fs/proc/base.c), may be followed by few (CAP_CHECKPOINT_RESTORE), and
 * takes the same lock as maps.
 *
 * The look goes to the file system of the mapped file. So that must be one that waits for nobody: a
 * local one of our own mounts, of a process of our own user namespace. In a user namespace of
 * theirs, users mount what they serve themselves (user_namespaces(7)).
 */
async function readInodes(
  process: ProcessRead,
  marked: readonly Mapping[],
  { mountNamespace, userNamespace, mounts }: Tree,
): Promise<ReadonlyMap<string, MappedInode>> {
  const { shared } = process.context
  const inodes = new Map<string, MappedInode>()
  const { own, ownMounts } = shared.trees
  if (userNamespace === null || userNamespace !== own.userNamespace) return inodes
  const seen = mounts === null ? [ownMounts] : [ownMounts, mounts]
  for (const mapping of marked) {
    if (mapping.kind === 'temporary') continue
    // A snapshot of btrfs keeps the numbers of its inodes, and maps the device of the whole.
    const key = `${mountNamespace} ${mapping.device} ${mapping.inode} ${mapping.path}`
    const known = shared.inodes.get(key)
    if (known !== undefined) {
      inodes.set(mapping.address, known)
      continue
    }
    if (!isLocalDevice(mapping.device, ownMounts)) continue
    const inode = await readInode(process, mapping, seen)
    if (inode === null) continue
    inodes.set(mapping.address, inode)
    if (shared.inodes.size < MAX_SHARED_INODES && key.length <= MAX_KEY)
      shared.inodes.set(key, inode)
  }
  return inodes
}

/** Some megabytes at worst; beyond it a file is only looked at again. */
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
  const { dev, ino, ctimeMs } = found
  return { device: dev, inode: ino, changedAt: Number(ctimeMs) }
}

/**
 * A process can put another file at an address at any time, also one of a server. So it is opened
 * without a request to its file system, and looked at only where it is the file that maps had: by
 * its path, by a mount of its device, and then by its number.
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
    // On a local mount it waits for nobody.
    const found = fstatSync(file, { bigint: true })
    return String(found.ino) === mapping.inode ? found : null
  } catch (error) {
    if (errorCode(error) !== '') return null
    throw error
  } finally {
    if (file !== null) closeSync(file)
  }
}
