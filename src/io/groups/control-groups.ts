import { readdirSync, statSync } from 'node:fs'
import type { Inhabitants } from '../../core/advice/case.ts'
import type { Guest } from '../../core/owner/guest.ts'
import { containerOf, guestOf } from '../../core/owner/guest.ts'
import { cgroupRootOf, componentsOf, userManagerUid } from '../../core/owner/cgroup.ts'
import { terminalName } from '../../core/proc/stat.ts'
import {
  CONTROL_GROUP_MOUNTS,
  isPopulatedIn,
  leadsUp,
  parseControlGroupProcesses,
} from '../../core/systemd/control-group-tree.ts'
import { unlessUnreadable } from '../error.ts'
import { readStart } from '../files/small-file.ts'
import { Shares } from '../shares.ts'
import type { Owners } from '../proc/owners.ts'
import type { Proc } from '../proc/proc.ts'

/** The tree of control groups (cgroups(7)): it shows what a restart would end. */
export type ControlGroups = {
  /** Returns the terminals, guests and number of processes in a group and in those below it. */
  readonly inhabitants: (group: string) => Inhabitants
  /** Returns the processes in a group and in those below it. */
  readonly processes: (group: string) => readonly number[]
  /**
   * Returns the containers and virtual machines that run, or `null` where that is not known. A
   * group in which no process is left is none (`populated` of cgroup.events, cgroups(7)).
   */
  readonly guests: () => readonly Guest[] | null
  /** Returns the number of processes in containers, those of users among them. */
  readonly inContainers: () => number
}

/**
 * The bounds on the groups and processes that are looked at in the group of one unit: far more than
 * any unit has.
 */
const MAX_GROUPS = 10_000
const MAX_PROCESSES = 10_000
/**
 * The bound on both together for all units of the system, and for those of one user: some seconds
 * at worst.
 */
const SEEN = { ofSystem: 50_000, ofUser: 20_000 } as const
/**
 * The bound on `cgroup.procs`, in bytes. PID_MAX_LIMIT of the kernel's include/linux/threads.h has
 * seven digits; a newline follows.
 */
const MAX_PROCS_BYTES = MAX_PROCESSES * 8

/** The processes in a group and in those below it. */
type Members = {
  readonly pids: readonly number[]
  /** Whether these are all. */
  readonly isWhole: boolean
}

/**
 * Opens the control groups of the running machine.
 *
 * @param tree prefix of the absolute paths of the machine
 */
export function liveControlGroups(
  tree: string,
  proc: Pick<Proc, 'stat' | 'uidOf' | 'holders'> & InContainers,
  owners: Pick<Owners, 'ofPid'>,
): ControlGroups {
  const mounts = CONTROL_GROUP_MOUNTS.map((mount) => `${tree}${mount}`)
  const membersOf = openMembers(mounts, proc)
  return {
    processes: (group) => membersOf(group).pids,
    inhabitants(group) {
      const { pids, isWhole } = membersOf(group)
      return {
        processes: pids.length,
        ...(isWhole ? {} : { isPartial: true }),
        terminals: pids.flatMap((pid) => {
          const name = terminalName(proc.stat(pid)?.terminal ?? 0)
          const uid = name === null ? null : unlessUnreadable(() => proc.uidOf(pid))
          return name === null || uid === null ? [] : [{ name, uid }]
        }),
        guests: pids.flatMap((pid) => {
          const container = owners.ofPid(pid)?.container
          return container ? [container] : []
        }),
      }
    },
    guests() {
      const mount = mountOf(mounts, '/')
      const { paths, isWhole } = groupsBelow(mount, '', MAX_GROUPS, isOfUser)
      if (!isWhole) return null
      const found = paths.flatMap((path) => {
        const guest = guestOf(bytesOf(path.slice(mount.length)).split('/').slice(1))
        return guest !== null && isPopulated(path) ? [guest] : []
      })
      return [...new Map(found.map((guest) => [`${guest.runtime} ${guest.name}`, guest])).values()]
    },
    inContainers: () => inContainers(proc),
  }
}

