import type { Ignored } from '../config/ignore.ts'
import type { Action } from '../advice/action.ts'
import type { Advice } from '../advice/advice.ts'
import type { Limit } from '../limits.ts'
import type { Host } from '../machine/host.ts'
import type { Container, Kind, User } from '../owner/kinds.ts'
import type { OwnPackage, PackageChange } from '../pacman/package-change.ts'
import type { StaleFile } from '../proc/process.ts'

/**
 * `package-upgraded`: the package of the unit's own file is another version than when the unit
 * started.
 */
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

/** Why a reboot is needed; a finding where only a reboot clears it. */
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
 * What is broken since the transaction though no file of it is stale: a service that failed since
 * it began, or that runs without the name on the system bus that its unit promises (`BusName=`).
 */
export type AfterEffect =
  | { readonly code: 'failed'; readonly unit: string; readonly result: string }
  | { readonly code: 'bus-name-lost'; readonly unit: string; readonly busName: string }

export type Report = {
  readonly version: string
  /** Whether root looked: what root cannot read, nobody can. */
  readonly isRoot: boolean
  /**
   * The user who became root to look (`SUDO_UID`): for the wording alone. `null`: nobody is named.
   */
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
  /** Whether this systemd has soft reboots, and one would do. */
  readonly canSoftReboot: boolean
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
