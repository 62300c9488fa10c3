import type { Ignored } from '../config/ignore.ts'
import type { Action } from '../advice/action.ts'
import type { Advice } from '../advice/advice.ts'
import type { Case } from '../advice/case.ts'
import type { Limit } from '../limits.ts'
import type { Host } from '../machine/host.ts'
import type { Container, Kind, User } from '../owner/kinds.ts'
import type { HookMemory } from '../pacman/history.ts'
import type { OwnPackage, PackageChange } from '../pacman/package-change.ts'
import type { Reader } from './reader.ts'
import type { Readings } from './readings.ts'
import type { StaleFile } from '../proc/process.ts'
import type { Marking } from '../systemd/markers.ts'
import type { Printable } from '../printable.ts'

/**
 * Why there is a finding. `package-upgraded`: the package of the unit file has another version than
 * when the unit started.
 */
export type Cause = 'stale-files' | 'package-upgraded'

/**
 * What may fail until old code is renewed. `logins`: new logins. `jobs`: jobs that it starts.
 * `parts`: what it loads later.
 */
export type FailCode = 'logins' | 'jobs' | 'parts'

/**
 * The stale processes of one owner, and the step that ends them: a row of the report.
 */
export type Finding = Advice & {
  readonly kind: Kind
  readonly name: Printable
  readonly unit: Printable | null
  readonly user: User | null
  /** Whether it is the session, or the application, that this program was called from. */
  readonly isYours: boolean
  /** Whether this program runs inside of it or came through it, and a restart ends both. */
  readonly carriesReader: boolean
  readonly container: Container | null
  /** Why the unit lets people back into the machine; `null` where it does not. */
  readonly lifeline: Printable | null
  /** What may fail until it is renewed; `null` where nothing is known to. */
  readonly mayFail: FailCode | null
  /** Whether it, or the user's manager, goes on when its user logs out. */
  readonly outlivesLogout: boolean
  /** What systemd is to do with the unit some time; `null` where it is not marked. */
  readonly marking: Marking | null
  readonly causes: readonly Cause[]
  /** The change of the package of the unit since the unit started; `null` where none is known. */
  readonly ownPackage: OwnPackage | null
  readonly processes: readonly {
    readonly pid: number
    readonly comm: Printable
    /** ISO 8601, UTC; `null` when the boot time is not known. */
    readonly startedAt: Printable | null
    readonly main: boolean
    /** Indexes into `files`. */
    readonly files: readonly number[]
  }[]
  /** Whether its processes have more stale files than these. */
  readonly isPartial: boolean
  readonly files: readonly FindingFile[]
}

/** A stale file of a finding, with what pacman did to it. */
export type FindingFile = Omit<StaleFile, 'path' | 'machinePath'> & {
  /** The path that the process sees. */
  readonly path: Printable
  /** What pacman did to it; `null` where that is not known. */
  readonly package: PackageChange | null
  /** Whether no package has a file of this path. */
  readonly isUnowned: boolean
  /** Whether a package has the file, and did not change since the process started. */
  readonly isUnchanged: boolean
  /** When the mapped file lost its name; `null` where that is not known. */
  readonly goneAt: Date | null
  /** When the file that has the name now was put there; `null` where that is not known. */
  readonly replacedAt: Date | null
  /**
   * Whether a transaction since the hook last spoke made it stale, or stale again; `null`: not
   * known. Missing information is no evidence for it.
   */
  readonly isNew: boolean | null
}

/** A deleted mapping of code that its own program made: it is shown, and is no finding. */
export type TemporaryCode = {
  readonly pid: number
  readonly comm: Printable
  readonly unit: Printable | null
  readonly path: Printable
}

/** Why a reboot is needed. `finding`: only a reboot clears it. */
export type RebootReason =
  | { readonly code: 'finding'; readonly level: 'soft' | 'full'; readonly finding: Finding }
  | {
      readonly code: 'kernel-modules-gone' | 'kernel-modules-kept' | 'kernel-older-than-installed'
      readonly level: 'full'
      readonly release: Printable
      /** The kernel that replaced the running one; `null` where there is none. */
      readonly successor: { readonly package: Printable; readonly release: Printable } | null
    }
  | {
      readonly code: 'microcode-newer'
      readonly level: 'full'
      readonly package: Printable
      readonly reason: Printable
    }
  | {
      readonly code: 'nvidia-mismatch'
      readonly level: 'full'
      readonly loaded: Printable
      readonly installed: Printable
    }

/** How much of a reboot is needed, and why; without reasons none is. */
export type Reboot = {
  readonly needed: 'none' | 'soft' | 'full'
  readonly reasons: readonly RebootReason[]
}

/**
 * What broke since the transaction though none of its files is stale: a service failed since the
 * transaction began, or it runs without the name on the system bus that its unit promises
 * (`BusName=`).
 */
export type AfterEffect =
  | { readonly code: 'failed'; readonly unit: Printable; readonly result: Printable }
  | { readonly code: 'bus-name-lost'; readonly unit: Printable; readonly busName: Printable }

/** What a hook knows of the transaction that it follows, and of what was said before. */
export type HookFacts = {
  /** Whether pacman told what the transaction changed. */
  readonly isTold: boolean
  /** Whether the transaction changed code, and not only data. */
  readonly hasCode: boolean
  /** `null` where the log does not tell. */
  readonly memory: HookMemory | null
}

/** Everything that a scan found: what all output formats are made from. */
export type Report = Readings & {
  readonly version: Printable
  /** Whether all was read that root can read: root ran the scan, or all files could be read. */
  readonly isRoot: boolean
  readonly reader: Reader
  readonly host: Host
  readonly at: Date
  readonly durationMs: number
  /** Whether only one side was looked at: the system, or users. */
  readonly isOneSide: boolean
  /**
   * The number of the system's own processes, and not of users, that were not read to their end.
   */
  readonly unseenOfSystem: number
  /**
   * The number of the processes that are in containers. It is counted where the summary depends on
   * it, and 0 elsewhere.
   */
  readonly inContainers: number
  readonly limits: readonly Limit[]
  readonly findings: readonly Finding[]
  readonly temporaryCode: readonly TemporaryCode[]
  readonly ignored: readonly Ignored[]
  /**
   * The rules that are to hide units and match none, as `unit:foo*`; absent where they were not
   * looked for.
   */
  readonly unmatched?: readonly Printable[]
  readonly reboot: Reboot
  /** Whether this systemd has soft reboots, and a soft reboot is enough. */
  readonly canSoftReboot: boolean
  readonly afterEffects: readonly AfterEffect[]
  readonly commands: readonly (readonly Printable[])[]
  readonly summary: Summary
  /** `null` outside of a hook, and where there is nothing to say. */
  readonly hook: HookFacts | null
}

/** A report, and the cases behind its findings, in their order. */
export type Scan = { readonly report: Report; readonly cases: readonly Case[] }

/** The smallest sequence of steps that clears everything, cheapest first. */
export type Summary = {
  readonly steps: readonly Step[]
  /**
   * The reboot that is simpler than the steps, where nearly everything is stale; `null` elsewhere.
   */
  readonly simpler: 'soft-reboot' | 'reboot' | null
}

/** One step of a summary. */
export type Step = {
  readonly action: Action
  /** The number of findings that it clears. */
  readonly findings: number
}
