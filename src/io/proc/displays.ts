import type { Printable } from '../../core/printable.ts'
import { displaysInUse, socketInode } from '../../core/proc/sockets.ts'
import { readStart } from '../files/small-file.ts'
import type { OpenFiles } from './descriptors.ts'
import type { Proc } from './proc.ts'

/** The displays of the machine that programs have windows on. */
export type Displays = {
  /** Says whether there is one. */
  readonly areAny: boolean
  /**
   * Returns the names of those on which a process with these open files listens, each once, or
   * `null` where it has sockets and not all sockets of the machine could be read.
   */
  readonly of: (targets: OpenFiles['targets']) => readonly Printable[] | null
}

/**
 * The bound on the file, whose sockets come in no order: a user who binds many can move any other
 * behind it.
 */
const MAX_BYTES = 4 * 1024 * 1024

/** Opens the displays of a machine. Those of other network namespaces are those of containers. */
export function openDisplays({ directory }: Pick<Proc, 'directory'>): Displays {
  const text = readStart(`${directory}/self/net/unix`, MAX_BYTES) ?? ''
  const byInode = displaysInUse(text)
  const isCut = text.length === MAX_BYTES
  return {
    areAny: byInode.size > 0 || isCut,
    of(targets) {
      if (byInode.size === 0 && !isCut) return []
      const inodes = [...targets.values()].flatMap((target) => socketInode(target) ?? [])
      const names = new Set(inodes.flatMap((inode) => byInode.get(inode) ?? []))
      return isCut && names.size === 0 && inodes.length > 0 ? null : [...names]
    },
  }
}
