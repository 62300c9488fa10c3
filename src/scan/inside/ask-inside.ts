import { isRestarted } from '../../core/advice/advice.ts'
import type { Case } from '../../core/advice/case.ts'
import { casesOf } from '../../core/advice/cases.ts'
import type { UnitContext } from '../../core/advice/case.ts'
import { evidenceOf } from '../../core/advice/evidence.ts'
import { factsKey, managerOf, serviceGroupOf, sessionGroupOf } from '../../core/advice/groups.ts'
import type { Group } from '../../core/advice/groups.ts'
import { consoleOf } from '../../core/owner/holding.ts'
import type { Holding } from '../../core/owner/holding.ts'
import { pidsOfLocks } from '../../core/owner/locks.ts'
import { conditionsKey, unitFilesOf } from '../../core/systemd/related-units.ts'
import type { UnitFacts } from '../../core/systemd/unit-facts.ts'
import type { World } from '../../io/world.ts'

type Inside = Pick<UnitContext, 'holdings' | 'consoleLogins' | 'locks' | 'unmet'>

/** The answers, and the cases of all groups. */
type Answer = Inside & { readonly cases: readonly Case[] }

/** A unit that a restart would end: its control group, and what systemd says of it. */
type Ended = { readonly path: string; readonly facts: UnitFacts | undefined }

const NOTHING_ASKED: Inside = {
  holdings: new Map(),
  consoleLogins: [],
  locks: new Map(),
  unmet: new Map(),
}

/**
 * Asks what else a restart would take along, of the units that nothing else speaks against
 * restarting, and of those that such a restart is passed on to. It asks the same of sessions that
 * their users have left. It is the last question about a unit, because it reads the open files of
 * each process in the unit's control group. Where nothing is held or kept from starting, the cases
 * that were made to find these units stay as they are.
 */
export async function askInside(
  groups: readonly Group[],
  context: Omit<UnitContext, keyof Inside>,
  world: World,
): Promise<Answer> {
  const before = { ...context, ...NOTHING_ASKED }
  const first = groups.map((group) => ({ group, cases: casesIn(group, before) }))
  const ended = first.flatMap(({ group, cases }) => endedBy(group, cases, before))
  const paths = new Set([
    ...ended.map(({ path }) => path),
    ...groups.flatMap((group) => leftGroup(group, context)),
  ])
  const holdings = new Map([...paths].map((path) => [path, world.holdings.of(path)]))
  const isAtConsole =
    ended.some(({ facts }) => facts !== undefined && consoleOf(facts) !== null) ||
    [...holdings.values()].some(({ holders }) =>
      holders.some(({ consoles }) => consoles.length > 0),
    )
  const unmet = unmetOf(ended, world)
  const factsAt = new Map(ended.map(({ path, facts }) => [path, facts]))
  const lockers = [...holdings].flatMap(([path, held]) =>
    pidsOfLocks(held, factsAt.get(path) ?? null),
  )
  const inside = {
    holdings,
    unmet,
    consoleLogins: isAtConsole ? await world.logind.consoleLogins() : [],
    locks: lockers.length === 0 ? new Map() : await world.logind.locksOf(lockers),
  }
  const isHeld =
    isAtConsole || unmet.size > 0 || [...holdings.values()].some((held) => !holdsNothing(held))
  const after = { ...context, ...inside }
  const cases = isHeld
    ? groups.flatMap((group) => casesIn(group, after))
    : first.flatMap((one) => withServed(one, holdings))
  return { ...inside, cases }
}

/** Returns the cases of a group with its clients. No rule looks at these. */
function withServed(
  { group, cases }: { readonly group: Group; readonly cases: readonly Case[] },
  holdings: Inside['holdings'],
): readonly Case[] {
  const { served } = holdings.get(serviceGroupOf(group) ?? '') ?? {}
  if (served === undefined) return cases
  return cases.map((one) => ({ ...one, holding: { ...one.holding, served } }))
}

/** Returns the group of a session that its user has left: its processes are ended by hand. */
function leftGroup(group: Group, { left }: Pick<UnitContext, 'left'>): readonly string[] {
  const path = left.has(group.owner.unit ?? '') ? sessionGroupOf(group) : null
  return path === null ? [] : [path]
}

/** Returns the conditions that would keep systemd from starting the units again. */
function unmetOf(ended: readonly Ended[], { running }: World): UnitContext['unmet'] {
  const units = new Map(
    ended.flatMap(({ facts }) =>
      facts === undefined ? [] : [[conditionsKey(facts), facts] as const],
    ),
  )
  const unmet = [...units].map(([key, facts]) => [key, running.unmet(unitFilesOf(facts))] as const)
  return new Map(unmet.filter(([, conditions]) => conditions.length > 0))
}

function casesIn(group: Group, context: UnitContext): readonly Case[] {
  return casesOf(evidenceOf(group, context), context)
}

function holdsNothing({ holders, unread, denied }: Holding): boolean {
  return holders.length + unread.length + denied.length === 0
}

/** Returns the units that a restart of a group would end; none where it is not restarted. */
function endedBy(group: Group, cases: readonly Case[], context: UnitContext): readonly Ended[] {
  const { owner } = group
  const { selfUid } = context.setting
  const manager = managerOf(group, selfUid)
  const path = serviceGroupOf(group)
  // What processes have open is text of proc(5): root asks no user's manager for it.
  if (path === null || (manager === null && selfUid !== 0)) return []
  const factsOf = (unit: string) =>
    manager === null ? undefined : context.facts.get(factsKey(manager, unit))
  const first = cases.find(isRestarted)
  if (first === undefined) return []
  const dependents = first.dependents.flatMap(({ unit }) => {
    const facts = factsOf(unit)
    return facts?.ControlGroup ? [{ path: facts.ControlGroup, facts }] : []
  })
  return [{ path, facts: factsOf(owner.unit ?? '') }, ...dependents]
}
