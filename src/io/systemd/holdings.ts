import type { Guest } from '../../core/owner/guest.ts'
import { guestKey } from '../../core/owner/guest.ts'
import { NOTHING_HELD } from '../../core/owner/holding.ts'
import type { Holder, Holding } from '../../core/owner/holding.ts'
import { isFuseType } from '../../core/proc/file-systems.ts'
import type { Mounts } from '../../core/proc/mounts.ts'
import { kindOfOpenFile, parseChildren, parseFuseDevice } from '../../core/proc/open-files.ts'
import type { OpenFileKind } from '../../core/proc/open-files.ts'
import { printable } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { RegisteredMachine } from '../../core/machine/registered.ts'
import type { Descriptors } from '../proc/descriptors.ts'
import type { Owners } from '../proc/owners.ts'
import type { Proc } from '../proc/proc.ts'
import { openPseudoterminals } from '../proc/pseudoterminals.ts'
import type { Pseudoterminals } from '../proc/pseudoterminals.ts'
import type { ControlGroups } from './control-groups.ts'
import { registeredMachines } from './registered-machines.ts'

/** What the processes of control groups hold for others. */
export type Holdings = {
  /** Returns what the processes in a group and in those below it hold. */
  readonly of: (group: string) => Holding
}

/** The holdings of a machine that has none to read. */
export const noHoldings: Holdings = { of: () => NOTHING_HELD }

/** The bound on the children of a process that are looked at, because each costs some reads. */
const MAX_CHILDREN = 256

/** What is asked of the machine once, and only where a unit is about to be restarted. */
type Stakes = {
  readonly terminals: Pseudoterminals
  readonly machines: readonly RegisteredMachine[]
  readonly hasTerminals: boolean
  readonly hasFuse: boolean
  /** Whether the kernel can run virtual machines: `/proc/misc` names the device of KVM. */
  readonly hasKvm: boolean
}

/** What is read of the processes. */
type Processes = Pick<Proc, 'pids' | 'stat' | 'uidOf' | 'read' | 'link' | 'treeOf'> & {
  readonly trees: Pick<Proc['trees'], 'ownMounts'>
}

type Ports = {
  readonly proc: Processes
  readonly owners: Pick<Owners, 'ofPid'>
  readonly controlGroups: Pick<ControlGroups, 'processes'>
  readonly descriptors: Descriptors
}

/**
 * Opens the holdings of the running machine. The open files of a process are read only where the
 * machine has what one of them could be.
 *
 * @param tree prefix of the absolute paths of the machine
 */
export function liveHoldings(tree: string, ports: Ports): Holdings {
  const { proc, controlGroups } = ports
  let known: Stakes | null = null
  return {
    of(group) {
      const stakes = (known ??= stakesOf(tree, proc))
      const pids = controlGroups.processes(group)
      const members = new Set(pids)
      const found = pids.map((pid) => holdingOf(pid, members, stakes, ports))
      return {
        holders: found.flatMap(({ holders }) => holders),
        unread: found.flatMap(({ unread }) => unread),
        denied: found.flatMap(({ denied }) => denied),
      }
    },
  }
}

function stakesOf(tree: string, proc: Processes): Stakes {
  const terminals = openPseudoterminals(tree, proc)
  return {
    terminals,
    machines: registeredMachines(tree),
    hasTerminals: terminals.areAny(),
    hasFuse: showsFuse(proc.trees.ownMounts),
    hasKvm: /^ *\d+ kvm$/m.test(proc.read('misc') ?? ''),
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
): Holding {
  const { proc, descriptors } = ports
  const { hasTerminals, hasKvm } = stakes
  const mayServe = stakes.hasFuse || showsFuse(proc.treeOf(String(pid)).mounts ?? NO_MOUNTS)
  const isAsked = mayServe || hasTerminals || hasKvm
  const { targets, isWhole } = isAsked ? descriptors.of(pid) : NOTHING_OPEN
  const of = (kind: OpenFileKind) =>
    [...targets].flatMap(([file, target]) => (kindOfOpenFile(target) === kind ? [file] : []))
  const info = (file: number) => descriptors.info(pid, file) ?? ''
  const holder: Holder = {
    pid,
    mounts: [...new Set(of('file-system').map((file) => mountServed(pid, info(file), proc)))],
    terminals: distinct(
      of('terminal').flatMap((file) => stakes.terminals.usersOf(pid, info(file))),
      ({ name, uid }) => `${name} ${uid}`,
    ),
    guests: distinct(guestsOf(pid, of('machine').length > 0, members, stakes, ports), guestKey),
  }
  const isNothing = [holder.mounts, holder.terminals, holder.guests].every(
    (some) => some.length === 0,
  )
  const isLeftOut = !isWhole && isRunning(pid, proc)
  // Where root is refused, or another user, no link of the process can be read.
  const isDenied = isLeftOut && proc.link(`${pid}/cwd`) === null
  return {
    holders: isNothing ? [] : [holder],
    unread: isLeftOut && !isDenied ? [pid] : [],
    denied: isDenied && (mayServe || hasTerminals) ? [pid] : [],
  }
}

const NO_MOUNTS: Mounts = { root: null, tops: new Map(), byDevice: new Map() }
const NOTHING_OPEN = { targets: new Map<number, string>(), isWhole: true }

function distinct<T>(values: readonly T[], keyOf: (value: T) => string): readonly T[] {
  return [...new Map(values.map((value) => [keyOf(value), value])).values()]
}

/** Says whether a process has neither ended nor is a zombie, which has no open files. */
function isRunning(pid: number, { read }: Pick<Proc, 'read'>): boolean {
  const text = read(`${pid}/stat`)
  return text !== null && !/^\) [ZX] /.test(text.slice(text.lastIndexOf(')')))
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
 * Returns the guests that a process runs: machines whose first process is it or a child of it, a
 * virtual machine of KVM in the process itself, and containers that children of it lie in. Only
 * children outside of its own control group are looked at.
 */
function guestsOf(
  pid: number,
  hasMachine: boolean,
  members: ReadonlySet<number>,
  { machines }: Stakes,
  { proc, owners }: Ports,
): readonly Guest[] {
  const own = machines.filter(
    ({ leader, supervisor }) =>
      leader === pid || supervisor === pid || proc.stat(leader)?.ppid === pid,
  )
  const registered = own.map(({ name, isVirtual }): Guest => ({
    runtime: isVirtual ? 'vm' : 'nspawn',
    name,
  }))
  const isNamed = registered.some(({ runtime }) => runtime === 'vm')
  const virtual: readonly Guest[] =
    hasMachine && !isNamed ? [{ runtime: 'vm', name: printable(proc.stat(pid)?.comm ?? '') }] : []
  const leaders = new Set(own.map(({ leader }) => leader))
  const children = parseChildren(proc.read(`${pid}/task/${pid}/children`) ?? '')
  const elsewhere = children.filter((child) => !members.has(child) && !leaders.has(child))
  const containers = elsewhere
    .slice(0, MAX_CHILDREN)
    .flatMap((child) => owners.ofPid(child)?.container ?? [])
  return [...registered, ...virtual, ...containers]
}
