import { factsKey, managerOf } from '../core/advice/groups.ts'
import type { Manager, UnitFacts } from '../core/systemd/unit-facts.ts'
import { userManagerUid } from '../core/owner/cgroup.ts'
import type { Group } from '../core/advice/groups.ts'
import { dependentsOf, requirementsOf, stoppedWith } from '../core/systemd/related-units.ts'
import type { Limit } from '../core/limits.ts'
import { acceptingSocket } from '../core/systemd/unit-name.ts'
import type { World } from '../io/world.ts'

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
export async function askUnits(groups: readonly Group[], world: World): Promise<Asked> {
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
