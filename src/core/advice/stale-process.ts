import type { Printable } from '../printable.ts'
import type { Owner } from '../owner/kinds.ts'
import type { OwnPackage } from '../pacman/package-change.ts'
import type { ControlGroup } from '../proc/control-group.ts'
import type { StaleFile } from '../proc/process.ts'

/** The change times of two inodes (inode(7)), in milliseconds since 1970. */
export type Unlinked = {
  /** When the mapped file lost its name. */
  readonly at: number
  /** When the file that has the path now was put there; `null` where no file has it. */
  readonly replacedAt: number | null
}

/**
 * A process that runs stale files, or whose service has a changed package.
 * `startTicks` are clock ticks after boot (field 22 of proc_pid_stat(5)); `null` when not known.
 */
export type StaleProcess = {
  readonly pid: number
  /** Its user id; absent where it is not known. */
  readonly uid?: number
  readonly comm: Printable
  readonly startTicks: number | null
  readonly cgroup: ControlGroup
  readonly owner: Owner
  readonly files: readonly StaleFile[]
  /** When each of the files lost its name, where that is known. */
  readonly unlinked: readonly (Unlinked | null)[]
  /**
   * Whether the process sees another directory tree than PID 1. Its files are not those of the
   * machine, unless they are `isOfMachine`.
   */
  readonly isForeign: boolean
  /** Set where it is not known what the paths of its files name now. */
  readonly isTreeUnknown?: true
  /** Set where the process has more deleted mappings than were read or kept. */
  readonly isPartial?: true
  /**
   * What happened to the package of its service since the service started; absent where nothing is
   * known.
   */
  readonly ownPackage?: OwnPackage
}

/** A process of a service that runs, stale or not. */
export type RunningProcess = Pick<StaleProcess, 'cgroup' | 'owner'> & {
  /** What the process calls itself: any bytes but for zeros and newlines. */
  readonly comm: string
  /** Start of the process in clock ticks after boot (field 22 of proc_pid_stat(5)). */
  readonly startTicks: number
  /** Target of `/proc/PID/exe`; `null` where the kernel gives none. */
  readonly exe: string | null
  /** Its user id; absent in recordings of older programs. */
  readonly uid?: number | undefined
}
