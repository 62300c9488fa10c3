import type { Inhabitants, Setting } from '../core/case.ts'
import { dependentsOf, factsKey, managerOf, unitGroupOf } from '../core/cases.ts'
import { userManagerUid } from '../core/cgroup.ts'
import type { Manager } from '../core/cases.ts'
import type { Config } from '../core/config.ts'
import type { Group } from '../core/groups.ts'
import { lifelineRule, sensitiveUnitRule } from '../core/sensitive-units.ts'
import type { LifelineRule, SensitiveUnitRule, UnitTables } from '../core/sensitive-units.ts'
import type { Limit, UnitFacts } from '../core/types.ts'
import { acceptingSocket, isDisplayManager } from '../core/unit-rules.ts'
import type { World } from './world.ts'

type Rows = {
  readonly sensitive: SensitiveUnitRule | undefined
  readonly lifeline: LifelineRule | undefined
}

export type Asked = { readonly facts: ReadonlyMap<string, UnitFacts>; readonly limit: Limit | null }

/** Restarts are passed on from unit to unit; what is further away than this stays unsaid. */
const MAX_ROUNDS = 4

/**
 * Asks systemd about all units of the groups at once, then, where there are any, about the units that
 * their restarts would be passed on to. Nothing is asked where nothing is stale.
 */
export async function askUnits(groups: readonly Group[], world: World): Promise<Asked> {
  const { machine } = world
  const isUnbooted = machine.isLive && !machine.isBooted()
  const unitsOf = (manager: Manager) =>
    groups.flatMap((group) =>
      managerOf(group, world.uid) === manager ? (group.owner.unit ?? []) : [],
    )
  const [system, user] = [unitsOf('system'), unitsOf('user')]
  const asked =
    system.length > 0 || (isUnbooted && groups.length > 0)
      ? await askManager('system', system, world)
      : NOTHING
  if (asked.limit !== null || user.length === 0) return asked
  const own = await askManager('user', user, world)
  return { facts: new Map([...asked.facts, ...own.facts]), limit: own.limit }
}

const NOTHING: Asked = { facts: new Map(), limit: null }

async function askManager(
  manager: Manager,
  units: readonly string[],
  { systemctl }: World,
): Promise<Asked> {
  const facts = new Map<string, UnitFacts>()
  const has = (unit: string) => facts.has(factsKey(manager, unit))
  const sockets = units.flatMap((unit) => acceptingSocket(unit) ?? [])
  let pending: readonly string[] = [...new Set([...units, ...sockets])]
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const answer = await systemctl.show(pending, manager)
    if (answer.limit !== null)
      return { facts, limit: { code: answer.limit, count: new Set(units).size } }
    for (const [unit, known] of answer.facts) facts.set(factsKey(manager, unit), known)
    const services = [...answer.facts].filter(([unit]) => userManagerUid(unit) === null)
    const dependents = services.flatMap(([, known]) => dependentsOf(known))
    pending = [...new Set(dependents)].filter((unit) => !has(unit))
    if (pending.length === 0) break
  }
  return { facts, limit: null }
}

/**
 * What a verdict needs of the machine is asked only where such a unit is stale: logind for a display
 * manager or the network, the control groups for what runs guests.
 */
export async function settingOf(
  groups: readonly Group[],
  { self, uid, machine, logind, network, controlGroups }: World,
  facts: ReadonlyMap<string, UnitFacts>,
  tables: UnitTables,
): Promise<Setting> {
  const hasRow = (isWanted: (rows: Rows) => boolean) =>
    groups.some(({ owner: { unit, kind } }) =>
      isWanted({
        sensitive: sensitiveUnitRule(tables, unit, kind),
        lifeline: lifelineRule(tables, unit, kind),
      }),
    )
  const isAsked = groups.some(({ owner: { unit, kind } }) =>
    isDisplayManager(facts.get(unit ?? '') ?? null, sensitiveUnitRule(tables, unit, kind)),
  )
  return {
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

/** Only the groups of the stale units are read. */
export function inhabitantsOf(
  groups: readonly Group[],
  { controlGroups }: World,
): ReadonlyMap<string, Inhabitants> {
  const paths = new Set(groups.flatMap((group) => unitGroupOf(group) ?? []))
  return new Map([...paths].map((path) => [path, controlGroups.inhabitants(path)]))
}

/** pacman's database is opened only where a rule asks for packages. */
export function packagesFor(
  groups: readonly Group[],
  rules: Config['ignore'],
  { machine }: World,
): ReadonlyMap<string, string> {
  if (rules.package.length === 0) return new Map()
  const files = groups.flatMap(({ processes }) => processes.flatMap((process) => process.files))
  return machine.packageOwners([...new Set(files.map(({ path }) => path))])
}
