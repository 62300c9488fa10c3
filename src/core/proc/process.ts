import type { ControlGroup } from './control-group.ts'
import type { Mounts } from './mounts.ts'

/**
 * One line of `/proc/PID/maps` that the kernel marked as deleted (proc_pid_maps(5)), and that says
 * something.
 */
export type Mapping = {
  /**
   * `start-end` as in the line: also the name of the entry in `/proc/PID/map_files`. Empty where
   * only `/proc/PID/exe` names the file.
   */
  readonly address: string
  /**
   * `major:minor`, hexadecimal; on btrfs and overlayfs another one than stat(2) gives. Empty where
   * only `exe` names the file.
   */
  readonly device: string
  /** Decimal; empty where only `exe` names the file. */
  readonly inode: string
  /** The path without the mark; one character a byte, because a path is bytes and not text. */
  readonly path: string
  readonly kind: MappingClass
}

/** How a deleted mapping counts. */
export type MappingClass = 'library' | 'executable' | 'temporary'

export const FILE_STATES = ['replaced', 'removed', 'unknown'] as const

export type FileState = (typeof FILE_STATES)[number]

/** What was read of one process with marked mappings, all while it was the same process. */
export type ProcessFacts = {
  readonly pid: number
  readonly comm: string
  /** Start of the process in clock ticks after boot (field 22 of proc_pid_stat(5)). */
  readonly startTicks: number | null
  readonly cgroup: ControlGroup
  /** Target of `/proc/PID/exe`; `null` where the kernel or the permissions give none. */
  readonly exe: string | null
  /** `mnt:[N]` of the process; `null` where it could not be read. */
  readonly mountNamespace: string | null
  /** `pid:[N]`; `null` where it could not be read. */
  readonly pidNamespace: string | null
  /** `uts:[N]`; `null` where it could not be read. */
  readonly utsNamespace: string | null
  /** Identity of its root directory (`rootIdentity`); `null` where it could not be read. */
  readonly rootDirectory: string | null
  /** The mounts that its paths lead over; `null` where they are not known. */
  readonly mounts: Mounts | null
  /** Set where they are too many to be read. */
  readonly isTreeUnknown?: true
  /** The mapped files themselves by `address`, as far as they could be looked at. */
  readonly inodes: ReadonlyMap<string, MappedInode>
}

/** What inode(7) says of a mapped file, whether or not it still has a name. */
export type MappedInode = {
  readonly device: bigint
  readonly inode: bigint
  /** When it last changed, in milliseconds since 1970. */
  readonly changedAt: number
}

/**
 * The verdict of reading one process. `empty`: kernel thread or zombie; `gone`: it ended
 * meanwhile, or became another program; `denied`: we may not look; `failed`: the kernel could not
 * tell; `stuck`: it did not answer in time.
 */
export type Inspection =
  | { readonly kind: 'clean' | 'empty' | 'gone' | 'denied' | 'failed' | 'stuck' }
  | {
      readonly kind: 'marked'
      readonly facts: ProcessFacts
      readonly mappings: readonly Mapping[]
      /** Further marked mappings that were not kept: the bound on memory. */
      readonly dropped: number
      /** Whether reading failed after these: there may be more. */
      readonly isCut: boolean
    }

export type StaleFile = {
  readonly path: string
  readonly kind: 'library' | 'executable'
  readonly state: FileState
}
