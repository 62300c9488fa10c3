import { casesOnBus } from './case.ts'
import type { Case, Inhabitants, Job, UnitContext } from './case.ts'
import { isBus } from '../owner/application.ts'
import { userManagerUid } from '../owner/cgroup.ts'
import type { Group } from './groups.ts'
import { guestKey } from '../owner/guest.ts'
import { heldBy } from '../owner/holding.ts'
import { blockingLocks } from '../owner/locks.ts'
import type { Terminal } from '../owner/holding.ts'
import { compareText, printable } from '../printable.ts'
import type { Printable } from '../printable.ts'
import {
  conditionsKey,
  dependentsOf,
  filesNeeded,
  isStopped,
  requirementsOf,
  runningReached,
  stoppedWith,
} from '../systemd/related-units.ts'
import { lifelineRule, runnerRule, sensitiveUnitRule } from './sensitive-units.ts'
import type { Owner, User } from '../owner/kinds.ts'
import { isMainOrControl } from '../systemd/unit-facts.ts'
import type { UnitFacts, Manager } from '../systemd/unit-facts.ts'
import { unitType, acceptingSocket, parseUnitList } from '../systemd/unit-name.ts'
import { stayingParts } from '../work/left-behind.ts'
import { remainsOf } from '../work/login-remains.ts'
import { decisionOf } from './decision.ts'
import { managerOf, factsKey, serviceGroupOf, sessionGroupOf, unitGroupOf } from './groups.ts'

/**
 * Returns the cases of one group. Processes that a restart would leave alone are cases of their
 * own: the next restart does not end the old connections of a restarted sshd either.
 */
export function casesOf(group: Group, context: UnitContext): readonly Case[] {
  const { owner } = group
  const manager = managerOf(group, context.setting.selfUid)
  const alone = caseOf(group, manager, unitGroupOf(group, context.setting.selfUid), context)
  const { facts } = alone
  const factsOf = factsIn(manager, context)
  const dependents = runningReached(owner.unit, dependentsOf, factsOf)
  const stopped = runningReached(owner.unit, stoppedWith, factsOf)
  const whole: Case = {
    ...alone,
    dependents: dependents.map((unit) => ({
      unit,
      isSafe: isSafe(unit, owner, manager, context),
    })),
    stopsToo: stopped.filter((unit) => !dependents.includes(unit)),
  }
  if (isBus(owner.unit)) return casesOnBus(whole)
  const isRestarted = owner.kind === 'service' || owner.kind === 'user-service'
  if (!isRestarted || facts?.KillMode !== 'process' || facts.MainPID === '0') return [whole]
  return partsOf(whole, facts, context)
}

/** Returns what a restart replaces, and what it leaves alone, by what becomes of it. */
function partsOf(whole: Case, facts: UnitFacts, { leftBehind }: UnitContext): readonly Case[] {
  const unit = {
    role: whole.lifeline?.role,
    endsOthers: whole.runner !== undefined,
    isEnded: (pid: number) => isMainOrControl(pid, facts),
  }
  return stayingParts(whole.processes, leftBehind, unit).map((part): Case => {
    const isLeft = part.staying !== null
    return { ...whole, ...part, lifeline: isLeft ? undefined : whole.lifeline }
  })
}

/** Returns the holding of a group, also of a unit that another user restarts, or of a session. */
function holdingOf(group: Group, path: string | null, { holdings }: UnitContext) {
  return holdings.get(path ?? serviceGroupOf(group) ?? sessionGroupOf(group) ?? '')
}

/** Returns the case of a unit without the units that depend on it. */
function caseOf(
  group: Group,
  manager: Manager | null,
  path: string | null,
  context: UnitContext,
): Case {
  const { owner, processes } = group
  const { setting, tables, userNames } = context
  const factsOf = factsIn(manager, context)
  const facts = factsOf(owner.unit) ?? null
  const names = [owner.unit, ...(facts === null ? [] : parseUnitList(facts.Names))]
  const programs =
    manager === null ? [] : (context.programs.get(factsKey(manager, owner.unit ?? '')) ?? [])
  const needed = facts === null ? [] : [...filesNeeded(facts), ...programs]
  const requirements = facts === null ? [] : requirementsOf(facts)
  const held = heldBy(holdingOf(group, path, context), facts, context.consoleLogins, userNames)
  return {
    owner,
    user: userOf(group, userNames),
    processes,
    isUsersWork: group.isUsersWork ?? false,
    staying: null,
    isSucceeded: processes.length > 0 && processes.every(({ pid }) => context.succeeded.has(pid)),
    facts,
    socket: factsOf(acceptingSocket(owner.unit ?? '')) ?? null,
    sensitive: firstOf(names, (unit) => sensitiveUnitRule(tables, unit, owner.kind)),
    lifeline: firstOf(names, (unit) => lifelineRule(tables, unit, owner.kind)),
    runner: firstOf(names, runnerRule),
    ...inhabitantsOf(path, context),
    ...held,
    locks: blockingLocks(held.holding, facts, context.locks),
    dependents: [],
    stopsToo: [],
    startsToo: distinct(requirements.filter((unit) => isStopped(factsOf(unit)))),
    missing: distinct(needed.filter((file) => context.missing.has(file)).map(printable)),
    unmet: unmetOf(facts, context),
    ...loginOf(group, held, context),
    setting,
  }
}

