import { statSync } from 'node:fs'
import { cgroupRootOf } from '../../core/owner/cgroup.ts'
import { parseRealUid, shareHolderOf } from '../../core/owner/share.ts'
import type { ShareHolder } from '../../core/owner/share.ts'
import { parseControlGroup } from '../../core/proc/control-group.ts'
import { unlessUnreadable } from '../error.ts'
import { readAtOnce } from '../files/proc-file.ts'

/** Tells whose share a process spends. */
export type HolderPort = Pick<ShareHolders, 'of' | 'ofDirectory'>

/**
 * The bound on the control groups of a process: a path of PATH_MAX in each of the hierarchies
 * (cgroups(7)).
 */
export const MAX_GROUP_BYTES = 64 * 1024

/** Tells whose share a process of one proc file system spends. */
export class ShareHolders {
  readonly #directory: string
  readonly #room = Buffer.allocUnsafeSlow(MAX_GROUP_BYTES)
  #root: string | null = null

  /** @param directory where the proc file system is mounted */
  constructor(directory: string) {
    this.#directory = directory
  }

  /** @param directory of a process (`/proc/12`), or of one of its threads */
  ofDirectory(directory: string): ShareHolder {
    const uid = uidOf(directory)
    const starter = uid === 0 ? this.#starterOf(directory) : null
    return this.of(starter ?? uid, this.#groupIn(directory))
  }

  /**
   * Returns the user who started a program of root (setuid(2)), such as su(1): its open files are
   * those that the user left to it.
   */
  #starterOf(directory: string): number | null {
    return parseRealUid(readAtOnce(`${directory}/status`, this.#room) ?? '')
  }

  /**
   * @param uid owner of the directory of the process; `null` where it is not known
   * @param path of its control group; `null` where none is known
   */
  of(uid: number | null, path: string | null): ShareHolder {
    this.#root ??= cgroupRootOf(this.#groupIn(`${this.#directory}/1`))
    return shareHolderOf(uid, path, this.#root)
  }

  #groupIn(directory: string): string | null {
    const text = readAtOnce(`${directory}/cgroup`, this.#room)
    return text === null ? null : parseControlGroup(text).path
  }
}

/**
 * Returns the user id of a process, or `null` where it is gone. The directory has the id of the
 * process; the files in it are root's where the process may not be dumped (task_dump_owner of
 * fs/proc/base.c).
 */
export function uidOf(directory: string): number | null {
  return unlessUnreadable(() => statSync(directory).uid)
}
