import { machineRunBy } from '../../core/owner/guest.ts'
import type { Guest } from '../../core/owner/guest.ts'
import { printable } from '../../core/printable.ts'
import { kindOfOpenFile } from '../../core/proc/open-files.ts'
import { parseSockets, socketInode } from '../../core/proc/sockets.ts'
import type { Sockets } from '../../core/proc/sockets.ts'
import type { Stat } from '../../core/proc/stat.ts'
import { programOf } from '../../core/work/jobs.ts'
import type { Worker } from '../../core/work/jobs.ts'
import type { LeftBehind } from '../../core/work/left-behind.ts'
import { unlessUnreadable } from '../error.ts'
import { Shares } from '../shares.ts'
import type { Children } from '../proc/children.ts'
import type { Descriptors, OpenFiles } from '../proc/descriptors.ts'
import type { Owners } from '../proc/owners.ts'
import type { Proc } from '../proc/proc.ts'
import { SocketTables } from '../proc/socket-tables.ts'
import type { OwnTables, TableBudget } from '../proc/socket-tables.ts'
import type { ControlGroups } from './control-groups.ts'

/** What the processes of a unit are, beside its main process. */
export type UnitMembers = {
  /**
   * Returns the processes in a control group that executed a program since the main process forked
   * them, without those of guests. They are all of those that `ControlGroups` tells of.
   */
  readonly workers: (group: string, main: number) => readonly Worker[]
  /** Returns what is known of a process that systemd leaves alone; `null` where nothing is. */
  readonly leftBehind: (pid: number, main: number) => LeftBehind | null
}

type ProcessTree = Pick<Proc, 'directory' | 'stat' | 'uidOf' | 'link' | 'holderOf'>

type Ports = {
  readonly proc: ProcessTree
  readonly owners: Pick<Owners, 'ofPid'>
  readonly descriptors: Pick<Descriptors, 'of'>
  readonly childrenOf: Children
  readonly controlGroups: Pick<ControlGroups, 'processes'>
  readonly ownTables: Pick<OwnTables, 'sockets'>
}

/**
 * Reads the processes of the running machine. All of it is text and links of proc(5).
 *
 * @param times the bound on the time for the sockets of other network namespaces, in milliseconds
 */
export function liveMembers(
  { proc, owners, descriptors, childrenOf, controlGroups: { processes }, ownTables }: Ports,
  times: ConstructorParameters<typeof Shares>[0] = MILLISECONDS,
): UnitMembers {
  const socketsOf = openSockets(proc, ownTables.sockets, new Shares(times))
  const opensOf = openFilesOnce(descriptors)
  return {
    workers(group, main) {
      const first = proc.stat(main)
      if (first === null) return []
      const program = programOf({ exe: proc.link(`${main}/exe`) })
      return processes(group).flatMap((pid) => {
        const worker = pid === main ? null : workerIn(pid, { ...first, program }, proc)
        if (worker === null || owners.ofPid(pid)?.container) return []
        const input = proc.link(`${pid}/fd/0`) ?? ''
        const isCommanded = PIPE.test(input) && opensOf(main).has(input)
        return [isCommanded ? { ...worker, isCommanded } : worker]
      })
    },
    leftBehind(pid, main) {
      const { targets, isWhole } = descriptors.of(pid)
      const inodes = [...targets.values()].flatMap((target) => socketInode(target) ?? [])
      const sockets = inodes.length === 0 ? NO_SOCKETS : socketsOf(pid)
      const isKnown = isWhole && sockets !== null && !inodes.some((one) => sockets.unsure.has(one))
      return {
        isBelowMain: isBelow(pid, main, proc),
        isOlder: beganBefore(pid, main, proc),
        listens: isKnown ? inodes.flatMap((inode) => sockets.listening.get(inode) ?? []) : null,
        isConnected: inodes.some((inode) => sockets?.connected.has(inode)),
        guest: guestAmong(childrenOf(pid), owners) ?? machineIn(pid, targets, proc),
      }
    },
  }
}

/** Stands in where there is no running machine to ask. */
export const noMembers: UnitMembers = { workers: () => [], leftBehind: () => null }

/** A process that has the stack and the program of the main process was forked, no more. */
function workerIn(
  pid: number,
  main: Stat & { readonly program: string | null },
  proc: ProcessTree,
): Worker | null {
  const stat = proc.stat(pid)
  if (stat === null) return null
  const exe = proc.link(`${pid}/exe`)
  const isForked = stat.stackStart === null || stat.stackStart === main.stackStart
  if (isForked && programOf({ exe }) === main.program) return null
  const uid = unlessUnreadable(() => proc.uidOf(pid))
  if (uid === null) return null
  const { comm, startTicks, session } = stat
  return { pid, comm: printable(comm), uid, startTicks, leadsSession: session === pid, exe }
}