/** Returns what is known of the login that a group belongs to. */
function loginOf(
  { owner, processes }: Group,
  { holding }: Pick<Case, 'holding'>,
  context: UnitContext,
): Pick<Case, 'remains' | 'pinnedBy' | 'isLingering' | 'unattended'> {
  const { left, leftBehind, pins, lingering } = context
  const [unit, uid] = [owner.unit ?? '', owner.uid ?? -1]
  return {
    remains: left.has(unit) ? remainsOf(processes, holding, leftBehind) : null,
    pinnedBy: pins.get(uid) ?? [],
    isLingering: lingering.has(uid),
    unattended: unattendedOf(owner, context),
  }
}

function unattendedOf(
  { uid, unit }: Owner,
  { greeters, commandScopes }: UnitContext,
): Case['unattended'] {
  if (uid !== null && greeters.has(uid)) return 'greeter'
  return unit !== null && commandScopes.has(unit) ? 'command' : null
}

function unmetOf(facts: UnitFacts | null, { unmet }: UnitContext): Case['unmet'] {
  const found = facts === null ? [] : (unmet.get(conditionsKey(facts)) ?? [])
  return found.map(({ path, isNegated }) => ({ path: printable(path), isNegated }))
}

function factsIn(
  manager: Manager | null,
  { facts }: UnitContext,
): (unit: string | null) => UnitFacts | undefined {
  return (unit) =>
    manager === null || unit === null ? undefined : facts.get(factsKey(manager, unit))
}

function inhabitantsOf(
  path: string | null,
  { inhabitants, jobs, tasks, userNames }: UnitContext,
): Pick<Case, 'terminals' | 'guests' | 'jobs' | 'tasks' | 'members' | 'hasMoreMembers'> {
  const {
    terminals = [],
    guests = [],
    processes = 0,
    isPartial = false,
  } = inhabitants.get(path ?? '') ?? {}
  const withUser = ({ name, uid }: Inhabitants['terminals'][number]) => ({
    name,
    user: { uid, name: userNames.get(uid) ?? null },
  })
  const jobsOf = (all: UnitContext['jobs']) =>
    distinctOfUsers(
      (all.get(path ?? '') ?? []).map(({ comm, uid }) => withUser({ name: comm, uid })),
    )
  return {
    terminals: distinctOfUsers(terminals.map(withUser)),
    guests: distinctBy(guests, guestKey),
    jobs: jobsOf(jobs),
    tasks: jobsOf(tasks),
    members: processes,
    hasMoreMembers: isPartial,
  }
}

/** Returns each once, sorted by its name and then by that of its user. */
function distinctOfUsers<T extends Terminal | Job>(named: readonly T[]): readonly T[] {
  return distinctBy(named, ({ name, user: { uid, name: user } }) =>
    [name, user ?? 'uid', uid].join(' '),
  )
}

/** Returns the values of distinct keys, sorted by their keys. */
function distinctBy<T>(values: readonly T[], keyOf: (value: T) => string): readonly T[] {
  const byKey = new Map(values.map((value) => [keyOf(value), value]))
  return [...byKey].toSorted(([a], [b]) => compareText(a, b)).map(([, value]) => value)
}

function distinct(names: readonly Printable[]): readonly Printable[] {
  return [...new Set(names)].toSorted(compareText)
}

/**
 * Returns the first answer for one of the names of a unit: a table may have the unit by an alias.
 */
function firstOf<T>(
  names: readonly (string | null)[],
  find: (unit: string | null) => T | undefined,
): T | undefined {
  return names.map(find).find((row) => row !== undefined)
}

function userOf({ owner }: Group, names: ReadonlyMap<number, Printable>): User | null {
  if (owner.uid === null) return null
  return { uid: owner.uid, name: names.get(owner.uid) ?? null }
}

const PASSED_ON: ReadonlySet<string> = new Set(['socket', 'target', 'path', 'timer'])

/**
 * Says whether a unit could be restarted by itself. A unit that receives a restart is judged by the
 * rules for its own restart.
 */
function isSafe(
  unit: Printable,
  owner: Owner,
  manager: Manager | null,
  context: UnitContext,
): boolean {
  if (PASSED_ON.has(unitType(unit))) return true
  if (unitType(unit) !== 'service' || userManagerUid(unit) !== null) return false
  const group = { owner: { ...owner, name: unit, unit }, processes: [] }
  const path = factsIn(manager, context)(unit)?.ControlGroup ?? null
  const decision = decisionOf(caseOf(group, manager, path, context))
  return decision === null || decision.action === 'restart'
}
