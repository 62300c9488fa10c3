import type { BigIntStats } from 'node:fs'
import { isLocal } from '../../core/proc/mounts.ts'
import { withMark } from '../../core/proc/deleted-mark.ts'
import type { Unlinked } from '../../core/advice/stale-process.ts'
import type { FileState, MappedInode, Mapping, ProcessFacts } from '../../core/proc/process.ts'
import { isSeen, isUsual } from '../files/own-tree.ts'
import type { Look } from '../files/own-tree.ts'
import { STICKY, whoElseWrites } from '../files/trust.ts'
import { isOfInitramfs } from '../process/initramfs.ts'
import type { Tree } from '../process/mount-trees.ts'
import type { HolderPort } from '../process/share-holders.ts'
import { Shares } from '../shares.ts'
import { isAtSamePath, openMachinePaths, ownPathOf } from './machine-paths.ts'
import type { MachineFiles } from './machine-paths.ts'
import type { Proc } from './proc.ts'

/**
 * What the path of a deleted mapping names now. `live`: the mapped file itself exists, and its name
 * ends like the mark of the kernel. `initramfs`: the file lay in the initramfs, which is gone.
 * `unjudged`: a budget, a permission or an error ended the look that would have told.
 */
export type FileNow = FileState | 'live' | 'initramfs' | 'unjudged'

/** What became of one mapped file. */
export type MappedFile = {
  readonly now: FileNow
  /** Whether the machine has, or had, the file at the path that the process sees. */
  readonly isAtSamePath: boolean
}

/** Answers what became of mapped files. */
export type MappedFiles = {
  readonly lookAt: (mapping: Mapping, facts: ProcessFacts) => MappedFile
  /**
   * Returns the path at which the machine has a mapped file that the process sees at another one,
   * or `null`. Of the files it reads nothing.
   */
  readonly machinePath: (mapping: Mapping, facts: ProcessFacts) => string | null
  /** Returns when a mapped file lost its name, or `null` where the file may not be looked at. */
  readonly unlinked: (mapping: Mapping, facts: ProcessFacts) => Unlinked | null
  /**
   * Says whether certainly only root could put a mapped file where it was: the file and the
   * directories above it are root's, and the machine has, or had, the file at the path that the
   * process sees. A user can show a process any file at any path, in a mount namespace of their own
   * (user_namespaces(7)). No such file can be looked at.
   */
  readonly isOfRoot: (mapping: Mapping, facts: ProcessFacts) => boolean
}

/**
 * Opens the mapped files of a machine. On the running machine, processes can see other directory
 * trees than this one. Those trees are not entered: a file is looked at where our own tree has the
 * same place.
 */
export function openMappedFiles(proc: Proc, machine: MachineFiles): MappedFiles {
  const { trees, treeOf, holders } = proc
  const { isLive, ownTree } = machine
  let init: Tree | null = null
  /** Returns the tree of PID 1 in a copy of a proc file system; `null` on the running machine. */
  const initInCopy = () => (isLive ? null : (init ??= treeOf('1')))
  const mountsOfMachine = () => (isLive ? trees.ownMounts : (initInCopy()?.mounts ?? null))
  const looks: Looks = {
    machinePathOf: openMachinePaths(proc, machine),
    pathOf: (mapping, { mounts }) =>
      isLive ? ownPathOf(mapping, mounts, trees.ownMounts) : mapping.path,
    look: (path, { uid, cgroup }) =>
      ownTree === null ? 'unknown' : ownTree.look(path, holders.of(uid, cgroup.path)),
    isOfInitramfs: (mapping, facts) => isOfInitramfs(mapping, facts, initInCopy()),
    isAtSamePath: (mapping, { mounts }) => isAtSamePath(mapping, mounts, mountsOfMachine()),
    mightWait: (path) => isLive && !isLocal(path, trees.ownMounts),
  }
  const files = judgeWith(looks, isLive)
  if (!isLive) return files
  const within = openShares(holders)
  return {
    lookAt: within(files.lookAt, { now: 'unjudged', isAtSamePath: false }),
    machinePath: within(files.machinePath, null),
    unlinked: within(files.unlinked, null),
    isOfRoot: within(files.isOfRoot, false),
  }
}

/** Returns what judges mapped files, whatever time that takes. */
function judgeWith(looks: Looks, isLive: boolean): MappedFiles {
  return {
    machinePath: (mapping, facts) => looks.machinePathOf(mapping, facts),
    unlinked(mapping, facts) {
      const mapped = facts.inodes.get(mapping.address)
      if (!isLive || mapped === undefined) return null
      const path = looks.pathOf(mapping, facts)
      const there = path === null ? null : looks.look(path, facts)
      return { at: mapped.changedAt, replacedAt: isFile(there) ? Number(there.ctimeMs) : null }
    },
    isOfRoot(mapping, facts) {
      const { path } = mapping
      const isRoots = facts.inodes.get(mapping.address)?.uid === 0
      if (!isLive || !isRoots) return false
      const isThere = looks.pathOf(mapping, facts) === path
      const machinePath = isThere ? path : looks.machinePathOf(mapping, facts)
      return machinePath !== null && isBelowRoots(machinePath, facts, looks)
    },
    lookAt(mapping, facts) {
      if (looks.isOfInitramfs(mapping, facts)) return { now: 'initramfs', isAtSamePath: false }
      const path = looks.pathOf(mapping, facts)
      const isThere = looks.isAtSamePath(mapping, facts)
      // The kernel writes a newline as \012, but a backslash as itself. Two paths have this text.
      const isKnown = !mapping.path.includes('\\012')
      return {
        now: isKnown ? nowOf(path, mapping, facts, looks) : 'unknown',
        isAtSamePath: isThere,
      }
    },
  }
}

