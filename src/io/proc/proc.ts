import { readdirSync, statfsSync, statSync } from 'node:fs'
import { parseControlGroup } from '../../core/proc/control-group.ts'
import type { ControlGroup } from '../../core/proc/control-group.ts'
import { parseStat } from '../../core/proc/stat.ts'
import type { Stat } from '../../core/proc/stat.ts'
import { StaleLibsError } from '../error.ts'
import { assertDirectory } from '../files/directory.ts'
import { MountTrees } from '../process/mount-trees.ts'
import { MAX_GROUP_BYTES, ShareHolders } from '../process/share-holders.ts'
import type { HolderPort } from '../process/share-holders.ts'
import type { ShareHolder } from '../../core/owner/share.ts'
import type { Tree } from '../process/mount-trees.ts'
import { recordedTree } from '../process/process-facts.ts'
import type { MapsObserver } from '../process/read-context.ts'
import { readAtOnce, readLink, readText } from '../files/proc-file.ts'
import { beginWalk } from '../reading/walk.ts'
import type { Walk } from '../reading/walk.ts'

/** A proc file system, or a recorded tree of the same form. */
export type Proc = {
  readonly directory: string
  /** Returns the process ids, ascending. */
  readonly pids: () => readonly number[]
  /**
   * Returns the walk over all processes, which begins with the first call.
   *
   * @param usersMs see `beginWalk`
   */
  readonly walk: (usersMs?: number) => Walk
  /** Returns the process's stat fields, or `null` when it is gone or unreadable. */
  readonly stat: (pid: number) => Stat | null
  /** Returns the process's control group, or `null` when it is gone or unreadable. */
  readonly controlGroup: (pid: number) => ControlGroup | null
  /** Returns a file of the tree as text, one character a byte, or `null` when it cannot be read. */
  readonly read: (name: string) => string | null
  /** Returns the target of a link of the tree, one character a byte, or `null`. */
  readonly link: (name: string) => string | null
  /**
   * Returns the user id of a process.
   *
   * @throws an error of the system when the process is gone
   */
  readonly uidOf: (pid: number) => number
  /** Returns the directory tree that a process (its id, or `self`) sees. */
  readonly treeOf: (pid: string) => Tree
  readonly trees: MountTrees
  readonly holders: HolderPort
  /** Returns the user whose share of a budget the process spends. */
  readonly holderOf: (pid: number) => ShareHolder
}

/** PROC_SUPER_MAGIC of statfs(2). */
const PROC_MAGIC = 0x9fa0

/**
 * Opens a proc file system.
 *
 * @param pids the processes that count, where these are not all
 * @throws {StaleLibsError} when the directory is missing, unreadable or holds no process
 *   directories
 */
export function openProc(
  directory: string,
  { pids: known, observe }: { pids?: readonly number[]; observe?: MapsObserver | undefined } = {},
): Proc {
  assertDirectory(directory)
  const isKernels = statfsSync(directory).type === PROC_MAGIC
  const read = (name: string) => readText(`${directory}/${name}`)
  const room = Buffer.allocUnsafeSlow(MAX_GROUP_BYTES)
  const readSmall = (name: string) => readAtOnce(`${directory}/${name}`, room)
  const pids = () => known ?? listPids(directory)
  const trees = new MountTrees(directory)
  const holders = new ShareHolders(directory)
  let begun: Walk | null = null
  return {
    directory,
    pids,
    walk(usersMs) {
      begun ??= beginWalk({ directory, isKernels, observe, trees, holders }, pids(), {}, usersMs)
      return begun
    },
    stat: (pid) => parseStat(readSmall(`${pid}/stat`) ?? ''),
    controlGroup(pid) {
      const text = readSmall(`${pid}/cgroup`)
      return text === null ? null : parseControlGroup(text)
    },
    read,
    link: (name) => readLink(`${directory}/${name}`),
    uidOf: (pid) => statSync(`${directory}/${pid}`).uid,
    treeOf: (pid) =>
      isKernels ? trees.of(`${directory}/${pid}`) : recordedTree(`${directory}/${pid}`),
    trees,
    holders,
    holderOf: (pid) => holders.ofDirectory(`${directory}/${pid}`),
  }
}

/**
 * Returns the process ids of a tree. fast-glob takes longer, and finds no process at all when one
 * ends meanwhile.
 */
function listPids(directory: string): readonly number[] {
  const names = readdirSync(directory).filter((name) => /^[1-9][0-9]*$/.test(name))
  if (names.length === 0)
    throw new StaleLibsError(`Cannot scan "${directory}": not a proc file system, no process in it`)
  return names.map(Number).toSorted((a, b) => a - b)
}
