import type { Mounts } from './mounts.ts'

/** The vocabulary: every type that crosses a stage of the pipeline, in the order of the pipeline. */

/** One line of `/proc/PID/maps` that the kernel marked ` (deleted)` (proc_pid_maps(5)). */
export type Mapping = {
  /** `start-end` as in the line: also the name of the entry in `/proc/PID/map_files`. */
  readonly address: string
  readonly executable: boolean
  /** `major:minor`, hexadecimal; on btrfs and overlayfs another one than stat(2) gives. */
  readonly device: string
  readonly inode: string
  /** The path without the mark; one character a byte, because a path is bytes and not text. */
  readonly path: string
}

/** How a deleted mapping counts; `null` where it says nothing (a mapped font, shared memory). */
export type MappingClass = 'library' | 'executable' | 'temporary' | null

export const FILE_STATES = ['replaced', 'removed', 'unknown'] as const
export type FileState = (typeof FILE_STATES)[number]

/** What was read of one process with marked mappings, all of it while it was one and the same process. */
export type ProcessFacts = {
  readonly pid: number
  readonly comm: string
  /** Start of the process in clock ticks after boot (field 22 of proc_pid_stat(5)). */
  readonly startTicks: number | null
  readonly cgroup: string
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
 * The verdict of reading one process. `empty`: kernel thread or zombie; `gone`: it ended meanwhile, or
 * became another program; `denied`: we may not look; `failed`: the kernel could not tell; `stuck`: it did
 * not answer in time.
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

/** What happened to the package that a stale file came from, from the start of the process until now. */
export type PackageChange = {
  readonly name: string
  /** The version that was installed when the process started. */
  readonly from: string
  /** The version that is installed now; `null`: the package was removed. */
  readonly to: string | null
  readonly change: 'upgraded' | 'downgraded' | 'reinstalled' | 'removed'
  /** When it last changed: ISO 8601, UTC. */
  readonly at: string
  /** What the new version fixed, the worst first; absent where no advisories are at hand. */
  readonly advisories?: readonly Advisory[]
}

/** A group of vulnerabilities that a version of a package has. */
export type Advisory = {
  /** `AVG-1234`. */
  readonly name: string
  readonly severity: 'Unknown' | 'Low' | 'Medium' | 'High' | 'Critical'
  /** `CVE-2026-1234`. */
  readonly issues: readonly string[]
}

/** The package that brings the unit file of a service, where it changed since the service started. */
export type OwnPackage = {
  readonly change: PackageChange
  /** Whether the newest transaction changed it; `null`: not certain. */
  readonly isNew: boolean | null
}

export type User = { readonly uid: number; readonly name: string | null }

export type Container = {
  readonly runtime: 'docker' | 'podman' | 'nspawn' | 'lxc' | 'incus' | 'kubernetes' | 'other'
  readonly name: string
}

export const KINDS = [
  'service',
  'user-service',
  'session',
  'manager',
  'user-manager',
  'app',
  'container',
  'vm',
  'process',
] as const
export type Kind = (typeof KINDS)[number]
/** Kinds that belong to a user and not to the machine. */
export const USER_KINDS: ReadonlySet<Kind> = new Set([
  'user-service',
  'session',
  'user-manager',
  'app',
])

/** What a process belongs to, as far as its control group tells. */
export type Owner = {
  readonly kind: Kind
  /** What a person calls it. `null`: nothing but the process's own name tells. */
  readonly name: string | null
  readonly unit: string | null
  readonly uid: number | null
  readonly container: Container | null
  /** Whether it runs the container from outside, as a program of the machine. */
  readonly isSupervisor?: true
}

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
  /** Text of `/proc/PID/cgroup`. */
  readonly cgroup: string
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

/** Properties of one unit as `systemctl show` prints them; an absent property is an empty text. */
export type UnitFacts = Readonly<Record<UnitProperty, string>>

export const UNIT_PROPERTIES = [
  'Id',
  'Names',
  'FragmentPath',
  'LoadState',
  'ActiveState',
  'Type',
  'MainPID',
  'ControlPID',
  'KillMode',
  'RefuseManualStart',
  'RefuseManualStop',
  'CanReload',
  'Transient',
  'TriggeredBy',
  'Accept',
  'Refs',
  'Job',
  'FreezerState',
  'NeedDaemonReload',
  'ControlGroup',
  'SendSIGKILL',
  'StandardInput',
  'SuccessAction',
  'FailureAction',
  'StartLimitAction',
  'StartLimitBurst',
  'StartLimitIntervalUSec',
  'ConditionResult',
  'ConditionTimestampMonotonic',
  'InactiveExitTimestampMonotonic',
  'WorkingDirectory',
  'EnvironmentFiles',
  'RootDirectory',
  'RootImage',
  'BindPaths',
  'BindReadOnlyPaths',
  'TemporaryFileSystem',
  'MountImages',
  'ExtensionImages',
  'ExtensionDirectories',
  'WantedBy',
  'Wants',
  'Requires',
  'BindsTo',
  'ConsistsOf',
  'BoundBy',
  'RequiredBy',
  'PropagatesStopTo',
] as const
export type UnitProperty = (typeof UNIT_PROPERTIES)[number]

export const ACTIONS = [
  'restart',
  'reexec',
  'user-restart',
  'user-reexec',
  'relogin',
  'close',
  'container',
  'manual',
  'soft-reboot',
  'reboot',
  'wait',
  'none',
] as const
export type Action = (typeof ACTIONS)[number]

/** A fact that a person should know before acting. The words are made in `render/words.ts`. */
export type Caution = {
  readonly code: string
  /** A blocking caution keeps the finding out of `commands`. */
  readonly blocking: boolean
  /** What the code's sentence needs: a unit, a number of processes, the reason of a table row. */
  readonly detail: string | null
}

export type Advice = {
  readonly action: Action
  readonly command: readonly string[] | null
  readonly clears: boolean
  readonly cautions: readonly Caution[]
  /** Code of the rule that decided; `explain` says it in words. */
  readonly rule: string
}

/** `package-upgraded`: the package of the unit's own file is another version than when the unit started. */
export type Cause = 'stale-files' | 'package-upgraded'

export type Finding = Advice & {
  readonly kind: Kind
  readonly name: string
  readonly unit: string | null
  readonly user: User | null
  readonly container: Container | null
  /** Why it is what lets people back into the machine; `null` when it is not. */
  readonly lifeline: string | null
  readonly causes: readonly Cause[]
  /** What happened to the package of the unit itself; `null`: nothing since it started. */
  readonly ownPackage: OwnPackage | null
  readonly processes: readonly {
    readonly pid: number
    readonly comm: string
    /** ISO 8601, UTC; `null` when the boot time is not known. */
    readonly startedAt: string | null
    readonly main: boolean
    /** Indexes into `files`. */
    readonly files: readonly number[]
  }[]
  readonly files: readonly FindingFile[]
}

export type FindingFile = StaleFile & {
  /** What pacman did to it; `null`: nothing that is known. */
  readonly package: PackageChange | null
  /** Whether no package has such a file. */
  readonly isUnowned: boolean
  /** Whether the newest transaction made it stale; `null`: not known. */
  readonly isNew: boolean | null
}

export type TemporaryCode = {
  readonly pid: number
  readonly comm: string
  readonly unit: string | null
  readonly path: string
}

/** What could not be read or asked, with how many processes or units that concerns. */
export type Limit = { readonly code: LimitCode; readonly count: number }
export type LimitCode =
  | 'maps-denied'
  | 'maps-failed'
  | 'maps-stuck'
  | 'processes-hidden'
  | 'mappings-dropped'
  | 'tree-unknown'
  | 'group-unreadable'
  | 'boot-time-unknown'
  | 'kernel-unknown'
  | 'after-effects-unknown'
  | 'advisories-unreadable'
  | 'not-booted'
  | 'systemctl-missing'
  | 'systemctl-timeout'
  | 'systemctl-failed'
  | 'user-manager-missing'
  | 'recorded-units'
  | PackageLimitCode
  | 'self-unknown'

/** Why a stale file may stay without its package; the verdict does not depend on it. */
export type PackageLimitCode =
  | 'package-log-missing'
  | 'package-log-unreadable'
  | 'package-log-short'
  | 'package-log-damaged'
  | 'package-log-clock-stepped'
  | 'package-log-too-long'
  | 'package-database-unreadable'

/** What an ignore rule hid: whole findings, or some files of them. */
export type Ignored = {
  readonly rule: string
  /** Why somebody wrote the rule; `null` when it does not say. */
  readonly reason: string | null
  readonly findings: number
  readonly names: readonly string[]
}

export type Host = {
  readonly hostname: string | null
  readonly kernelRelease: string | null
  /** Seconds since 1970 (`btime` of proc_stat(5)). */
  readonly bootSeconds: number | null
}

/** Why a reboot is needed; a finding where only a reboot clears it. The words are made in `render/words.ts`. */
export type RebootReason =
  | { readonly code: 'finding'; readonly level: 'soft' | 'full'; readonly finding: Finding }
  | {
      readonly code: 'kernel-modules-gone' | 'kernel-modules-kept' | 'kernel-older-than-installed'
      readonly level: 'full'
      readonly release: string
      /** The kernel that took its place, where there is one. */
      readonly successor: { readonly package: string; readonly release: string } | null
    }
  | {
      readonly code: 'microcode-newer'
      readonly level: 'full'
      readonly package: string
      readonly reason: string
    }
  | {
      readonly code: 'nvidia-mismatch'
      readonly level: 'full'
      readonly loaded: string
      readonly installed: string
    }

export type Reboot = {
  readonly needed: 'none' | 'soft' | 'full'
  readonly reasons: readonly RebootReason[]
}

/**
 * What is broken since the transaction though no file of it is stale: a service that failed since it
 * began, or that runs without the name on the system bus that its unit promises (`BusName=`).
 */
export type AfterEffect =
  | { readonly code: 'failed'; readonly unit: string; readonly result: string }
  | { readonly code: 'bus-name-lost'; readonly unit: string; readonly busName: string }

export type Report = {
  readonly version: string
  /** Whether root looked: what root cannot read, nobody can. */
  readonly isRoot: boolean
  /** The user who became root to look (`SUDO_UID`): for the wording alone. `null`: nobody is named. */
  readonly callerUid: number | null
  readonly host: Host
  readonly at: Date
  readonly durationMs: number
  readonly processes: number
  readonly unreadable: number
  readonly vanished: number
  readonly limits: readonly Limit[]
  readonly findings: readonly Finding[]
  readonly temporaryCode: readonly TemporaryCode[]
  readonly ignored: readonly Ignored[]
  readonly reboot: Reboot
  readonly afterEffects: readonly AfterEffect[]
  readonly commands: readonly (readonly string[])[]
  readonly summary: Summary
}

/** The smallest sequence of steps that clears everything, cheapest first. */
export type Summary = {
  readonly steps: readonly Step[]
  /** The reboot that is simpler than the steps, where nearly everything is stale. */
  readonly simpler: 'soft-reboot' | 'reboot' | null
}
export type Step = {
  readonly action: Action
  /** How many findings it clears. */
  readonly findings: number
}

export const FORMATS = ['text', 'json', 'names', 'prometheus', 'nagios'] as const
export type Format = (typeof FORMATS)[number]

export type ScanOptions = {
  readonly format: Format
  readonly hook: boolean
  /** File with what the transaction changed, `-` for the standard input; only with `hook`. */
  readonly targets: string | null
  readonly all: boolean
  readonly side: 'both' | 'system' | 'user'
  readonly ignoreUnits: readonly string[]
  readonly ignorePaths: readonly string[]
  readonly config: string | null
  readonly exitCode: boolean
  readonly color: 'auto' | 'always' | 'never'
  readonly output: string | null
  readonly proc: string
  readonly root: string
  /** Directory of a recording to replay. */
  readonly from: string | null
  readonly logLevel: LogLevel
}

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export type Command =
  | { readonly kind: 'scan'; readonly options: ScanOptions }
  | {
      readonly kind: 'record'
      readonly directory: string
      readonly anonymize: boolean
      readonly options: ScanOptions
    }
  | {
      readonly kind: 'explain'
      readonly subjects: readonly string[]
      readonly options: ScanOptions
    }
  | { readonly kind: 'show'; readonly text: string }
  | { readonly kind: 'usage-error'; readonly message: string }