/**
 * The bound on the time for the files of one user, in microseconds. After an upgrade of everything,
 * the files of a desktop take a third of a second.
 */
const MICROSECONDS = { ofSystem: 4_000_000, ofUser: 1_500_000 } as const

type Judge<Answer> = (mapping: Mapping, facts: ProcessFacts) => Answer

/**
 * Returns what gives each user a share of the time in which files are judged. Mounts are looked up
 * for each name of a path, and a user can have any number of files with names of any number.
 */
function openShares(holders: HolderPort) {
  const times = new Shares(MICROSECONDS)
  return <Answer>(judge: Judge<Answer>, spent: Answer): Judge<Answer> =>
    (mapping, facts) => {
      const holder = holders.of(facts.uid, facts.cgroup.path)
      if (!isUsual(mapping.path) || times.left(holder) === 0) return spent
      const began = process.hrtime.bigint()
      const answer = judge(mapping, facts)
      times.spend(holder, Number((process.hrtime.bigint() - began) / 1000n))
      return answer
    }
}

/** The calls with which mapped files are looked at. */
type Looks = {
  readonly machinePathOf: MappedFiles['machinePath']
  /** Returns the path of a mapped file in our own tree, or `null` where it has none. */
  readonly pathOf: (mapping: Mapping, facts: ProcessFacts) => string | null
  readonly isOfInitramfs: (mapping: Mapping, facts: ProcessFacts) => boolean
  readonly isAtSamePath: (mapping: Mapping, facts: ProcessFacts) => boolean
  readonly look: (path: string, facts: ProcessFacts) => Look
  /** Says whether a look at a path may wait for a server or for a program of a user. */
  readonly mightWait: (path: string) => boolean
}

function nowOf(path: string | null, mapping: Mapping, facts: ProcessFacts, looks: Looks): FileNow {
  const isLive = isLiveFile(mapping, facts, looks)
  if (isLive !== false) return isLive === true ? 'live' : isLive
  if (path === null) return 'unknown'
  const there = looks.look(path, facts)
  if (there === null) return 'removed'
  // Where a look might wait, the mark of the kernel on a file of our own tree is evidence enough.
  return isSeen(there) || looks.mightWait(path) ? 'replaced' : there
}

/** Says whether the mapped file exists under a name that ends like the mark. */
function isLiveFile(
  mapping: Mapping,
  facts: ProcessFacts,
  { pathOf, look, mightWait }: Looks,
): boolean | 'unknown' | 'unjudged' {
  // A file that is a mount point itself has a mount of its own.
  const path = pathOf({ ...mapping, path: withMark(mapping.path) }, facts)
  const named = path === null ? null : look(path, facts)
  if (path === null || named === null || (!isSeen(named) && mightWait(path))) return false
  if (!isSeen(named)) return named
  const mapped = facts.inodes.get(mapping.address) ?? null
  if (isSameFile(named, mapped, mapping)) return true
  if (mapped !== null) return false
  return facts.areLooksSpent ? 'unjudged' : 'unknown'
}

/**
 * Says whether only root can change the directories above a path. A directory that is gone was an
 * entry of one that only root can change. In a sticky directory nobody else can rename what is
 * root's (inode(7), S_ISVTX).
 */
function isBelowRoots(path: string, facts: ProcessFacts, { look }: Looks): boolean {
  const names = path.split('/').slice(0, -1)
  return names.every((_, at) => {
    const found = look(names.slice(0, at + 1).join('/') || '/', facts)
    return found === null || (isSeen(found) && isRootsAlone(found))
  })
}

function isRootsAlone(found: BigIntStats): boolean {
  const [uid, mode] = [Number(found.uid), Number(found.mode)]
  if (!found.isDirectory()) return false
  return (mode & STICKY) !== 0 ? uid === 0 : whoElseWrites({ uid, mode }, ROOT, '') === null
}

const ROOT: ReadonlySet<number> = new Set([0])

function isFile(found: Look): found is BigIntStats {
  return found !== null && isSeen(found)
}

/**
 * Says whether the named file is the mapped one. Both numbers come from stat(2), because the device
 * number in maps is another one on btrfs and overlayfs. Where the mapping may not be looked at, the
 * inode number in maps decides.
 */
function isSameFile(named: BigIntStats, mapped: MappedInode | null, { inode }: Mapping): boolean {
  if (mapped === null) return String(named.ino) === inode
  return named.ino === mapped.inode && named.dev === mapped.device
}
