import type { Case, Inhabitants, Setting, UnitContext } from '../core/advice/case.ts'
import { factsKey, managerOf, parseFactsKey, unitGroupOf } from '../core/advice/groups.ts'
import type { UnitFacts } from '../core/systemd/unit-facts.ts'
import { unitsWithUsersWork } from '../core/advice/evidence.ts'
import type { Group } from '../core/advice/groups.ts'
import type { Kind, Owner } from '../core/owner/kinds.ts'
import { dependentsOf, filesNeeded, seesFiles } from '../core/systemd/related-units.ts'
import {
  isDisplayManager,
  lifelineRule,
  sensitiveUnitRule,
} from '../core/advice/sensitive-units.ts'
import type { LifelineRule, SensitiveUnitRule, UnitTables } from '../core/advice/sensitive-units.ts'
import type { Printable } from '../core/printable.ts'
import { mainProcessesOf } from '../io/systemd/main-processes.ts'
import type { World } from '../io/world.ts'
import { limitIf } from './stage.ts'
import type { Stage } from './stage.ts'
import { askBesideMain } from './ask/beside-main.ts'
import { logoutsOf } from './ask/logouts.ts'
import { askUnits } from './ask-units.ts'
import { askInside } from './inside/ask-inside.ts'
import { withCaller } from './inside/called-from.ts'

/** Asks the machine for the context of the verdicts about the groups, and makes their cases. */
export async function ask(
  stale: readonly Group[],
  world: World,
  tables: UnitTables,
  userNames: ReadonlyMap<number, Printable>,
): Promise<Stage<UnitContext & { readonly cases: readonly Case[] }>> {
  const { groups, caller } = withCaller(stale, world)
  const asking = Promise.all([askUnits(groups, world), logoutsOf(groups, world, userNames)])
  await questionsAreOut()
  // systemd answers while the control groups are read, and the rows of the tables are found.
  const own = inhabitantsOf(
    new Set(groups.flatMap((group) => unitGroupOf(group, world.uid) ?? [])),
    world,
  )
  const rows = rowsOf(groups, tables)
  const [{ facts, limits }, logouts] = await asking
  const reached = inhabitantsOf(groupsReached(facts, own), world)
  const inhabitants = new Map([...own, ...reached])
  const partial = [...inhabitants.values()].filter(({ isPartial }) => isPartial).length
  const programs = await programsOf(groups, facts, world)
  const { left } = logouts
  const known = {
    facts,
    tables,
    userNames,
    mains: mainProcessesOf(unitsWithUsersWork(groups), facts, world.running),
    setting: await settingOf(groups, rows, world, facts, caller),
    inhabitants,
    ...(await askBesideMain(groups, { facts, tables, userNames, inhabitants, left }, world)),
    programs,
    missing: missingFor(facts, programs, world.machine),
    ...logouts,
  }
  return {
    value: { ...known, ...(await askInside(groups, known, world)) },
    limits: [...limits, ...limitIf(partial > 0, 'members-unjudged', partial)],
  }
}

type Rows = {
  readonly sensitive: SensitiveUnitRule | undefined
  readonly lifeline: LifelineRule | undefined
}

function rowsOf(groups: readonly Group[], tables: UnitTables): readonly Rows[] {
  return groups.map(({ owner: { unit, kind } }) => ({
    sensitive: sensitiveUnitRule(tables, unit, kind),
    lifeline: lifelineRule(tables, unit, kind),
  }))
}

/**
 * Returns the system context. It is asked only where a stale unit needs it: logind for a display
 * manager or the network, the control groups for a unit that runs guests.
 */
async function settingOf(
  groups: readonly Group[],
  rows: readonly Rows[],
  world: World,
  facts: ReadonlyMap<string, UnitFacts>,
  caller: Owner | null,
): Promise<Setting> {
  const { uid, machine, logind, network, controlGroups } = world
  const self = groups.length === 0 ? null : world.self
  const hasRow = (isWanted: (rows: Rows) => boolean) => rows.some(isWanted)
  // A unit that would receive a restart counts too.
  const isAsked =
    [...facts.values()].some((known) => isDisplayManager(known, undefined)) ||
    hasRow(({ sensitive }) => isDisplayManager(null, sensitive))
  return {
    isLive: machine.isLive,
    canSoftReboot: groups.length > 0 && machine.canSoftReboot(),
    ...(await marksIn(facts, world)),
    self:
      self === null
        ? null
        : {
            owner: self.owner,
            ancestors: [...self.ancestors.values(), ...(caller ? [caller] : [])],
          },
    selfUid: uid,
    graphicalSessions: isAsked ? await logind.graphicalSessions() : null,
    guests: hasRow(({ sensitive }) => sensitive?.guests !== undefined)
      ? controlGroups.guests()
      : [],
    paths: hasRow(({ lifeline }) => lifeline?.role === 'network') ? await network.paths() : [],
  }
}

/** Asks what else is marked, where one of the units is. */
async function marksIn(
  facts: ReadonlyMap<string, UnitFacts>,
  { systemctl, machine }: World,
): Promise<Pick<Setting, 'systemctlVersion' | 'marked' | 'hasMarkingHook'>> {
  const keys = [...facts].flatMap(([key, { Markers }]) => (Markers === '' ? [] : [key]))
  if (keys.length === 0) return { systemctlVersion: null, marked: {}, hasMarkingHook: false }
  const marked: Partial<Record<Kind, readonly string[]>> = {}
  for (const manager of new Set(keys.flatMap((key) => parseFactsKey(key)?.manager ?? []))) {
    const found = await systemctl.marked(manager)
    if (found !== null) marked[manager === 'system' ? 'service' : 'user-service'] = found
  }
  const systemctlVersion = await systemctl.version()
  return { systemctlVersion, marked, hasMarkingHook: machine.hasMarkingHook() }
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
