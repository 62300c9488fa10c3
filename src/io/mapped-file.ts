import { lstatSync } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import { isLocal, parseMounts } from '../core/mounts.ts'
import type { Mount } from '../core/mounts.ts'
import type { FileState, MappedInode, Mapping, ProcessFacts, Unlinked } from '../core/types.ts'
import { errorCode } from './error.ts'
import type { Machine } from './machine.ts'
import type { Proc } from './proc.ts'

/**
 * What lies now at the path of a marked mapping. `live`: the mark is part of the file's name; `unentered`:
 * the process sees a tree that is not looked into.
 */
export type FileNow = FileState | 'live' | 'unentered'

/** Looks at the directory tree that a process sees; each path of each tree is looked at once. */
export type MappedFiles = {
  readonly lookAt: (mapping: Mapping, facts: ProcessFacts) => FileNow
  /** Returns when a mapped file lost its name; `null` where it may not be looked at. */
  readonly unlinked: (mapping: Mapping, facts: ProcessFacts) => Unlinked | null
}

/** One directory tree: the machine's own, or that of another mount namespace. */
type Tree = {
  readonly base: string
  readonly mounts: readonly Mount[]
  /** What lstat(2) gave for a path, and whether a directory is one. */
  readonly looks: Map<string, Look>
  /** Shared by all trees: how many looks are left. */
  readonly room: { looks: number }
}

/** PATH_MAX of limits.h: a process can go deeper step by step, but nobody can name such a file at once. */
const MAX_PATH_BYTES = 4096
/** Each directory above a file is a look; no package goes deeper. */
const MAX_DEPTH = 64
/** Some seconds at worst; only what lies now at a path is not told beyond it. */
const MAX_LOOKS = 100_000

/** `null`: nothing there. */
type Look = BigIntStats | null | 'unknown'

/** Opens the trees of a machine. Only the running kernel's processes have other trees than its own. */
export function openMappedFiles(proc: Proc, machine: Machine): MappedFiles {
  const own = machine.isLive ? proc.link('self/ns/mnt') : null
  const trees = new Map<string, Tree>()
  const room = { looks: MAX_LOOKS }
  const treeOf = (facts: ProcessFacts): Tree | 'unknown' | 'unentered' => {
    const isOwn = !machine.isLive || facts.mountNamespace === own
    const key = isOwn ? 'own' : (facts.mountNamespace ?? `process ${facts.pid}`)
    const known = trees.get(key)
    if (known !== undefined) return known
    const base = isOwn ? machine.tree : foreignBase(proc, facts.pid)
    if (base === null) return isOwn ? 'unknown' : 'unentered'
    const mountinfo = proc.read(`${isOwn ? 'self' : facts.pid}/mountinfo`) ?? ''
    const tree = { base, mounts: parseMounts(mountinfo), looks: new Map<string, Look>(), room }
    trees.set(key, tree)
    return tree
  }
  return {
    unlinked(mapping, facts) {
      if (!machine.isLive) return null
      const found = facts.inodes.get(mapping.address)
      if (found === undefined) return null
      const tree = treeOf(facts)
      const there = typeof tree === 'string' ? null : (tree.looks.get(mapping.path) ?? null)
      const isThere = there !== null && there !== 'unknown'
      return {
        at: found.changedAt,
        replacedAt: isThere ? Number(there.ctimeMs) : null,
      }
    },
    lookAt(mapping, facts) {
      const tree = treeOf(facts)
      if (typeof tree === 'string') return tree
      return lookAtPath(mapping, tree, facts.inodes.get(mapping.address) ?? null)
    },
  }
}

/**
 * Returns the way into the tree of another mount namespace, or `null` where it is not to be entered: from
 * a chroot the paths of maps lead elsewhere, and what an unprivileged user mounted in a user namespace of
 * their own (an overlay above FUSE) could make root wait for ever.
 */
function foreignBase(proc: Proc, pid: number): string | null {
  const isWhole = proc.link(`${pid}/root`) === '/'
  const isTrusted = proc.link(`${pid}/ns/user`) === proc.link('self/ns/user')
  return isWhole && isTrusted ? `${proc.directory}/${pid}/root` : null
}

function lookAtPath(mapping: Mapping, tree: Tree, mapped: MappedInode | null): FileNow {
  const { path } = mapping
  // The kernel writes a newline as \012 but a backslash as itself: such a path has two readings.
  if (path.length > MAX_PATH_BYTES || path.includes('\\012')) return 'unknown'
  if (path.split('/').length > MAX_DEPTH || !isLocal(path, tree.mounts)) return 'unknown'
  const above = lookAtDirectories(path, tree)
  if (above !== 'directories') return above
  const named = look(`${path} (deleted)`, tree)
  if (named === 'unknown') return 'unknown'
  if (named !== null) {
    if (isSameFile(named, mapped, mapping)) return 'live'
    if (mapped === null) return 'unknown'
  }
  const there = look(path, tree)
  if (there === 'unknown') return 'unknown'
  return there === null ? 'removed' : 'replaced'
}

/**
 * The path was free of links when it was mapped. A link that stands there now leads somewhere else,
 * perhaps to a server that does not answer, so it is not followed.
 */
function lookAtDirectories(path: string, tree: Tree): 'directories' | 'removed' | 'unknown' {
  for (let end = path.indexOf('/', 1); end !== -1; end = path.indexOf('/', end + 1)) {
    const above = look(path.slice(0, end), tree)
    if (above === null) return 'removed'
    if (above === 'unknown' || !above.isDirectory()) return 'unknown'
  }
  return 'directories'
}

function look(path: string, tree: Tree): Look {
  let found = tree.looks.get(path)
  if (found === undefined) {
    if (tree.room.looks === 0) return 'unknown'
    tree.room.looks -= 1
    found = lstatOrNull(tree.base, path)
    tree.looks.set(path, found)
  }
  return found
}

function lstatOrNull(base: string, path: string): Look {
  try {
    const name = Buffer.concat([Buffer.from(base), Buffer.from(path, 'latin1')])
    return lstatSync(name, { bigint: true })
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes(errorCode(error)) ? null : 'unknown'
  }
}

/**
 * Both looks come from stat(2), because the device number in maps is another one on btrfs and overlayfs.
 * Where the mapping itself may not be looked at, the inode number in maps decides.
 */
function isSameFile(named: BigIntStats, mapped: MappedInode | null, { inode }: Mapping): boolean {
  if (mapped === null) return String(named.ino) === inode
  return named.ino === mapped.inode && named.dev === mapped.device
}
