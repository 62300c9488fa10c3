import type { Guest } from '../../core/owner/guest.ts'
import { guestKey, machineRunBy } from '../../core/owner/guest.ts'
import { NOTHING_HELD } from '../../core/owner/holding.ts'
import type { Holder, Holding } from '../../core/owner/holding.ts'
import { isFuseType } from '../../core/proc/file-systems.ts'
import type { Mounts } from '../../core/proc/mounts.ts'
import { filesByKind, parseFuseDevice, parseInterface } from '../../core/proc/open-files.ts'
import type { FilesByKind } from '../../core/proc/open-files.ts'
import { printable } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { RegisteredMachine } from '../../core/machine/registered.ts'
import type { Children } from '../proc/children.ts'
import type { Descriptors, OpenFiles } from '../proc/descriptors.ts'
import type { Owners } from '../proc/owners.ts'
import type { Proc } from '../proc/proc.ts'
import { openDisplays } from '../proc/displays.ts'
import type { Displays } from '../proc/displays.ts'
import { openPseudoterminals } from '../proc/pseudoterminals.ts'
import type { Pseudoterminals } from '../proc/pseudoterminals.ts'
import type { OwnTables } from '../proc/socket-tables.ts'
import { consolesOfScopes, openConsoles } from './consoles.ts'
import type { ConsolesOf } from './consoles.ts'
import { openClients } from './clients.ts'
import type { Clients, OpenIn } from './clients.ts'
import { openConnections } from './connections.ts'
import type { Connections } from './connections.ts'
import type { ControlGroups } from './control-groups.ts'
import { openHeldLocks } from './held-locks.ts'
import type { HeldLocks } from './held-locks.ts'
import { registeredMachines } from './registered-machines.ts'

/** What the processes of control groups hold for others. */
export type Holdings = {
  /** Returns what the processes in a group and in those below it hold. */
  readonly of: (group: string) => Holding
}

/** The holdings of a machine that has none to read. */
export const noHoldings: Holdings = { of: () => NOTHING_HELD }

/** The bound on the children of a process that are looked at, because each costs some reads. */
const MAX_CHILDREN = 4096

/** What is asked of the machine once, and only where a command may name a unit. */
type Stakes = {
  readonly terminals: Pseudoterminals
  readonly machines: readonly (RegisteredMachine & { readonly parent: number | null })[]
  readonly connections: Connections
  readonly clients: Clients
  readonly hasTerminals: boolean
  readonly hasFuse: boolean
  /** Whether the kernel can run virtual machines: `/proc/misc` names the device of KVM. */
  readonly hasKvm: boolean
  /** Whether a process may have a network interface: `/proc/misc` names the device of tun. */
  readonly hasTun: boolean
  readonly displays: Displays
  readonly locks: HeldLocks
  /** Returns the virtual consoles of the processes in a scope. Each scope is read once. */
  readonly consolesOf: ConsolesOf
}

/** What is read of the processes. */
type Text = 'directory' | 'read' | 'link' | 'stat'
type Answers = Text | 'pids' | 'controlGroup' | 'uidOf' | 'holderOf' | 'treeOf'
type Processes = Pick<Proc, Answers> & {
  readonly trees: Pick<Proc['trees'], 'ownMounts'>
}

type Ports = {
  readonly proc: Processes
  readonly owners: Pick<Owners, 'ofPid'>
  readonly controlGroups: Pick<ControlGroups, 'processes'>
  readonly descriptors: Descriptors
  readonly childrenOf: Children
  readonly ownTables: OwnTables
}

/**
 * Opens the holdings of the running machine. The open files of a process are read only where the
 * machine has what one of them could be.
 *
 * @param tree prefix of the absolute paths of the machine
 */
export function liveHoldings(tree: string, ports: Ports): Holdings {
  const { controlGroups } = ports
  let known: Stakes | null = null
  return {
    of(group) {
      const stakes = (known ??= stakesOf(tree, ports))
      const pids = controlGroups.processes(group)
      const members = new Set(pids)
      const found = pids.map((pid) => holdingOf(pid, members, stakes, ports))
      const served = stakes.clients.of(found)
      return {
        holders: found.flatMap(({ holders }) => holders),
        unread: found.flatMap(({ unread }) => unread),
        denied: found.flatMap(({ denied }) => denied),
        ...(served.length === 0 ? {} : { served }),
      }
    },
  }
}

function stakesOf(tree: string, { controlGroups, ...ports }: Ports): Stakes {
  const { proc } = ports
  const terminals = openPseudoterminals(tree, proc)
  const misc = proc.read('misc') ?? ''
  return {
    terminals,
    machines: registeredMachines(tree).map((machine) => ({
      ...machine,
      parent: proc.stat(machine.leader)?.ppid ?? null,
    })),
    connections: openConnections(tree, { ...ports, sockets: ports.ownTables.sockets }),
    clients: openClients(ports),
    hasTerminals: terminals.areAny(),
    hasFuse: showsFuse(proc.trees.ownMounts),
    hasKvm: /^ *\d+ kvm$/m.test(misc),
    hasTun: /^ *\d+ tun$/m.test(misc),
    displays: openDisplays(ports.ownTables),
    locks: openHeldLocks(tree, ports.descriptors),
    consolesOf: openConsoles(proc, controlGroups),
  }
}

function showsFuse({ byDevice }: Mounts): boolean {
  return [...byDevice.values()].some(([mount]) => mount !== undefined && isFuseType(mount.type))
}

