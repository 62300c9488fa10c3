import type { LifelineRule, SensitiveUnitRule } from './sensitive-units.ts'
import type { StaleProcess } from './stale-process.ts'
import type { Owner, User } from '../owner/kinds.ts'
import type { UnitFacts } from '../systemd/unit-facts.ts'
import type { Guest } from '../owner/guest.ts'

/** Ourselves, and whom we came through: the owners of our ancestors, PID 1 not counted. */
export type Self = { readonly owner: Owner; readonly ancestors: readonly Owner[] }

/** Who lives in the control group of a unit beside its own programs, and ends with it. */
export type Inhabitants = {
  /** Terminals that somebody works at, by their name below `/dev`. */
  readonly terminals: readonly { readonly name: string; readonly uid: number }[]
  readonly guests: readonly Guest[]
  /** How many processes there are. */
  readonly processes: number
}

/** A terminal, by its name below `/dev`, and the user who works at it. */
export type Terminal = { readonly name: string; readonly user: User }

/** An interface that remote logins come over, and the units that may manage it. */
export type NetworkPath = { readonly interface: string; readonly units: readonly string[] }

/** What of the machine and of ourselves decides beside the unit. */
export type Setting = {
  /** Whether it is the running machine, whose systemd can be asked. */
  readonly isLive: boolean
  /** Whether this systemd has `systemctl soft-reboot` (254 and later). */
  readonly canSoftReboot: boolean
  /** `null` where another machine is looked at. */
  readonly self: Self | null
  readonly selfUid: number | null
  /**
   * Graphical sessions of users that logind knows; `null` when it was not or could not be asked.
   */
  readonly graphicalSessions: number | null
  /** What runs on this machine, where a stale unit may end it. */
  readonly guests: readonly Guest[]
  /** The ways of remote logins, where a stale unit may cut them. */
  readonly paths: readonly NetworkPath[]
}

/** A running unit that a restart is passed on to, and whether it could be restarted by itself. */
export type Dependent = { readonly unit: string; readonly isSafe: boolean }

/** Everything one verdict is made from. */
export type Case = {
  readonly owner: Owner
  readonly user: User | null
  readonly processes: readonly StaleProcess[]
  /** Whether these are the processes that a restart of their unit would leave alone. */
  readonly isLeftOver: boolean
  /** `null`: systemd was not or could not be asked. */
  readonly facts: UnitFacts | null
  /** The socket of an instance's template, where it has one. */
  readonly socket: UnitFacts | null
  /** The row that the tables have for the unit. */
  readonly sensitive: SensitiveUnitRule | undefined
  readonly lifeline: LifelineRule | undefined
  readonly dependents: readonly Dependent[]
  /** Units that a restart stops, and does not start again. */
  readonly stopsToo: readonly string[]
  /** Units that are stopped, and that a restart starts. */
  readonly startsToo: readonly string[]
  /** Files that a start needs, and that are not there. */
  readonly missing: readonly string[]
  /** Whether its user has logged out of the session that it stands in. */
  readonly isLeft: boolean
  /** Whether its user's manager stays when the user logs out (loginctl(1), enable-linger). */
  readonly isLingering: boolean
  /** The terminals that somebody works at inside of it. */
  readonly terminals: readonly Terminal[]
  /** How many processes live in its control group, stale or not; 0 where nobody knows. */
  readonly members: number
  /** The guests inside of it. */
  readonly guests: readonly Guest[]
  readonly setting: Setting
}

/**
 * Says whether these are the manager itself. What else stands in its group does not change with it:
 * `(sd-pam)`, which keeps the PAM session open until the manager ends (needrestart #244).
 */
export function isUserManager({ processes }: Pick<Case, 'processes'>): boolean {
  return processes.every(({ comm }) => comm === 'systemd')
}

/** Says whether the main process of the unit (`MainPID=`) is one of the stale ones. */
export function isMainStale({ facts, processes }: Case): boolean {
  return processes.some(({ pid }) => facts?.MainPID === String(pid))
}

/**
 * Says whether a restart ends this command: one that ends only the main process leaves it alone.
 */
export function endsUs(subject: Case): boolean {
  return isOurs(subject) && !keepsProcesses(subject)
}

/**
 * Says whether we or one of our ancestors belong to the unit: an sshd, a terminal, a job scheduler.
 */
export function carriesUs(subject: Case): boolean {
  const { owner, setting } = subject
  const isAbove = setting.self?.ancestors.some(
    ({ unit, uid }) => unit === owner.unit && uid === owner.uid,
  )
  return isOurs(subject) || (isAbove ?? false)
}

function isOurs({ owner, setting: { self } }: Case): boolean {
  return self !== null && self.owner.unit === owner.unit && self.owner.uid === owner.uid
}

/**
 * Says whether a restart leaves the unit's processes alone, but for the main one (systemd.kill(5)).
 */
export function keepsProcesses({ facts }: Pick<Case, 'facts'>): boolean {
  return facts?.KillMode === 'process' || facts?.KillMode === 'none'
}
