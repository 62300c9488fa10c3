import type { Owner } from '../owner/kinds.ts'
import type { OwnPackage } from '../pacman/package-change.ts'
import type { ControlGroup } from '../proc/control-group.ts'
import type { StaleFile } from '../proc/process.ts'

/** The change times of two inodes (inode(7)), in milliseconds since 1970. */
export type Unlinked = {
  /** When the mapped file lost its name. */
  readonly at: number
  /** When what lies there now was put there; `null`: nothing does. */
  readonly replacedAt: number | null
}

export type StaleProcess = {
  readonly pid: number
  readonly comm: string
  readonly startTicks: number | null
  readonly cgroup: ControlGroup
  readonly owner: Owner
  readonly files: readonly StaleFile[]
  /** When each of the files lost its name, where that is known. */
  readonly unlinked: readonly (Unlinked | null)[]
  /** Whether it sees another directory tree than PID 1: its files are not those of the machine. */
  readonly isForeign: boolean
  /** Set where nobody could tell what lies now at the paths of its files. */
  readonly isTreeUnknown?: true
  /** What happened to its service's own package since it started; absent: nothing that is known. */
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
}
