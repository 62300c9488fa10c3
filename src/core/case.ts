import type { LifelineRule, SensitiveUnitRule } from './sensitive-units.ts'
import type { Owner, StaleProcess, UnitFacts, User } from './types.ts'

/** Ourselves, and whom we came through: the owners of our ancestors, PID 1 not counted. */
export type Self = { readonly owner: Owner; readonly ancestors: readonly Owner[] }

/** What of the machine and of ourselves decides beside the unit. */
export type Setting = {
  /** Whether this systemd has `systemctl soft-reboot` (254 and later). */
  readonly canSoftReboot: boolean
  /** `null` where another machine is looked at. */
  readonly self: Self | null
  readonly selfUid: number | null
  /** Graphical sessions of users that logind knows; `null` when it was not or could not be asked. */
  readonly graphicalSessions: number | null
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
  readonly setting: Setting
}
