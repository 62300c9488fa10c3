import type { Printable } from '../core/printable.ts'
import type { BootFacts } from '../core/reboot/boot-facts.ts'
import type { Host } from '../core/machine/host.ts'
import type { TrackedGroup } from '../core/pacman/advisories.ts'
import { readAdvisories } from './pacman/advisories.ts'
import { readBootFacts } from './machine/boot.ts'
import { liveControlGroups, recordedControlGroups } from './groups/control-groups.ts'
import type { ControlGroups } from './groups/control-groups.ts'
import { liveHoldings, noHoldings } from './groups/holdings.ts'
import type { Holdings } from './groups/holdings.ts'
import { liveMembers, noMembers } from './groups/members.ts'
import type { UnitMembers } from './groups/members.ts'
import { openMachine } from './machine/machine.ts'
import type { Machine } from './machine/machine.ts'
import { liveLogind, silentLogind } from './systemd/logind.ts'
import type { Logind } from './systemd/logind.ts'
import { openChildren } from './proc/children.ts'
import { openDescriptors } from './proc/descriptors.ts'
import { openMappedFiles } from './proc/mapped-file.ts'
import type { MappedFiles } from './proc/mapped-file.ts'
import { liveNetwork, noNetwork } from './systemd/network.ts'
import type { Network } from './systemd/network.ts'
import { openOwners, selfIn } from './proc/owners.ts'
import type { Owners, SelfProcess } from './proc/owners.ts'
import { liveServices } from './systemd/service-states.ts'
import type { Services } from './systemd/service-states.ts'
import { openOwnTables } from './proc/socket-tables.ts'
import type { Proc } from './proc/proc.ts'
import type { Clock } from './clock.ts'
import type { Packages } from './pacman/packages.ts'
import { packagesIn } from './pacman/packages.ts'
import { liveRunningServices, noRunningServices } from './systemd/running-services.ts'
import type { RunningServices } from './systemd/running-services.ts'
import { openAsking } from './program.ts'
import { liveSystemctl, silentSystemctl } from './systemd/systemctl.ts'
import type { Systemctl } from './systemd/systemctl.ts'

/** The processes that a recording has only as numbers, by how reading them ended. */
export type Tally = {
  readonly clean: number
  readonly empty: number
  readonly gone: number
  readonly denied: number
  readonly failed: number
  readonly stuck: number
  /** The number of processes with more mappings than there was time for. */
  readonly long: number
  /** The number of the recorded processes that were read only in part. */
  readonly cut: number
  /** The number of the system's own among all that were not read, or only in part. */
  readonly ofSystem: number
  /** The users of the `long` ones: see `Limit`. */
  readonly longOf: readonly (Printable | null)[]
  /** Whether PID 1 was among them. */
  readonly sawInit: boolean
}

/**
 * Everything outside that a scan asks, as one value: the running machine, a process tree, or a
 * recording.
 */
export type World = {
  readonly proc: Proc
  readonly owners: Owners
  readonly files: MappedFiles
  readonly machine: Machine
  readonly systemctl: Systemctl
  readonly logind: Logind
  readonly network: Network
  readonly controlGroups: ControlGroups
  readonly holdings: Holdings
  readonly members: UnitMembers
  readonly packages: Packages
  readonly running: RunningServices
  /**
   * Returns the facts that a reboot depends on, or `null` where the files of the machine are not at
   * hand.
   */
  readonly bootFacts: (host: Host) => Promise<BootFacts | null>
  /** Returns the security tracker's list: see `readAdvisories`. */
  readonly advisories: (file: string) => readonly TrackedGroup[] | null
  /** The states of services; `null` where no running system can be asked. */
  readonly services: Services | null
  readonly tally: Tally
  /**
   * The process of this program; `null` where another machine is scanned. Most scans find nothing
   * that needs it.
   */
  readonly self: SelfProcess | null
  /** The user who runs the scan; `null` where another machine is scanned. */
  readonly uid: number | null
  readonly clock: Clock
}

const NOTHING: Tally = {
  clean: 0,
  empty: 0,
  gone: 0,
  denied: 0,
  failed: 0,
  stuck: 0,
  long: 0,
  cut: 0,
  ofSystem: 0,
  longOf: [],
  sawInit: false,
}

/**
 * Opens the running machine, or a process tree with a root directory of its own.
 *
 * @param caller the user who runs the scan
 */
export function openWorld(
  proc: Proc,
  { root }: { readonly root: string },
  caller: { readonly uid: number; readonly clock: Clock },
): World {
  const machine = openMachine(proc, root, caller.uid)
  const owners = openOwners(proc)
  const { isLive } = machine
  const isBooted = isLive && machine.isBooted()
  const packages = packagesIn(machine.tree, machine.ownTree)
  let known: SelfProcess | null | undefined
  const self = () => (known === undefined ? (known = isLive ? selfIn(proc, owners) : null) : known)
  const system = isBooted
    ? liveSystem(proc, owners, machine, caller)
    : silentSystem(isLive ? 'not-booted' : 'recorded-units')
  return {
    proc,
    owners,
    files: openMappedFiles(proc, machine),
    machine,
    ...system,
    ...(isLive ? liveGroups : recordedGroups)(proc, owners),
    packages,
    bootFacts: async (host) =>
      machine.tree === null
        ? null
        : await readBootFacts(proc, machine.tree, host, isLive, packages),
    advisories: (file) => (machine.tree === null ? null : readAdvisories(`${machine.tree}${file}`)),
    tally: NOTHING,
    get self() {
      return self()
    },
    uid: isLive ? caller.uid : null,
    clock: caller.clock,
  }
}

/** The control groups, and what is known of the processes in them. */
type Groups = Pick<World, 'controlGroups' | 'holdings' | 'members'>

function liveGroups(proc: Proc, owners: Owners): Groups {
  const controlGroups = liveControlGroups('', proc, owners)
  const descriptors = openDescriptors(proc)
  const [childrenOf, ownTables] = [openChildren(proc), openOwnTables(proc)]
  const ports = { proc, owners, controlGroups, descriptors, childrenOf, ownTables }
  return {
    controlGroups,
    holdings: liveHoldings('', ports),
    members: liveMembers(ports),
  }
}

function recordedGroups(proc: Proc): Groups {
  return {
    controlGroups: recordedControlGroups(proc),
    holdings: noHoldings,
    members: noMembers,
  }
}

/** What the system's own manager and its services are asked. */
type System = Pick<World, 'systemctl' | 'logind' | 'network' | 'services' | 'running'>

function liveSystem(
  proc: Proc,
  owners: Owners,
  machine: Machine,
  { uid, clock }: { readonly uid: number; readonly clock: Clock },
): System {
  const ask = openAsking(clock)
  const logind = liveLogind(ask)
  return {
    systemctl: liveSystemctl('', ask, uid),
    logind,
    network: liveNetwork('', proc, logind),
    services: liveServices('', ask, machine.ownTree),
    running: liveRunningServices('', proc, owners, machine.ownTree),
  }
}

function silentSystem(reason: Parameters<typeof silentSystemctl>[0]): System {
  return {
    systemctl: silentSystemctl(reason),
    logind: silentLogind,
    network: noNetwork,
    services: null,
    running: noRunningServices,
  }
}
