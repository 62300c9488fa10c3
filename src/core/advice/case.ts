import { isBusProgram } from '../owner/application.ts'
import { compareText } from '../printable.ts'
import type { Printable } from '../printable.ts'
import type { LifelineRule, RunnerRule, SensitiveUnitRule, UnitTables } from './sensitive-units.ts'
import type { RunningProcess, StaleProcess } from './stale-process.ts'
import type { Kind, Owner, User } from '../owner/kinds.ts'
import type { ConsoleUse, Holding, Terminal } from '../owner/holding.ts'
import type { Lock, Locks } from '../owner/locks.ts'
import type { UnitFacts } from '../systemd/unit-facts.ts'
import type { Guest } from '../owner/guest.ts'
import type { ConsoleLogin } from '../systemd/sessions.ts'
import type { PathCondition } from '../systemd/unit-file.ts'
import type { Worker } from '../work/jobs.ts'
import type { LeftBehind, Staying } from '../work/left-behind.ts'
import type { Remains } from '../work/login-remains.ts'

/** The owner of the program, and the owners of its ancestors without PID 1. */
export type Self = { readonly owner: Owner; readonly ancestors: readonly Owner[] }

/** What runs in the control group of a unit beside its own programs, and ends with the unit. */
export type Inhabitants = {
  /** Terminals in use, by their name below `/dev`. */
  readonly terminals: readonly { readonly name: Printable; readonly uid: number }[]
  readonly guests: readonly Guest[]
  /** The number of processes in the group and in those below it. */
  readonly processes: number
  /** Set where the group has more processes than were looked at. */
  readonly isPartial?: true
}

/** Work in progress inside of a service: the name of its program, and its user. */
export type Job = { readonly name: Printable; readonly user: User }

/** An interface that remote logins come over, and the units that may manage it. */
export type NetworkPath = { readonly interface: Printable; readonly units: readonly string[] }

/**
 * The system context of a verdict: what the machine and the program itself add to the facts about a
 * unit.
 */
export type Setting = {
  /** Whether it is the running machine, whose systemd can be asked. */
  readonly isLive: boolean
  /** Whether this systemd has `systemctl soft-reboot` (254 and later). */
  readonly canSoftReboot: boolean
  /** The version of systemctl; `null` where it was not asked: nothing stale is marked. */
  readonly systemctlVersion: number | null
  /**
   * The marked units, of the system or of the own manager, by the kind of their owners. They are
   * asked for where something stale is marked. A manager that could not be asked is left out.
   */
  readonly marked: Readonly<Partial<Record<Kind, readonly string[]>>>
  /** Whether a hook of pacman runs the jobs of marked units. Asked where something is marked. */
  readonly hasMarkingHook: boolean
  /** `null` where another machine is looked at. */
  readonly self: Self | null
  readonly selfUid: number | null
  /**
   * The number of graphical sessions that logind knows; `null` when it was not or could not be
   * asked.
   */
  readonly graphicalSessions: number | null
  /**
   * The running guests of the machine. They are read where a stale unit may end one of them. `null`
   * where they were not or could not be read.
   */
  readonly guests: readonly Guest[] | null
  /** The interfaces that remote logins use. They are read where a stale unit may cut them. */
  readonly paths: readonly NetworkPath[]
}

/** A running unit that a restart is passed on to, and whether it could be restarted by itself. */
export type Dependent = { readonly unit: Printable; readonly isSafe: boolean }

/** Everything that one verdict is made from. */
export type Case = {
  readonly owner: Owner
  readonly user: User | null
  readonly processes: readonly StaleProcess[]
  /**
   * Whether nothing of the service itself is stale, but only what users run inside of it: see
   * `evidenceOf`.
   */
  readonly isUsersWork: boolean
  /** What becomes of these processes where systemd would leave them alone, and `null` elsewhere. */
  readonly staying: Staying | null
  /** Whether the main process runs the new program already, and these the old one. */
  readonly isSucceeded: boolean
  /** What systemd says of the unit; `null` where it was not or could not be asked. */
  readonly facts: UnitFacts | null
  /** The socket of an instance's template, where it has one. */
  readonly socket: UnitFacts | null
  /** The row that the tables have for the unit. */
  readonly sensitive: SensitiveUnitRule | undefined
  readonly lifeline: LifelineRule | undefined
  readonly runner: RunnerRule | undefined
  readonly dependents: readonly Dependent[]
  /** Units that a restart stops, and does not start again. */
  readonly stopsToo: readonly Printable[]
  /** Units that are stopped, and that a restart starts. */
  readonly startsToo: readonly Printable[]
  /** Files that a start needs, and that are not there. */
  readonly missing: readonly Printable[]
  /** Paths that keep systemd from starting it again: see `pathConditionsIn`. */
  readonly unmet: readonly { readonly path: Printable; readonly isNegated: boolean }[]
  /** What ends with the processes of a session that its user has left; `null` for all others. */
  readonly remains: Remains | null
  /** The sessions that the user has left, and that keep the user's manager running. */
  readonly pinnedBy: readonly Printable[]
  /** Whether the user's manager stays when the user logs out (loginctl(1), enable-linger). */
  readonly isLingering: boolean
  /** Whether no person has logged in: it is of a login screen, or its session is a command's. */
  readonly unattended: 'greeter' | 'command' | null
  /** The terminals in use inside of its control group. */
  readonly terminals: readonly Terminal[]
  /** The number of processes in its control group, stale or not; 0 where it is not known. */
  readonly members: number
  /** Whether its control group has more processes than were looked at. */
  readonly hasMoreMembers: boolean
  /** The guests inside of its control group. */
  readonly guests: readonly Guest[]
  /** What the processes of its control group hold for others: see `lostWith`. */
  readonly holding: Holding<Terminal>
  /** The logins at the virtual console that a restart hangs up. */
  readonly consoles: readonly ConsoleUse[]
  /** The locks against a shutdown whose processes a restart ends: see `blockingLocks`. */
  readonly locks: readonly (Lock | null)[]
  /** The work in progress inside of its control group. */
  readonly jobs: readonly Job[]
  /** Programs that it started later, and that may be tasks or helpers of it. */
  readonly tasks: readonly Job[]
  readonly setting: Setting
}

