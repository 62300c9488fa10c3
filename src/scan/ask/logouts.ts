import type { UnitContext } from '../../core/advice/cases.ts'
import type { Group } from '../../core/advice/groups.ts'
import { sessionId } from '../../core/owner/cgroup.ts'
import { printable, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { World } from '../../io/world.ts'

/** Asks who has logged out, and whose manager would stay at a logout. */
export async function logoutsOf(
  groups: readonly Group[],
  world: World,
  userNames: ReadonlyMap<number, Printable>,
): Promise<Pick<UnitContext, 'left' | 'pins' | 'lingering'>> {
  const uids = new Set(groups.flatMap(({ owner }) => owner.uid ?? []))
  const isLingering = (uid: number) => world.machine.isLingering(userNames.get(uid) ?? '')
  return {
    left: await leftSessions(groups, world),
    pins: await pinsOf(groups, world),
    lingering: new Set([...uids].filter(isLingering)),
  }
}

/**
 * Returns the sessions that users have left and that still have processes, of users whose managers
 * have something stale.
 */
async function pinsOf(groups: readonly Group[], { logind }: World): Promise<UnitContext['pins']> {
  const isOfManager = groups.some(({ owner: { kind } }) => kind.startsWith('user-'))
  const pins = new Map<number, Printable[]>()
  for (const { id, uid } of isOfManager ? await logind.closingSessions() : [])
    pins.set(uid, [...(pins.get(uid) ?? []), say`session ${printable(id)}`])
  return pins
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
  return new Set(left.flatMap((id) => scopes.get(printable(id)) ?? []))
}
