import type { Inhabitants, Setting } from '../core/advice/case.ts'
import { factsKey, managerOf, unitGroupOf } from '../core/advice/cases.ts'
import type { UnitContext } from '../core/advice/cases.ts'
import type { Manager, UnitFacts } from '../core/systemd/unit-facts.ts'
import { sessionId, userManagerUid } from '../core/owner/cgroup.ts'
import type { Group } from '../core/advice/groups.ts'
import {
  dependentsOf,
  filesNeeded,
  requirementsOf,
  seesFiles,
  stoppedWith,
} from '../core/systemd/related-units.ts'
import {
  isDisplayManager,
  lifelineRule,
  sensitiveUnitRule,
} from '../core/advice/sensitive-units.ts'
import type { LifelineRule, SensitiveUnitRule, UnitTables } from '../core/advice/sensitive-units.ts'
import type { Limit } from '../core/limits.ts'
import { acceptingSocket } from '../core/systemd/unit-name.ts'
import type { World } from '../io/world.ts'
import type { Stage } from './stage.ts'

/** Asks the machine for the context of the verdicts about the groups. */
export async function ask(
  groups: readonly Group[],
  world: World,
  tables: UnitTables,
  userNames: ReadonlyMap<number, string>,
): Promise<Stage<UnitContext>> {
  const asking = askUnits(groups, world)
  await questionsAreOut()
  // systemd answers while the control groups are read.
  const own = inhabitantsOf(new Set(groups.flatMap((group) => unitGroupOf(group) ?? [])), world)
  const { facts, limits } = await asking
  const { machine } = world
  const programs = await programsOf(groups, facts, world)
  const uids = new Set(groups.flatMap(({ owner }) => owner.uid ?? []))
  const value = {
    facts,
    tables,
    userNames,
    setting: await settingOf(groups, world, facts, tables),
    inhabitants: new Map([...own, ...inhabitantsOf(groupsReached(facts, own), world)]),
    programs,
    missing: missingFor(facts, programs, machine),
    left: await leftSessions(groups, world),
    lingering: new Set([...uids].filter((uid) => machine.isLingering(userNames.get(uid) ?? ''))),
  }
  return { value, limits }
}

type Asked = {
  readonly facts: ReadonlyMap<string, UnitFacts>
  readonly limits: readonly Limit[]
}

/** The bound on the rounds. A longer chain of units was made to be long. */
const MAX_ROUNDS = 64

/**
 * Asks each manager about all of its units among the groups at once, then about the units that
 * their restarts would reach. It asks nothing where nothing is stale.
 */
async function askUnits(groups: readonly Group[], world: World): Promise<Asked> {
  const { machine } = world
  const units = new Map<Manager, string[]>()
  for (const group of groups) {
    const manager = managerOf(group, world.uid)
    const { unit } = group.owner
    if (manager !== null && unit !== null) units.set(manager, [...(units.get(manager) ?? []), unit])
  }
  const facts = new Map<string, UnitFacts>()
  const isSilent = groups.length > 0 && machine.isLive && !machine.isBooted()
  // It is said also where no unit is asked about.
  const limits: Limit[] = isSilent ? [{ code: 'not-booted', count: 0 }] : []
  for (const [manager, names] of units) {
    const limit = await askManager(manager, names, facts, world)
    if (limit) limits.push({ code: limit.code, count: new Set(names).size })
  }
  return { facts, limits: merged(limits) }
}

function merged(limits: readonly Limit[]): readonly Limit[] {
  const counts = new Map<Limit['code'], number>()
  for (const { code, count } of limits) counts.set(code, (counts.get(code) ?? 0) + count)
  return [...counts].map(([code, count]) => ({ code, count }))
}

async function askManager(
  manager: Manager,
  units: readonly string[],
  facts: Map<string, UnitFacts>,
  { systemctl }: World,
): Promise<Pick<Limit, 'code'> | null> {
  const has = (unit: string) => facts.has(factsKey(manager, unit))
  const sockets = units.flatMap((unit) => acceptingSocket(unit) ?? [])
  let pending: readonly string[] = [...new Set([...units, ...sockets])]
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const answer = await systemctl.show(pending, manager)
    for (const [unit, known] of answer.facts) facts.set(factsKey(manager, unit), known)
    if (answer.limit !== null) return { code: answer.limit }
    const reached = [...answer.facts]
      .filter(([unit]) => userManagerUid(unit) === null)
      .flatMap(([unit, known]) => [
        ...dependentsOf(known),
        ...stoppedWith(known),
        ...(units.includes(unit) ? requirementsOf(known) : []),
      ])
    pending = [...new Set(reached)].filter((unit) => !has(unit))
    if (pending.length === 0) return null
  }
  return { code: 'systemctl-failed' }
}