type InContainers = Pick<Proc, 'pids' | 'controlGroup'>

/** Returns the number of processes whose control groups are those of containers. */
function inContainers({ pids, controlGroup }: InContainers): number {
  const root = cgroupRootOf(controlGroup(1)?.path ?? null)
  const isInContainer = (pid: number) => {
    const components = componentsOf(controlGroup(pid)?.path ?? '', root)
    return components !== null && containerOf(components) !== null
  }
  return pids().filter(isInContainer).length
}

/**
 * Returns what reads the processes in a group, as far as the share of its user allows. A group is
 * read once: what is asked of one scan is asked of the same processes.
 */
function openMembers(
  mounts: readonly string[],
  { holders }: Pick<Proc, 'holders'>,
): (group: string) => Members {
  const shares = new Shares(SEEN)
  const known = new Map<string, Members>()
  const read = (group: string): Members => {
    const holder = holders.of(null, group)
    const groups = groupsBelow(mountOf(mounts, group), group, shares.left(holder))
    const all = groups.paths.flatMap(processesIn)
    const pids = all.slice(0, Math.min(MAX_PROCESSES, shares.left(holder)))
    shares.spend(holder, groups.paths.length + pids.length)
    return { pids, isWhole: groups.isWhole && pids.length === all.length }
  }
  return (group) => {
    if (leadsUp(group)) return { pids: [], isWhole: true }
    const members = known.get(group) ?? read(group)
    known.set(group, members)
    return members
  }
}

/** Opens the control groups of a machine that is not at hand: only its processes have them. */
export function recordedControlGroups(proc: InContainers): ControlGroups {
  return {
    processes: () => [],
    inhabitants: () => ({ terminals: [], guests: [], processes: 0 }),
    guests: () => null,
    inContainers: () => inContainers(proc),
  }
}

/** Returns the bytes of a path, one character a byte, like every name that is made printable. */
function bytesOf(path: string): string {
  return Buffer.from(path).toString('latin1')
}

const MAX_EVENTS_BYTES = 4096

/**
 * Says whether a process is in a group or below it. The first version of control groups has no
 * cgroup.events: there each group, also one below, is asked for its own processes.
 */
function isPopulated(directory: string): boolean {
  const events = readStart(`${directory}/cgroup.events`, MAX_EVENTS_BYTES)
  return events === null ? processesIn(directory).length > 0 : isPopulatedIn(events)
}

function mountOf(mounts: readonly string[], group: string): string {
  const isThere = (mount: string) =>
    unlessUnreadable(() => statSync(`${mount}${group}/cgroup.procs`)) !== null
  return mounts.find(isThere) ?? mounts[0] ?? ''
}

/** A user makes any number of groups below the own manager: no guest of the machine is there. */
function isOfUser(name: string): boolean {
  return userManagerUid(name) !== null
}

/**
 * Returns a group and those below it, the upper ones first, up to a bound.
 *
 * @param isLeftOut of the name of a group: whether it is left out, with all below it
 */
function groupsBelow(
  mount: string,
  group: string,
  most: number,
  isLeftOut: (name: string) => boolean = () => false,
): { readonly paths: readonly string[]; readonly isWhole: boolean } {
  const bound = Math.min(MAX_GROUPS, most)
  const found = [`${mount}${group}`]
  for (let at = 0; at < found.length && found.length <= bound; at += 1) {
    const entries = unlessUnreadable(() => readdirSync(found[at] ?? '', { withFileTypes: true }))
    for (const entry of entries ?? [])
      if (entry.isDirectory() && !isLeftOut(entry.name)) found.push(`${found[at]}/${entry.name}`)
  }
  return { paths: found.slice(0, bound), isWhole: found.length <= bound }
}

/**
 * Returns the processes in a group. A threaded group has no cgroup.procs of its own, and its
 * processes are in the group above (cgroups(7)). Half a number at the end of the bound comes after
 * the last process that counts.
 */
function processesIn(directory: string): readonly number[] {
  return parseControlGroupProcesses(readStart(`${directory}/cgroup.procs`, MAX_PROCS_BYTES) ?? '')
}
