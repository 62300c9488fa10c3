import { compareText, say } from '../printable.ts'
import type { Printable } from '../printable.ts'
import { isOfUser, KINDS } from '../owner/kinds.ts'
import type { StaleProcess } from './stale-process.ts'
import type { ScanOptions } from '../options.ts'
import type { Owner } from '../owner/kinds.ts'
import { unitGroup } from '../owner/cgroup.ts'
import type { Manager } from '../systemd/unit-facts.ts'

/** The stale processes of one owner, which one step concerns. A group becomes a finding. */
export type Group = {
  readonly owner: Owner
  readonly processes: readonly StaleProcess[]
  /** Whether only what users run inside of a service is stale: see `evidenceOf`. */
  readonly isUsersWork?: boolean
}

/** Returns one group for each owner, sorted by kind and then by name, as findings are. */
export function groupByOwner(processes: readonly StaleProcess[]): Group[] {
  const groups = new Map<string, StaleProcess[]>()
  for (const process of processes) {
    const key = groupKey(process)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [process])
    else group.push(process)
  }
  return [...groups.values()].map(toGroup).toSorted(compareGroups)
}

/** Processes without a unit are distinguished by their names. */
function groupKey(process: StaleProcess): string {
  const { kind, name, unit, uid, container, isSupervisor } = process.owner
  const what = container === null ? unit : [container, isSupervisor]
  return JSON.stringify([kind, name, what, uid, kind === 'process' ? process.comm : null])
}

function toGroup(processes: readonly StaleProcess[]): Group {
  const sorted = processes.toSorted((a, b) => a.pid - b.pid)
  const owner = sorted[0]?.owner
  if (owner === undefined) throw new RangeError('Cannot make a group: it has no process')
  return { owner, processes: sorted }
}

function compareGroups(a: Group, b: Group): number {
  return (
    KINDS.indexOf(a.owner.kind) - KINDS.indexOf(b.owner.kind) ||
    compareText(nameOf(a), nameOf(b)) ||
    (a.owner.uid ?? -1) - (b.owner.uid ?? -1) ||
    (a.processes[0]?.pid ?? 0) - (b.processes[0]?.pid ?? 0)
  )
}

/** Returns the name of the group for people. */
export function nameOf({ owner, processes }: Group): Printable {
  const [first] = processes
  return owner.name ?? (first?.comm || say`PID ${first?.pid ?? 0}`)
}

/**
 * Returns the stale processes, and the processes of services whose package changed. A process that
 * is both is returned once.
 */
export function withUpgraded(
  stale: readonly StaleProcess[],
  upgraded: readonly StaleProcess[],
): readonly StaleProcess[] {
  const known = new Map(upgraded.map((process) => [process.pid, process] as const))
  const both = stale.map((process) => {
    const { ownPackage } = known.get(process.pid) ?? {}
    known.delete(process.pid)
    return ownPackage === undefined ? process : { ...process, ownPackage }
  })
  return [...both, ...known.values()]
}

/**
 * Returns the groups of the wanted side of the machine (`--system`, `--user`).
 *
 * @param uid the one user of that side who is wanted (`--of`); `null` for all
 */
export function onSide(
  groups: readonly Group[],
  side: ScanOptions['side'],
  uid: number | null,
): readonly Group[] {
  if (side === 'both') return groups
  return groups.filter(
    ({ owner }) => isOfUser(owner) === (side === 'user') && (uid === null || owner.uid === uid),
  )
}

/**
 * Returns the manager that can be asked about the unit of a group, or `null` where none can. Root
 * asks no manager of a user, because that is a program of the user (systemd #12770). A user asks
 * the system's manager and the own one. Nobody is asked about what a bus started: what the manager
 * says of its unit does not tell whether it has windows.
 *
 * @param uid the user who runs the scan
 */
export function managerOf({ owner }: Pick<Group, 'owner'>, uid: number | null): Manager | null {
  if (owner.isOfBus) return null
  if (owner.kind === 'service' || owner.kind === 'user-manager') return 'system'
  return owner.kind === 'user-service' && uid !== 0 && owner.uid === uid ? owner.uid : null
}

/**
 * Returns the key of a unit in `UnitContext.facts`. Several managers may have a unit of the same
 * name.
 */
export function factsKey(manager: Manager, unit: string): string {
  return manager === 'system' ? unit : `${manager}/${unit}`
}

/** Returns the manager and the unit of a key, or `null` for a text that is none: see `factsKey`. */
export function parseFactsKey(
  key: string,
): { readonly manager: Manager; readonly unit: string } | null {
  const [, uid, unit] = /^(?:(\d+)\/)?([^/]+)$/.exec(key) ?? []
  if (unit === undefined) return null
  return { manager: uid === undefined ? 'system' : Number(uid), unit }
}

/**
 * Returns the control group of the unit that a restart would end, or `null` where there is none, or
 * where the restart of the unit is left to another user.
 *
 * @param uid the user who runs the scan
 */
export function unitGroupOf(group: Group, uid: number | null): string | null {
  return managerOf(group, uid) === null ? null : serviceGroupOf(group)
}

/**
 * Returns the control group of the unit that a restart would end, of each user's units, or `null`
 * where there is none.
 */
export function serviceGroupOf({ owner, processes }: Group): string | null {
  const isService = owner.kind === 'service' || owner.kind === 'user-service'
  if (!isService || owner.isOfBus) return null
  return unitGroup(processes[0]?.cgroup.path ?? null, owner.unit ?? '')
}

/** Returns the control group of the scope of a session, or `null` for anything else. */
export function sessionGroupOf(group: Group): string | null {
  return group.owner.kind === 'session' ? scopeGroupOf(group) : null
}

/** Returns the control group of the scope of a session or application, or `null`. */
export function scopeGroupOf({ owner, processes }: Group): string | null {
  if (owner.kind !== 'session' && owner.kind !== 'app') return null
  const paths = processes.flatMap(({ cgroup }) => unitGroup(cgroup.path, owner.unit ?? '') ?? [])
  return paths[0] ?? null
}

/** Returns a group with the processes of others, whose session ends with it. */
export function groupsAsOne(group: Group, others: readonly Group[]): Group {
  const processes = [group, ...others].flatMap((one) => one.processes)
  return { ...group, processes: processes.toSorted((a, b) => a.pid - b.pid) }
}