function holdingOf(
  pid: number,
  members: ReadonlySet<number>,
  stakes: Stakes,
  ports: Ports,
): Holding & OpenIn {
  const { proc, descriptors, childrenOf } = ports
  const { connections, clients, hasTerminals, hasKvm, hasTun, displays, locks } = stakes
  const mayServe = stakes.hasFuse || showsFuse(proc.treeOf(String(pid)).mounts ?? NO_MOUNTS)
  const mayHold = [hasTerminals, hasKvm, hasTun, displays.areAny, connections.areAny, locks.areAny]
  const isHolder = mayServe || mayHold.includes(true)
  const isAsked = isHolder || clients.areAny
  const { targets, isWhole, leftOut } = isAsked ? descriptors.of(pid) : NOTHING_OPEN
  // Those that others left are children too (find_new_reaper of kernel/exit.c).
  const outside = childrenOf(pid).filter((child) => !members.has(child))
  const children = outside.slice(0, MAX_CHILDREN)
  const held = holderOf(pid, filesByKind(targets), children, { stakes, ...ports })
  const [shown, logins] = [displays.of(targets), connections.of(targets)]
  const taken = locks.of(pid, targets)
  const holder = {
    ...held,
    ...(shown === null || shown.length === 0 ? {} : { displays: shown }),
    ...(logins === null || logins.length === 0 ? {} : { logins }),
    ...(taken.length === 0 ? {} : { locks: taken }),
  }
  // A zombie has no open files, and nobody may read those of it.
  const isUnseen = !isWhole && proc.stat(pid)?.hasEnded === false
  const isLost = isHolder && isUnseen
  const mayBeAny = mayServe || hasTerminals || locks.areAny
  const isUnknown = leftOut === 'share' || (leftOut === undefined && mayBeAny)
  const isCut = outside.length > MAX_CHILDREN || shown === null || logins === null
  return {
    pid,
    targets: isUnseen ? null : targets,
    holders: holdsNothing(holder) ? [] : [holder],
    unread: isLost && leftOut === 'many' ? [pid] : [],
    denied: (isLost && isUnknown) || isCut ? [pid] : [],
  }
}

function holdsNothing(holder: Holder): boolean {
  const { mounts, terminals, consoles, guests, ...rest } = holder
  const { interfaces = [], displays = [], logins = [], locks = [] } = rest
  const held = [mounts, terminals, consoles, guests, interfaces, displays, logins, locks]
  return held.every((some) => some.length === 0)
}

function holderOf(
  pid: number,
  files: FilesByKind,
  children: readonly number[],
  { stakes, ...ports }: Ports & { readonly stakes: Stakes },
): Holder {
  const { proc, descriptors } = ports
  const info = (file: number) => descriptors.info(pid, file) ?? ''
  const interfaces = new Set(files.interface.flatMap((file) => parseInterface(info(file)) ?? []))
  return {
    pid,
    mounts: [...new Set(files['file-system'].map((file) => mountServed(pid, info(file), proc)))],
    terminals: distinct(
      files.terminal.flatMap((file) => stakes.terminals.usersOf(pid, info(file))),
      ({ name, uid }) => `${name} ${uid}`,
    ),
    consoles: consolesOfScopes(children, stakes, proc),
    guests: distinct(
      [
        ...machinesOf(pid, files.machine.length > 0, stakes, proc),
        ...children.flatMap((child) => ports.owners.ofPid(child)?.container ?? []),
      ],
      guestKey,
    ),
    ...(interfaces.size === 0 ? {} : { interfaces: [...interfaces] }),
  }
}

const NO_MOUNTS: Mounts = { root: null, tops: new Map(), byDevice: new Map() }
const NOTHING_OPEN: OpenFiles = { targets: new Map<number, string>(), isWhole: true }

function distinct<T>(values: readonly T[], keyOf: (value: T) => string): readonly T[] {
  return [...new Map(values.map((value) => [keyOf(value), value])).values()]
}

/**
 * Returns the mount point of a file system that a process serves: as this program sees it, or else
 * as the process does. Where several mounts show it, that of its root directory counts.
 */
function mountServed(pid: number, info: string, proc: Processes): Printable | null {
  const device = parseFuseDevice(info)
  if (device === null) return null
  for (const mounts of [proc.trees.ownMounts, proc.treeOf(String(pid)).mounts]) {
    const found = mounts?.byDevice.get(device) ?? []
    const mount = found.find(({ root }) => root === '/') ?? found[0]
    if (mount !== undefined) return printable(mount.path)
  }
  return null
}

/**
 * Returns the machines that a process runs: those whose first process is it or a child of it, and a
 * virtual machine in the process itself.
 */
function machinesOf(
  pid: number,
  hasMachine: boolean,
  { machines }: Stakes,
  { stat, link }: Pick<Proc, 'stat' | 'link'>,
): readonly Guest[] {
  const registered = machines
    .filter(({ leader, supervisor, parent }) => [leader, supervisor, parent].includes(pid))
    .map(({ name, isVirtual }): Guest => ({ runtime: isVirtual ? 'vm' : 'nspawn', name }))
  const isNamed = registered.some(({ runtime }) => runtime === 'vm')
  if (isNamed) return registered
  const machine = machineRunBy(hasMachine, link(`${pid}/exe`), () => stat(pid)?.comm)
  return machine === null ? registered : [...registered, machine]
}
