import type { Case, Dependent, Inhabitants, Setting } from './case.ts'
import { unitGroup } from './cgroup.ts'
import type { Group } from './groups.ts'
import { guestLabel } from './guest.ts'
import { compareText } from './printable.ts'
import { lifelineRule, sensitiveUnitRule } from './sensitive-units.ts'
import type { UnitTables } from './sensitive-units.ts'
import { USER_KINDS } from './types.ts'
import type { Kind, Owner, StaleProcess, UnitFacts, User } from './types.ts'
import { unitType } from './unit-name.ts'
import { acceptingSocket, parseUnitList } from './unit-rules.ts'

/** What is known beside the processes. */
export type Knowledge = {
  readonly setting: Setting
  readonly facts: ReadonlyMap<string, UnitFacts>
  readonly tables: UnitTables
  readonly userNames: ReadonlyMap<number, string>
  /** Who lives in the units' control groups, by `unitGroupOf`. */
  readonly inhabitants: ReadonlyMap<string, Inhabitants>
}

/** A manager of systemd that can be asked: the system's, or that of the user who looks. */
export type Manager = 'system' | 'user'

/**
 * Returns which manager can be asked about the unit of a group, or `null` where none can: another user's
 * is not root's to call (systemd #12770, #19284).
 */
export function managerOf({ owner }: Pick<Group, 'owner'>, uid: number | null): Manager | null {
  if (owner.kind === 'service' || owner.kind === 'user-manager') return 'system'
  return owner.kind === 'user-service' && owner.uid === uid ? 'user' : null
}

/** Returns the key of a unit in `Knowledge.facts`: both managers may have a unit of the same name. */
export function factsKey(manager: Manager, unit: string): string {
  return manager === 'system' ? unit : `user/${unit}`
}

/** Returns the control group of the unit that a restart would end, or `null` where there is none. */
export function unitGroupOf({ owner, processes }: Group): string | null {
  const isRestarted = owner.kind === 'service' || owner.kind === 'user-service'
  return isRestarted ? unitGroup(processes[0]?.cgroup ?? '', owner.unit ?? '') : null
}

/**
 * Returns the cases of one group. What a restart would leave alone is a case of its own: old connections
 * of an sshd that was restarted already are not cleared by the next restart either.
 */
export function casesOf(group: Group, knowledge: Knowledge): readonly Case[] {
  const { owner, processes } = group
  const manager = managerOf(group, knowledge.setting.selfUid)
  const factsOf = (unit: string | null) =>
    manager === null || unit === null ? undefined : knowledge.facts.get(factsKey(manager, unit))
  const facts = factsOf(owner.unit) ?? null
  const names = [owner.unit, ...(facts === null ? [] : parseUnitList(facts.Names))]
  const whole: Case = {
    owner,
    user: userOf(group, knowledge.userNames),
    processes,
    isLeftOver: false,
    facts,
    socket: factsOf(acceptingSocket(owner.unit ?? '')) ?? null,
    sensitive: firstOf(names, (unit) => sensitiveUnitRule(knowledge.tables, unit, owner.kind)),
    lifeline: firstOf(names, (unit) => lifelineRule(knowledge.tables, unit, owner.kind)),
    ...inhabitantsOf(group, knowledge),
    dependents: runningDependents(owner, manager ?? 'system', knowledge),
    setting: knowledge.setting,
  }
  const isRestarted = owner.kind === 'service' || owner.kind === 'user-service'
  if (!isRestarted || facts?.KillMode !== 'process' || facts.MainPID === '0') return [whole]
  const replaced = processes.filter((process) => isReplaced(process, facts))
  const leftOver = processes.filter((process) => !isReplaced(process, facts))
  return [
    { ...whole, processes: replaced },
    { ...whole, processes: leftOver, isLeftOver: true, lifeline: undefined },
  ].filter((part) => part.processes.length > 0)
}

function inhabitantsOf(
  group: Group,
  { inhabitants, userNames }: Knowledge,
): Pick<Case, 'terminals' | 'guests'> {
  const { terminals = [], guests = [] } = inhabitants.get(unitGroupOf(group) ?? '') ?? {}
  const users = terminals.map(({ name, uid }) => `${name} (${userNames.get(uid) ?? `uid ${uid}`})`)
  return { terminals: distinct(users), guests: distinct(guests.map(guestLabel)) }
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)].toSorted(compareText)
}

/** A table may know a unit by an alias only. */
function firstOf<T>(
  names: readonly (string | null)[],
  find: (unit: string | null) => T | undefined,
): T | undefined {
  return names.map(find).find((row) => row !== undefined)
}

/** With `KillMode=process` systemd ends the main and the control process only (systemd.kill(5)). */
function isReplaced({ pid }: StaleProcess, facts: UnitFacts | null): boolean {
  return facts !== null && [facts.MainPID, facts.ControlPID].includes(String(pid))
}

function userOf({ owner }: Group, names: ReadonlyMap<number, string>): User | null {
  if (!USER_KINDS.has(owner.kind) || owner.uid === null) return null
  return { uid: owner.uid, name: names.get(owner.uid) ?? null }
}

/** The properties through which systemd passes a stop on, as `systemctl show` names them in reverse. */
const REVERSE = ['RequiredBy', 'BoundBy', 'ConsistsOf', 'PropagatesStopTo'] as const

/** Returns the units that a restart of the unit is passed on to at once, running or not. */
export function dependentsOf(facts: UnitFacts): readonly string[] {
  return [...new Set(REVERSE.flatMap((property) => parseUnitList(facts[property])))]
}

/** Follows the dependents of dependents as far as they were asked about; sorted by name. */
function runningDependents(
  { unit, kind }: Owner,
  manager: Manager,
  { facts, setting, tables }: Knowledge,
): readonly Dependent[] {
  const found = new Map<string, Dependent>()
  const pending = unit === null ? [] : [unit]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const known = facts.get(factsKey(manager, next))
    for (const dependent of known === undefined ? [] : dependentsOf(known)) {
      const state = facts.get(factsKey(manager, dependent))
      if (dependent === unit || found.has(dependent) || !isRunning(state)) continue
      found.set(dependent, {
        unit: dependent,
        isSafe: isSafe(dependent, kind, state, setting, tables),
      })
      pending.push(dependent)
    }
  }
  return [...found.values()].toSorted((a, b) => (a.unit < b.unit ? -1 : 1))
}

/** A target that reaches others is nothing that runs, but what it reaches does. */
function isRunning(facts: UnitFacts | undefined): facts is UnitFacts {
  return facts !== undefined && ['active', 'activating', 'reloading'].includes(facts.ActiveState)
}

const RESTARTABLE = new Set(['service', 'socket', 'target', 'path', 'timer'])

function isSafe(
  unit: string,
  kind: Kind,
  facts: UnitFacts,
  setting: Setting,
  tables: UnitTables,
): boolean {
  return (
    RESTARTABLE.has(unitType(unit)) &&
    sensitiveUnitRule(tables, unit, kind) === undefined &&
    !parseUnitList(facts.Names).includes('display-manager.service') &&
    facts.RefuseManualStop !== 'yes' &&
    facts.RefuseManualStart !== 'yes' &&
    setting.self?.owner.unit !== unit &&
    facts.KillMode !== 'none'
  )
}