/** Returns what reads the targets of the open files of a process, once for each process. */
function openFilesOnce({ of }: Pick<Descriptors, 'of'>): (pid: number) => ReadonlySet<string> {
  const known = new Map<number, ReadonlySet<string>>()
  return (pid) => {
    const targets = known.get(pid) ?? new Set(of(pid).targets.values())
    known.set(pid, targets)
    return targets
  }
}

/** Both ends of a pipe have one name (proc_pid_fd(5)). */
const PIPE = /^pipe:\[\d+\]$/

/** No tree of processes is as deep. */
const MAX_ANCESTORS = 64

function isBelow(pid: number, main: number, proc: ProcessTree): boolean {
  let at = proc.stat(pid)?.ppid ?? 0
  for (let height = 0; at > 1 && height < MAX_ANCESTORS; height += 1) {
    if (at === main) return true
    at = proc.stat(at)?.ppid ?? 0
  }
  return false
}

/** Says whether a process began before another; `undefined` where one of them is gone. */
function beganBefore(pid: number, other: number, { stat }: ProcessTree): boolean | undefined {
  const [own, others] = [stat(pid), stat(other)]
  return own === null || others === null ? undefined : own.startTicks < others.startTicks
}

function guestAmong(pids: readonly number[], { ofPid }: Pick<Owners, 'ofPid'>): Guest | null {
  for (const pid of pids) {
    const container = ofPid(pid)?.container
    if (container) return container
  }
  return null
}

/** Returns the virtual machine that a process is, by the file that KVM gave it, or `null`. */
function machineIn(
  pid: number,
  targets: OpenFiles['targets'],
  { stat, link }: Pick<ProcessTree, 'stat' | 'link'>,
): Guest | null {
  const hasMachine = [...targets.values()].some((target) => kindOfOpenFile(target) === 'machine')
  return machineRunBy(hasMachine, link(`${pid}/exe`), () => stat(pid)?.comm)
}

/**
 * The bound on one table of sockets of another network namespace. Those of TCP that listen come
 * first (`tcp_get_idx` of the kernel). Those of `unix` come in no order (`unix_seq_next`), so who
 * binds many there can move any other behind the bound.
 */
const MAX_TABLE_BYTES = 4 * 1024 * 1024
/** The bound on what is read of those for all processes of the system, and for one user's. */
const SEEN = { ofSystem: 32 * 1024 * 1024, ofUser: MAX_TABLE_BYTES } as const
/**
 * The bound on the time for them, in milliseconds. For a namespace without any connection the
 * kernel too looks through all that it has room for (`established_get_first`), and a user can make
 * any number of namespaces.
 */
const MILLISECONDS = { ofSystem: 2000, ofUser: 500 } as const

const NO_SOCKETS = parseSockets([], [])

/**
 * Returns what reads the sockets that a process can have, once for each network namespace. It gives
 * `null` where not all of them can be read, or the share of the user of the process does not allow
 * it. The namespace of this program is that of the machine and no part of a share.
 */
function openSockets(
  { directory, link, holderOf }: ProcessTree,
  ownSockets: OwnTables['sockets'],
  times: Shares,
): (pid: number) => Sockets | null {
  const shares = new Shares(SEEN)
  const known = new Map<string, Sockets | null>()
  return (pid) => {
    const namespace = link(`${pid}/ns/net`)
    const found = known.get(namespace ?? '')
    if (found !== undefined) return found
    if (namespace !== null && namespace === link('self/ns/net')) return ownSockets()
    const holder = holderOf(pid)
    const isTime = () => times.left(holder) > 0
    const budget: TableBudget = {
      left: () => (isTime() ? Math.min(MAX_TABLE_BYTES, shares.left(holder)) : 0),
      spend(bytes, ms) {
        shares.spend(holder, bytes)
        times.spend(holder, ms)
      },
    }
    const tables = new SocketTables(`${directory}/${pid}/net`, budget)
    const sockets = parseSockets(tables.tcp(), tables.unix())
    const told = tables.state === 'whole' ? sockets : null
    // Another process of the namespace may be readable, or of a user with a share.
    const isFinal = told !== null || (tables.state === 'cut' && shares.left(holder) > 0 && isTime())
    if (namespace !== null && isFinal) known.set(namespace, told)
    return told
  }
}
