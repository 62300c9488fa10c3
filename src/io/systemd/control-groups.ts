import { readdirSync, statSync } from 'node:fs'
import type { Inhabitants } from '../../core/advice/case.ts'
import type { Guest } from '../../core/owner/guest.ts'
import { guestOf } from '../../core/owner/guest.ts'
import { terminalName } from '../../core/proc/stat.ts'
import {
  CONTROL_GROUP_MOUNTS,
  leadsUp,
  parseControlGroupProcesses,
} from '../../core/systemd/control-group-tree.ts'
import { unlessUnreadable } from '../error.ts'
import { readStart } from '../files/small-file.ts'
import type { Owners } from '../proc/owners.ts'
import type { Proc } from '../proc/proc.ts'

/** The tree of control groups (cgroups(7)): it shows what a restart would end. */
export type ControlGroups = {
  /** Returns the terminals, guests and number of processes in a group and in those below it. */
  readonly inhabitants: (group: string) => Inhabitants
  /** Returns the processes in a group and in those below it. */
  readonly processes: (group: string) => readonly number[]
  /** Returns the containers and virtual machines that run. */
  readonly guests: () => readonly Guest[]
}

/**
 * The bound on groups: far more than any unit has. It limits the time that the group of a user can
 * cost.
 */
const MAX_GROUPS = 10_000
const MAX_PROCESSES = 10_000
/**
 * The bound on `cgroup.procs`, in bytes. PID_MAX_LIMIT of the kernel's include/linux/threads.h has
 * seven digits; a newline follows.
 */
const MAX_PROCS_BYTES = MAX_PROCESSES * 8

/**
 * Opens the control groups of the running machine.
 *
 * @param tree prefix of the absolute paths of the machine
 */
export function liveControlGroups(
  tree: string,
  proc: Pick<Proc, 'stat' | 'uidOf'>,
  owners: Pick<Owners, 'ofPid'>,
): ControlGroups {
  const mounts = CONTROL_GROUP_MOUNTS.map((mount) => `${tree}${mount}`)
  const processes = (group: string) =>
    leadsUp(group)
      ? []
      : groupsBelow(mountOf(mounts, group), group).flatMap(processesIn).slice(0, MAX_PROCESSES)
  return {
    processes,
    inhabitants(group) {
      const pids = processes(group)
      return {
        processes: pids.length,
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
      const below = groupsBelow(mount, '')
      const found = below.flatMap(
        (path) => guestOf(bytesOf(path.slice(mount.length)).split('/').slice(1)) ?? [],
      )
      return [...new Map(found.map((guest) => [`${guest.runtime} ${guest.name}`, guest])).values()]
    },
  }
}

/** The control groups of a machine that has none to read. */
export const noControlGroups: ControlGroups = {
  processes: () => [],
  inhabitants: () => ({ terminals: [], guests: [], processes: 0 }),
  guests: () => [],
}

/** Returns the bytes of a path, one character a byte, like every name that is made printable. */
function bytesOf(path: string): string {
  return Buffer.from(path).toString('latin1')
}

function mountOf(mounts: readonly string[], group: string): string {
  const isThere = (mount: string) =>
    unlessUnreadable(() => statSync(`${mount}${group}/cgroup.procs`)) !== null
  return mounts.find(isThere) ?? mounts[0] ?? ''
}

function groupsBelow(mount: string, group: string): readonly string[] {
  const found = [`${mount}${group}`]
  for (let at = 0; at < found.length && found.length < MAX_GROUPS; at += 1) {
    const entries = unlessUnreadable(() => readdirSync(found[at] ?? '', { withFileTypes: true }))
    for (const entry of entries ?? [])
      if (entry.isDirectory()) found.push(`${found[at]}/${entry.name}`)
  }
  return found
}

/**
 * Returns the processes in a group. A threaded group has no cgroup.procs of its own, and its
 * processes are in the group above (cgroups(7)). Half a number at the end of the bound comes after
 * the last process that counts.
 */
function processesIn(directory: string): readonly number[] {
  return parseControlGroupProcesses(readStart(`${directory}/cgroup.procs`, MAX_PROCS_BYTES) ?? '')
}
