import { groupsAsOne, scopeGroupOf } from '../../core/advice/groups.ts'
import type { Group } from '../../core/advice/groups.ts'
import type { Owner } from '../../core/owner/kinds.ts'
import type { World } from '../../io/world.ts'

/** The groups, and the owner that called this program into a session of its own. */
type Called = { readonly groups: readonly Group[]; readonly caller: Owner | null }

/**
 * Makes one group of the session that this program runs in and of what it was called from, where
 * PID 1 started the session: run0(1) and the shell of machinectl(1). Nothing of the caller is among
 * the ancestors there. But the caller has the other end of the terminal, and the session ends with
 * it. Open files are read only of what is stale, and only for such a session.
 */
export function withCaller(
  groups: readonly Group[],
  { self, holdings }: Pick<World, 'self' | 'holdings'>,
): Called {
  const unchanged = { groups, caller: null }
  if (self === null || self.owner.kind !== 'session') return unchanged
  const { owner, ancestors, terminal } = self
  const isOwn = (one: Owner) => one.unit === owner.unit && one.uid === owner.uid
  const isOfInit = [...ancestors.values()].every(isOwn)
  if (!isOfInit || !terminal?.startsWith('pts/')) return unchanged
  const caller = groups.find((group) => {
    const path = isOwn(group.owner) ? null : scopeGroupOf(group)
    return path !== null && holdings.of(path).holders.some(holds(terminal))
  })
  if (caller === undefined) return unchanged
  const own = groups.filter((group) => isOwn(group.owner))
  const both = groupsAsOne(caller, own)
  return {
    groups: groups.flatMap((one) => (own.includes(one) ? [] : one === caller ? [both] : [one])),
    caller: caller.owner,
  }
}

function holds(terminal: string) {
  return ({ terminals }: { readonly terminals: readonly { readonly name: string }[] }) =>
    terminals.some(({ name }) => name === terminal)
}
