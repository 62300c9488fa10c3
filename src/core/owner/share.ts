import { componentsOf, placementOf, sliceUid } from './cgroup.ts'
import { containerOf } from './guest.ts'

/**
 * The user whose share of a budget a process spends. `system`: root's own processes. `others`: all
 * ids from 65536 on together, as those of user namespaces, and root of containers.
 */
export type ShareHolder = 'system' | 'others' | number

/** User ids from here on are those of user namespaces and containers (subuid(5)). */
const FIRST_OF_NAMESPACES = 65_536
/**
 * UID_MIN of login.defs(5), and the ids of `DynamicUser=` and its like behind those of
 * systemd-homed (systemd, UIDS-GIDS.md). Directories of a company give their users any higher id.
 */
const FIRST_PERSON = 1000
const DYNAMIC = { first: 60_514, last: FIRST_OF_NAMESPACES - 1 } as const

/**
 * Returns the user whose share a process spends.
 *
 * A user can make processes with any of the ids in subuid(5), but only PID 1 puts a process into
 * the `user-UID.slice` of a user. root of a container need not be root of the machine, and a group
 * that only has the name of a container has the share of those.
 *
 * @param uid owner of the directory `/proc/PID`; `null` in a recording, which spends nothing
 * @param path of its control group (`ControlGroup`); `null` where none is known
 * @param root the prefix of all paths that PID 1 made (`cgroupRootOf`)
 */
export function shareHolderOf(uid: number | null, path: string | null, root: string): ShareHolder {
  const components = (path === null ? null : componentsOf(path, root)) ?? []
  if (uid === 0) return containerOf(components) === null ? 'system' : 'others'
  const slices = placementOf(components)?.slices ?? []
  const ofSlice = sliceUid(slices)
  if (ofSlice !== null && ofSlice !== 0) return ofSlice
  if (uid === null) return 'system'
  return uid >= FIRST_OF_NAMESPACES ? 'others' : uid
}

/**
 * Returns the user id with which the program of a process was started, or `null` for another text.
 * Reads `Uid` of `/proc/PID/status` (proc_pid_status(5)), whose first number is the real one.
 */
export function parseRealUid(status: string): number | null {
  const [, uid] = /^Uid:\t(\d{1,10})\t/m.exec(status) ?? []
  return uid === undefined ? null : Number(uid)
}

/** Says whether a holder is a person, or may be one. Services have users of their own. */
export function isPersonal(holder: ShareHolder): boolean {
  if (typeof holder === 'string') return holder === 'others'
  const isDynamic = holder >= DYNAMIC.first && holder <= DYNAMIC.last
  return holder >= FIRST_PERSON && !isDynamic
}

/** Returns the items of all holders in turn: the first of each, then the second of each. */
export function inTurn<Item>(
  items: readonly Item[],
  holderOf: (item: Item) => ShareHolder,
): Item[] {
  const rounds = new Map<ShareHolder, number>()
  const numbered = items.map((item) => {
    const holder = holderOf(item)
    const round = rounds.get(holder) ?? 0
    rounds.set(holder, round + 1)
    return { item, round }
  })
  return numbered.toSorted((a, b) => a.round - b.round).map(({ item }) => item)
}