type Rows = {
  readonly sensitive: SensitiveUnitRule | undefined
  readonly lifeline: LifelineRule | undefined
}

/**
 * Returns the system context. It is asked only where a stale unit needs it: logind for a display
 * manager or the network, the control groups for a unit that runs guests.
 */
async function settingOf(
  groups: readonly Group[],
  world: World,
  facts: ReadonlyMap<string, UnitFacts>,
  tables: UnitTables,
): Promise<Setting> {
  const { uid, machine, logind, network, controlGroups } = world
  const self = groups.length === 0 ? null : world.self
  const hasRow = (isWanted: (rows: Rows) => boolean) =>
    groups.some(({ owner: { unit, kind } }) =>
      isWanted({
        sensitive: sensitiveUnitRule(tables, unit, kind),
        lifeline: lifelineRule(tables, unit, kind),
      }),
    )
  // A unit that would receive a restart counts too.
  const isAsked =
    [...facts.values()].some((known) => isDisplayManager(known, undefined)) ||
    hasRow(({ sensitive }) => isDisplayManager(null, sensitive))
  return {
    isLive: machine.isLive,
    canSoftReboot: groups.length > 0 && machine.canSoftReboot(),
    self: self === null ? null : { owner: self.owner, ancestors: [...self.ancestors.values()] },
    selfUid: uid,
    graphicalSessions: isAsked ? await logind.graphicalSessions() : null,
    guests: hasRow(({ sensitive }) => sensitive?.guests !== undefined)
      ? controlGroups.guests()
      : [],
    paths: hasRow(({ lifeline }) => lifeline?.role === 'network') ? await network.paths() : [],
  }
}

/** Resolves when the programs of earlier questions have been started. */
function questionsAreOut(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/**
 * Returns the contents of control groups. Only the groups of stale units, and of the units that a
 * restart reaches, are read.
 */
function inhabitantsOf(
  paths: ReadonlySet<string>,
  { controlGroups }: World,
): ReadonlyMap<string, Inhabitants> {
  return new Map([...paths].map((path) => [path, controlGroups.inhabitants(path)]))
}

/**
 * Returns the groups of the units that a restart is passed on to, without those that were read
 * already.
 */
function groupsReached(
  facts: ReadonlyMap<string, UnitFacts>,
  known: ReadonlyMap<string, Inhabitants>,
): ReadonlySet<string> {
  const units = new Set([...facts.values()].flatMap(dependentsOf))
  const paths = [...units].flatMap((unit) => facts.get(unit)?.ControlGroup || [])
  return new Set(paths.filter((path) => !known.has(path)))
}

/**
 * Returns the programs that units start. systemd is asked only where the executable of the main
 * process was removed: it may have moved, with the unit file.
 */
async function programsOf(
  groups: readonly Group[],
  facts: ReadonlyMap<string, UnitFacts>,
  { uid, systemctl }: World,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const programs = new Map<string, readonly string[]>()
  for (const group of groups) {
    const manager = managerOf(group, uid)
    const { unit } = group.owner
    if (manager === null || unit === null) continue
    const known = facts.get(factsKey(manager, unit))
    const isGone = group.processes.some(
      ({ pid, files }) =>
        known?.MainPID === String(pid) &&
        files.some(({ kind, state }) => kind === 'executable' && state === 'removed'),
    )
    if (known && isGone && seesFiles(known))
      programs.set(factsKey(manager, unit), await systemctl.programs(unit, manager))
  }
  return programs
}

function missingFor(
  facts: ReadonlyMap<string, UnitFacts>,
  programs: ReadonlyMap<string, readonly string[]>,
  machine: World['machine'],
): ReadonlySet<string> {
  const files = [...facts].flatMap(([key, known]) => [
    ...filesNeeded(known),
    ...(programs.get(key) ?? []),
  ])
  return new Set(machine.missing([...new Set(files)]))
}

/** Returns the scopes of the sessions whose users have logged out. */
async function leftSessions(
  groups: readonly Group[],
  { logind }: World,
): Promise<ReadonlySet<string>> {
  const scopes = new Map(
    groups.flatMap(({ owner: { kind, unit } }) => {
      const id = kind === 'session' && unit !== null ? sessionId(unit) : null
      return id === null || unit === null ? [] : [[id, unit] as const]
    }),
  )
  if (scopes.size === 0) return new Set()
  const left = await logind.leftSessions([...scopes.keys()])
  return new Set(left.flatMap((id) => scopes.get(id) ?? []))
}
