import type { Bytes } from '../printable.ts'
import type { ControlGroup } from './control-group.ts'
import type { Mounts } from './mounts.ts'

/**
 * One line of `/proc/PID/maps` that the kernel marked as deleted (proc_pid_maps(5)), and that
 * counts.
 */
export type Mapping = {
  /**
   * `start-end` as in the line, which is also the name of the entry in `/proc/PID/map_files`. Empty
   * where only `/proc/PID/exe` names the file.
   */
  readonly address: string
  /**
   * `major:minor`, hexadecimal. On btrfs and overlayfs it is not the device that stat(2) gives.
   * Empty where only `exe` names the file.
   */
  readonly device: string
  /** Decimal; empty where only `exe` names the file. */
  readonly inode: string
  /** The path without the mark: a path is bytes and not text. */
  readonly path: Bytes
  readonly kind: MappingClass
}

/** How a deleted mapping counts. `temporary`: the program made the code itself. */
export type MappingClass = 'library' | 'executable' | 'temporary'

/** What can have become of a mapped file that lost its name. */
export const FILE_STATES = ['replaced', 'removed', 'unknown'] as const

/**
 * What became of a mapped file that lost its name.
 * `replaced`: another file has its path now. `removed`: no file has. `unknown`: it was not looked
 * at, or could not be.
 */
export type FileState = (typeof FILE_STATES)[number]

/**
 * The facts about one process with deleted mappings. All were read while it was the same process.
 */
export type ProcessFacts = {
  readonly pid: number
  /**
   * Its user id: the owner of `/proc/PID` (task_dump_owner of fs/proc/base.c). `null` where it is
   * not known.
   */
  readonly uid: number | null
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
  /** Set where the process has too many mounts to be read. */
  readonly isTreeUnknown?: true
  /** Set where all that it maps to be read is executable too: READ_IMPLIES_EXEC, personality(2). */
  readonly impliesExecution?: true
  /** Set where the share of its user ended the looks at mapped files. */
  readonly areLooksSpent?: true
  /** The mappings by `address` whose files lie in the initramfs: see `readInitramfs`. */
  readonly initramfs?: ReadonlySet<string>
  /** The inodes of the mapped files by `address`, as far as stat(2) could be asked. */
  readonly inodes: ReadonlyMap<string, MappedInode>
}

/** What inode(7) says of a mapped file, whether or not it still has a name. */
export type MappedInode = {
  readonly device: bigint
  readonly inode: bigint
  /** The user id of its owner. */
  readonly uid: number
  /** When it last changed, in milliseconds since 1970. */
  readonly changedAt: number
}

/**
 * The result of reading one process. `clean`: no deleted mapping counts. `empty`: it is a kernel
 * thread or zombie. `gone`: it ended meanwhile, or became another program. `denied`: it may not be
 * read. `failed`: the kernel gave an error. `stuck`: the kernel did not answer in time. `long`: it
 * has more mappings than there was time for. `marked`: deleted mappings count.
 */
export type Inspection =
  | { readonly kind: 'clean' | 'empty' | 'gone' | 'denied' | 'failed' | 'stuck' | 'long' }
  | {
      readonly kind: 'marked'
      readonly facts: ProcessFacts
      readonly mappings: readonly Mapping[]
      /** The number of further deleted mappings that were not kept, because memory is bounded. */
      readonly dropped: number
      /** Whether reading failed after these mappings: the process may have more. */
      readonly isCut: boolean
    }

/** A mapped file that the machine has no more under its path. */
export type StaleFile = {
  /** The path that the process sees. */
  readonly path: Bytes
  /**
   * The path at which the machine has the file, where the process sees it at another one
   * (`/run/host/usr/lib/libz.so.1`). pacman knows this path.
   */
  readonly machinePath?: Bytes
  readonly kind: 'library' | 'executable'
  /** Set where it is the program of the process: `/proc/PID/exe`. */
  readonly isProgram?: true
  /** Set where the machine has, or had, the file at the path that the process sees. */
  readonly isOfMachine?: true
  readonly state: FileState
  /** Set where a budget, a permission or an error ended the look that would have told. */
  readonly isUnjudged?: true
  /**
   * Set where the process of a user maps it, and the user may have put it there: it is not certain
   * that only root could.
   */
  readonly mayBeOfUser?: true
}

/** Returns the path by which the machine and pacman know a file. */
export function machinePathOf({ path, machinePath }: StaleFile): Bytes {
  return machinePath ?? path
}

/** Says whether a file is one of the machine, at the same path or at another one. */
export function isMachineFile(file: StaleFile): boolean {
  return file.isOfMachine === true || file.machinePath !== undefined
}
