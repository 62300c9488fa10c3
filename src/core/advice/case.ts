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
  /** Graphical sessions of users that logind knows; `null` when it was not or could not be asked. */
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
  /** `pts/3 (zoe)`: the terminals that somebody works at inside of it. */
  readonly terminals: readonly string[]
  /** How many processes live in its control group, stale or not; 0 where nobody knows. */
  readonly members: number
  /** `container web`: the guests inside of it. */
  readonly guests: readonly string[]
  readonly setting: Setting
}
