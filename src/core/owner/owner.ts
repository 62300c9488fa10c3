import { activatedName, applicationName, isApplication } from './application.ts'
import {
  componentsOf,
  placementOf,
  sessionId,
  sliceUid,
  upToUnit,
  userManagerUid,
} from './cgroup.ts'
import type { Placement } from './cgroup.ts'
import { containerOf, machineRunBy, virtualMachineIn, virtualMachineOf } from './guest.ts'
import type { Inside } from './inside.ts'
import type { Kind, Owner } from './kinds.ts'
import { printable, say } from '../printable.ts'
import { unitType } from '../systemd/unit-name.ts'
import type { Printable } from '../printable.ts'

const NOBODY: Owner = { kind: 'process', name: null, unit: null, uid: null, container: null }

/** The namespaces and the root directory of a process, to be compared with those of PID 1. */
export type Surroundings = {
  readonly rootDirectory: string | null
  readonly pidNamespace: string | null
  readonly mountNamespace: string | null
  readonly utsNamespace: string | null
}

/** What is asked of a process beside its control group. */
export type Resident = Surroundings & { readonly pid: number }

/**
 * Returns what a process belongs to: a container where the kernel shows that the process lives in
 * one, else what `ownerOf` says.
 *
 * A container has another root directory in another mount namespace, other processes (a PID
 * namespace), and a host name of its own. Some services of the machine have a part of this. A
 * service with `RootDirectory=` has another root directory. A service with `PrivatePIDs=` has a PID
 * namespace. A daemon that locks its children in (vsftpd, a browser) has another root and other
 * processes, but the mounts of the machine. All of these belong to the machine. Without a unit or
 * in a login session, another root in another mount namespace is enough. The sandbox of an
 * application (flatpak, snap), or of a program that a bus started, belongs to the program. A
 * process that runs files of the machine is in a sandbox, whatever else it sees.
 *
 * In the `init.scope` of the system only PID 1 is the manager. Others in it belong to nothing: WSL
 * leaves what its users run there.
 *
 * A program that may make control groups below its unit (`Delegate=`) can give them any name. There
 * the name of a container counts only where the kernel does not say otherwise.
 *
 * @param path of the process's control group; `null` where none is known
 * @param root the prefix of all paths that PID 1 made (`cgroupRootOf`)
 * @param init the surroundings of PID 1; `null` parts could not be read and prove nothing
 * @param inside what else is known; it need not be where the owner is not `isOfUnknownMake`
 */
export function ownerIn(
  path: string | null,
  root: string,
  process: Resident,
  init: Surroundings,
  { isOfMachine = false, leader = null }: Inside = {},
): Owner {
  const named = ownerOf(path, root)
  const byGroup = named.kind === 'manager' && process.pid !== 1 ? NOBODY : named
  const isSame = (name: keyof Surroundings) =>
    process[name] !== null && process[name] === init[name]
  const isHost = isSame('rootDirectory') && isSame('pidNamespace')
  if (byGroup.kind === 'container' && isHost) return supervisorOf(path, root)
  if (ENTIRE.has(byGroup.kind) || byGroup.isOfBus || isOfMachine) return byGroup
  const differs = (name: keyof Surroundings) =>
    process[name] !== null && init[name] !== null && process[name] !== init[name]
  const isLoose = byGroup.kind === 'process' || byGroup.kind === 'session'
  const isApart =
    isLoose || (differs('pidNamespace') && !(byGroup.kind === 'service' && isSame('utsNamespace')))
  if (!differs('rootDirectory') || !differs('mountNamespace') || !isApart) return byGroup
  const namespace = differs('pidNamespace') ? process.pidNamespace : process.mountNamespace
  const number = printable(namespace?.replaceAll(/[^0-9]/g, '') ?? '')
  const numbered = byGroup.unit === null ? number : say`${byGroup.unit}/${number}`
  const name = leader === null ? numbered : say`${printable(leader.comm)}[${leader.pid}]`
  return owner('container', name, byGroup.unit, byGroup.uid, { runtime: 'other', name })
}

/**
 * Returns the virtual machine that a process is, where nothing else than the program tells it: the
 * process is in no unit, or in a scope. Of any other owner, the owner is returned.
 *
 * @param exe target of `/proc/PID/exe`
 */