/**
 * Says which of the processes in the group of a user's manager are stale: the manager itself, and
 * others. A re-execution changes nothing of the others: `(sd-pam)` keeps the PAM session open until
 * the manager ends (needrestart #244).
 */
export function staleOfManager({ processes }: Pick<Case, 'processes'>): {
  readonly manager: boolean
  readonly others: boolean
} {
  const isManager = processes.map(({ comm }) => comm === 'systemd')
  return { manager: isManager.includes(true), others: isManager.includes(false) }
}

/** Says whether the main process of the unit (`MainPID=`) is one of the stale ones. */
export function isMainStale({ facts, processes }: Case): boolean {
  return processes.some(({ pid }) => facts?.MainPID === String(pid))
}

/**
 * Says whether a restart of the unit ends the running program. A restart that ends only the main
 * process does not.
 */
export function endsUs(subject: Case): boolean {
  return isOurs(subject) && !keepsProcesses(subject)
}

/**
 * Says whether the program or one of its ancestors belongs to the unit: an sshd, a terminal, a job
 * scheduler.
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

/** Says whether a restart ends only the main process of the unit (`KillMode=`, systemd.kill(5)). */
export function keepsProcesses({ facts }: Pick<Case, 'facts'>): boolean {
  return facts?.KillMode === 'process' || facts?.KillMode === 'none'
}

/**
 * Returns the case of a bus, and one for each name of the programs that it started. dbus-daemon
 * leaves a program without a unit in its own group (dbus-daemon(1)).
 */
export function casesOnBus(whole: Case): readonly Case[] {
  const { owner, facts, processes } = whole
  if (facts === null || facts.MainPID === '' || facts.MainPID === '0') return [whole]
  const isOfBus = ({ pid, comm }: StaleProcess) =>
    facts.MainPID === String(pid) || isBusProgram(comm)
  const bus = processes.filter(isOfBus)
  const started = processes.filter((process) => !isOfBus(process))
  return [
    ...(bus.length === 0 ? [] : [{ ...whole, processes: bus }]),
    ...[...new Set(started.map(({ comm }) => comm))].toSorted(compareText).map((name) => ({
      ...whole,
      owner: { ...owner, name, isOfBus: true as const },
      processes: started.filter(({ comm }) => comm === name),
      sensitive: undefined,
      lifeline: undefined,
    })),
  ]
}

/** The context of all verdicts: what is known of units, control groups and users. */
export type UnitContext = {
  readonly setting: Setting
  readonly facts: ReadonlyMap<string, UnitFacts>
  readonly tables: UnitTables
  readonly userNames: ReadonlyMap<number, Printable>
  /** Main processes by their units, of services in which something may be a user's own work. */
  readonly mains: ReadonlyMap<string, RunningProcess>
  /** What runs in the units' control groups, by the path of the group. */
  readonly inhabitants: ReadonlyMap<string, Inhabitants>
  /** What their processes hold for others, of the units that a restart would end. */
  readonly holdings: ReadonlyMap<string, Holding>
  /** The logins at virtual consoles; `null` where logind could not be asked. */
  readonly consoleLogins: readonly ConsoleLogin[] | null
  /** The inhibitor locks of processes of those units; `null` where logind could not be asked. */
  readonly locks: Locks | null
  /** The work in progress inside of units, by the path of the group. */
  readonly jobs: ReadonlyMap<string, readonly Worker[]>
  /** Programs that units started later, by the path of the group. */
  readonly tasks: ReadonlyMap<string, readonly Worker[]>
  /** Processes that systemd would leave alone at a restart of their unit, by their ids. */
  readonly leftBehind: ReadonlyMap<number, LeftBehind>
  /** Processes whose main process, which is not stale, runs what replaced their program. */
  readonly succeeded: ReadonlySet<number>
  /**
   * The programs that a start runs, for units whose main program was removed; keys as in `facts`.
   */
  readonly programs: ReadonlyMap<string, readonly string[]>
  /** Files that units need and that do not exist. */
  readonly missing: ReadonlySet<string>
  /** Conditions that do not hold now, by the files of the units: see `conditionsKey`. */
  readonly unmet: ReadonlyMap<string, readonly PathCondition[]>
  /** Scopes of sessions whose users have logged out. */
  readonly left: ReadonlySet<string>
  /** The sessions that users have left, and that keep their managers running, by user id. */
  readonly pins: ReadonlyMap<number, readonly Printable[]>
  /** Users whose managers stay when they log out. */
  readonly lingering: ReadonlySet<number>
  /** The users of login screens, and the scopes of sessions that were made for a command. */
  readonly greeters: ReadonlySet<number>
  readonly commandScopes: ReadonlySet<string>
}
