import { readdirSync } from 'node:fs'
import { placeOf } from '../../core/proc/mounts.ts'
import type { Mount, Mounts } from '../../core/proc/mounts.ts'
import { parseMountId, parseTerminalIndex } from '../../core/proc/open-files.ts'
import { say } from '../../core/printable.ts'
import { terminalName } from '../../core/proc/stat.ts'
import type { TerminalUse } from '../../core/owner/holding.ts'
import { unlessUnreadable } from '../error.ts'
import type { Proc } from './proc.ts'

/** The pseudoterminals of the machine (pts(4)). */
export type Pseudoterminals = {
  /** Says whether there is one. */
  readonly areAny: () => boolean
  /**
   * Returns who works at the terminal of a master. Where it is that of processes of other users and
   * of root, root is left out: a program of root let the user in.
   *
   * @param pid the process that has the master
   * @param info the text of the master in `/proc/PID/fdinfo`
   */
  readonly usersOf: (pid: number, info: string) => readonly TerminalUse[]
}

/**
 * Opens the pseudoterminals of a tree. A container has a devpts of its own, whose terminals have
 * the same names and numbers as those of the machine. So the mount tells whose a master is.
 *
 * @param tree prefix of the absolute paths of the machine
 */
export function openPseudoterminals(
  tree: string,
  proc: Pick<Proc, 'pids' | 'stat' | 'uidOf' | 'treeOf'> & {
    readonly trees: Pick<Proc['trees'], 'ownMounts'>
  },
): Pseudoterminals {
  let known: ReadonlyMap<string, readonly number[]> | null = null
  const own = () => proc.trees.ownMounts
  const isOurs = (mounts: Mounts | null) => {
    const instance = mounts === null ? null : instanceOf(mounts)
    return instance === null || instance === instanceOf(own())
  }
  const isOurMaster = (pid: number, mountId: number | null) => {
    if (mountId === null) return true
    const seen = mountIn(own(), mountId) === null ? proc.treeOf(String(pid)).mounts : own()
    if (seen === null) return true
    const mount = mountIn(seen, mountId)
    if (mount?.type === DEVPTS) return mount.device === instanceOf(own())
    return mount !== null && isOurs(seen)
  }
  return {
    areAny: () =>
      (unlessUnreadable(() => readdirSync(`${tree}/dev/pts`)) ?? []).some((name) =>
        /^\d+$/.test(name),
      ),
    usersOf(pid, info) {
      const index = parseTerminalIndex(info)
      if (index === null || !isOurMaster(pid, parseMountId(info))) return []
      known ??= byTerminal(proc)
      const name = say`pts/${index}`
      const pids = (known.get(name) ?? []).filter((one) => isOurs(proc.treeOf(String(one)).mounts))
      const uids = new Set(pids.flatMap((one) => unlessUnreadable(() => proc.uidOf(one)) ?? []))
      if (uids.size > 1) uids.delete(0)
      return [...uids].map((uid) => ({ name, uid }))
    },
  }
}

const DEVPTS = 'devpts'

/** Returns the device of the devpts that a process sees, or `null` where it sees none. */
function instanceOf(mounts: Mounts): string | null {
  const mount = placeOf('/dev/pts/0', mounts)?.crossed.at(-1)
  return mount?.type === DEVPTS ? mount.device : null
}

function mountIn({ byDevice }: Mounts, id: number): Mount | null {
  for (const mounts of byDevice.values()) {
    const found = mounts.find((mount) => mount.id === id)
    if (found !== undefined) return found
  }
  return null
}

/** Returns the processes by the name of their controlling terminal. Each process is read once. */
function byTerminal({
  pids,
  stat,
}: Pick<Proc, 'pids' | 'stat'>): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>()
  for (const pid of pids()) {
    const name = terminalName(stat(pid)?.terminal ?? 0)
    if (name === null) continue
    const some = found.get(name)
    if (some === undefined) found.set(name, [pid])
    else some.push(pid)
  }
  return found
}