export function ownerOrMachine(
  found: Owner,
  { pid, exe, comm }: { readonly pid: number; readonly exe: string | null; readonly comm: string },
): Owner {
  const { kind, unit, uid } = found
  const isScope = kind === 'service' && unitType(unit ?? '') === 'scope'
  const machine = kind === 'process' || isScope ? machineRunBy(false, exe, () => comm) : null
  return machine === null ? found : owner('vm', unit ?? say`${machine.name}[${pid}]`, unit, uid)
}

/** Says whether only the namespaces of a process, and not its group, make its owner a container. */
export function isOfUnknownMake({ container }: Owner, path: string | null, root: string): boolean {
  return container?.runtime === 'other' && ownerOf(path, root).kind !== 'container'
}

/** The kinds that all processes in the group belong to, whatever they see. */
const ENTIRE: ReadonlySet<Kind> = new Set(['container', 'vm', 'app'])

/**
 * Returns what a process belongs to, by its control group alone.
 *
 * @param path of the group (`ControlGroup`); `null` where none is known
 * @param root the prefix of all paths that PID 1 made (`cgroupRootOf`)
 * @param isBelowUnits whether the names of groups below the unit's own count
 */
export function ownerOf(path: string | null, root = '', isBelowUnits = true): Owner {
  const components = path === null ? null : componentsOf(path, root)
  if (components === null) return NOBODY
  const placement = placementOf(components)
  const isWhole = isBelowUnits || placement === null
  const container = containerOf(isWhole ? components : upToUnit(components))
  const unit = placement?.unit ?? null
  const uid = placement === null ? null : userOf(placement)
  if (container !== null) return owner('container', container.name, unit, uid, container)
  const machine = placement === null ? virtualMachineIn(components) : null
  if (machine !== null) return owner('vm', machine, null)
  if (placement === null) return NOBODY
  const inner = uid === null ? null : placementOf(placement.rest)
  const guest = virtualMachineOf(placement) ?? (inner && virtualMachineOf(inner))
  if (guest !== null) return owner('vm', guest, unit, uid)
  return systemOwner(placement)
}

/**
 * Returns the owner of a process of the machine in a control group that has the name of a
 * container. A program that runs a container is in such a group, but not inside of the container.
 */
function supervisorOf(path: string | null, root: string): Owner {
  const byUnit = ownerOf(path, root, false)
  const isSupervisor = byUnit.kind === 'container' && SUPERVISOR.test(path ?? '')
  return isSupervisor ? { ...byUnit, isSupervisor } : byUnit
}

/** systemd-nspawn since 246, conmon of podman and of CRI-O, lxc-start since 3.1. */
const SUPERVISOR =
  /\/(?:supervisor|libpod-conmon-[^/]+|crio-conmon-[^/]+|lxc\.monitor[./][^/]+)(?:\/|$)/

/**
 * Returns the user of a guest: a user's manager and the groups in a user's slice are the user's,
 * whatever the names below them say.
 */
function userOf({ unit, slices }: Placement): number | null {
  return userManagerUid(unit) ?? sliceUid(slices)
}

function systemOwner(placement: Placement): Owner {
  const { unit, slices, rest } = placement
  if (unit === 'init.scope') return owner('manager', say`systemd`, unit)
  const session = sessionId(unit)
  if (session !== null) return owner('session', say`session ${session}`, unit, sliceUid(slices))
  const uid = userManagerUid(unit)
  if (uid !== null) return userOwner(unit, uid, placementOf(rest))
  return owner('service', unit, unit)
}

function userOwner(managerUnit: Printable, uid: number, inner: Placement | null): Owner {
  if (inner === null || inner.unit === 'init.scope')
    return owner('user-manager', managerUnit, managerUnit, uid)
  if (isApplication(inner.unit))
    return owner('app', applicationName(inner.unit, inner.slices), inner.unit, uid)
  const name = activatedName(inner.unit)
  if (name !== null) return { ...owner('user-service', name, inner.unit, uid), isOfBus: true }
  return owner('user-service', inner.unit, inner.unit, uid)
}

function owner(
  kind: Kind,
  name: Printable,
  unit: Printable | null,
  uid: number | null = null,
  container: Owner['container'] = null,
): Owner {
  return { kind, name, unit, uid, container }
}
