import type { Printable } from '../../core/printable.ts'
import { displaysInUse, socketInode } from '../../core/proc/sockets.ts'
import type { OpenFiles } from './descriptors.ts'
import type { OwnTables } from './socket-tables.ts'

/** The displays of the machine that programs have windows on. */
export type Displays = {
  /** Says whether there is one. */
  readonly areAny: boolean
  /**
   * Returns the names of those on which a process with these open files listens, each once, or
   * `null` where it has sockets of which that is not known: not all sockets of the machine could be
   * read, or two lines tell different things of one.
   */
  readonly of: (targets: OpenFiles['targets']) => readonly Printable[] | null
}

/** Opens the displays of a machine. Those of other network namespaces are those of containers. */
export function openDisplays({ unix }: Pick<OwnTables, 'unix'>): Displays {
  const { lines, isWhole } = unix()
  const { names: byInode, unsure } = displaysInUse(lines)
  // A line that was not read may contradict one that was.
  const isPart = !isWhole
  const areAny = isPart || byInode.size > 0 || unsure.size > 0
  return {
    areAny,
    of(targets) {
      if (!areAny) return []
      const inodes = [...targets.values()].flatMap((target) => socketInode(target) ?? [])
      const names = new Set(inodes.flatMap((inode) => byInode.get(inode) ?? []))
      if (names.size > 0) return [...names]
      return inodes.some((inode) => isPart || unsure.has(inode)) ? null : []
    },
  }
}
