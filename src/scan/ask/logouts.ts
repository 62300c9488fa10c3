import type { UnitContext } from '../../core/advice/case.ts'
import type { Group } from '../../core/advice/groups.ts'
import { sessionId } from '../../core/owner/cgroup.ts'
import { isPersonal } from '../../core/owner/share.ts'
import { printable, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { World } from '../../io/world.ts'

/**
 * Asks who has logged out, whose manager would stay at a logout, and which sessions are those of no
 * person.
 */
export async function logoutsOf(
  groups: readonly Group[],
  world: World,
  userNames: ReadonlyMap<number, Printable>,
): Promise<Pick<UnitContext, 'left' | 'pins' | 'lingering' | keyof OfNobody>> {
  const uids = new Set(groups.flatMap(({ owner }) => owner.uid ?? []))
  const isLingering = (uid: number) => world.machine.isLingering(userNames.get(uid) ?? '')
  return {
    left: await leftSessions(groups, world),
    pins: await pinsOf(groups, world),
    lingering: new Set([...uids].filter(isLingering)),
    ...(await ofNobody(groups, world)),
  }
}

type OfNobody = Pick<UnitContext, 'greeters' | 'commandScopes'>

/** Asks logind about sessions of no person, where something stale may belong to one. */
async function ofNobody(groups: readonly Group[], { logind }: World): Promise<OfNobody> {
  const mayBe = ({ owner: { kind, uid } }: Group) =>
    kind === 'session' || (uid !== null && uid !== 0 && !isPersonal(uid))
  if (!groups.some(mayBe)) return { greeters: new Set(), commandScopes: new Set() }
  const { greeters, commands } = await logind.unattended()
  return {
    // greetd(1) lets a person in without a login, in a session of the class of login screens.
    greeters: new Set(greeters.filter((uid) => !isPersonal(uid))),
    commandScopes: new Set(commands.map((id) => `session-${id}.scope`)),
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
