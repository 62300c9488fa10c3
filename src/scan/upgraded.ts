import type { RunningProcess, StaleProcess } from '../core/advice/stale-process.ts'
import type { Config } from '../core/config/config.ts'
import type { Limit } from '../core/limits.ts'
import type { Attribution } from '../core/pacman/attribution.ts'
import { CLOCK_ERROR_MS } from '../core/pacman/history.ts'
import { isInterpreter, ownPackageOf } from '../core/pacman/own-package.ts'
import type { OwnPackage } from '../core/pacman/package-change.ts'
import { printable } from '../core/printable.ts'
import { startOf } from '../core/report/stale-copies.ts'
import type { Manager, UnitFacts } from '../core/systemd/unit-facts.ts'
import { vendorFilesOf } from '../core/systemd/unit-file.ts'
import type { World } from '../io/world.ts'
import { limitOf } from './stage.ts'
import type { Stage } from './stage.ts'

/** A file that a package may bring for the unit of a service that runs. */
type Candidate = { readonly manager: Manager; readonly unit: string; readonly file: string }

/** A service that runs, by its oldest process. */
type Service = Candidate & {
  readonly pid: number
  readonly process: RunningProcess
  readonly startedAt: Date
}

/** A service whose own package changed since it started. */
type Upgraded = Service & {
  readonly ownPackage: OwnPackage
  /** The programs that its unit file starts. */
  readonly programs: readonly string[]
  /** The files that their arguments may name. */
  readonly arguments: readonly string[]
}

/** The bound on the candidates of one manager: more than any has. */
const MAX_SERVICES = 256

/**
 * Finds the running services whose unit file comes from a package that changed its version since
 * they started. Nothing of the processes is interpreted: systemd names the main process, and pacman
 * the files. systemd is asked only where a package that changed has the file of a running unit.
 *
 * @param bootSeconds seconds since 1970 at which the machine booted, before which no process
 *   started; `null` when not known
 */
export async function findUpgraded(
  world: World,
  { packageUpgraded }: Config,
  bootSeconds: number | null,
): Promise<Stage<readonly StaleProcess[]>> {
  const { machine, packages, running } = world
  const isAsked = machine.isLive && machine.isBooted() && packageUpgraded !== false
  if (bootSeconds === null || !isAsked) return NONE_UPGRADED
  const now = new Date()
  const { names, limit } = await packages.changedSince(new Date(bootSeconds * 1000), now)
  const limits = limitOf(limit, 0)
  const files = managersFor(world.uid).flatMap((manager) => candidatesOf(manager, running))
  const changed = new Set(
    await packages.filesOf(
      files.map(({ file }) => file),
      names,
    ),
  )
  const candidates = files.filter(({ file }) => changed.has(file))
  if (candidates.length === 0) return { value: [], limits }
  const asked = await servicesOf(candidates, world, bootSeconds)
  const told = await attributionsOf(asked.value.map(withFile), world, now)
  const upgraded = asked.value.flatMap((service, at) => {
    const ownPackage = ownPackageOf(told[at] ?? UNKNOWN, service.startedAt)
    if (ownPackage === null) return []
    const { file } = service
    const named = { programs: running.programs(file), arguments: running.arguments(file) }
    return [{ ...service, ownPackage, ...named }]
  })
  const owners = await ownersOf(upgraded, world)
  const old = upgraded.filter((service) => !runsNewProgram(service, owners))
  const services = await withChangedProgram(old, owners, world, now)
  return { value: services.map(staleProcess), limits: [...limits, ...asked.limits] }
}

export const NONE_UPGRADED: Stage<readonly StaleProcess[]> = { value: [], limits: [] }

const UNKNOWN: Attribution = { kind: 'unknown' }

/** root asks no user's manager: see `managerOf`. */
function managersFor(uid: number | null): readonly Manager[] {
  return uid === null || uid === 0 ? ['system'] : ['system', uid]
}

function candidatesOf(manager: Manager, { units }: World['running']): readonly Candidate[] {
  return units(manager).flatMap((unit) =>
    vendorFilesOf(unit, manager).map((file) => ({ manager, unit, file })),
  )
}

/** Asks each manager about its candidates, and returns those that run a service. */
async function servicesOf(
  candidates: readonly Candidate[],
  world: World,
  bootSeconds: number,
): Promise<Stage<readonly Service[]>> {
  const services: Service[] = []
  const limits: Limit[] = []
  for (const manager of new Set(candidates.map((candidate) => candidate.manager))) {
    const all = candidates.filter((candidate) => candidate.manager === manager)
    const some = all.slice(0, MAX_SERVICES)
    if (some.length < all.length)
      limits.push({ code: 'systemctl-failed', count: all.length - some.length })
    const units = [...new Set(some.map(({ unit }) => unit))]
    const answer = await world.systemctl.show(units, manager)
    if (answer.limit !== null) limits.push({ code: answer.limit, count: some.length })
    for (const one of some)
      services.push(...serviceOf(one, answer.facts.get(one.unit), world, bootSeconds))
  }
  return { value: services, limits }
}

/**
 * Returns the service of a candidate, with its oldest process; none where it has ended its work, or
 * its unit file is the administrator's own. What a user's manager says is the user's word: it names
 * no control group that would be read.
 */
function serviceOf(
  candidate: Candidate,
  facts: UnitFacts | undefined,
  { running, controlGroups }: World,
  bootSeconds: number,
): readonly Service[] {
  if (facts === undefined || facts.Type === 'oneshot') return []
  if (facts.FragmentPath.replace(/^\/lib\//, '/usr/lib/') !== candidate.file) return []
  const isWithoutMain = facts.MainPID === '0' && candidate.manager === 'system'
  const pids = isWithoutMain ? controlGroups.processes(facts.ControlGroup) : [Number(facts.MainPID)]
  const started = pids.flatMap((pid): readonly Service[] => {
    const process = running.process(pid)
    if (process === null || !isOf(process, candidate)) return []
    const startedAt = startOf(process, bootSeconds)
    return startedAt === null ? [] : [{ ...candidate, pid, process, startedAt }]
  })
  return started.toSorted((a, b) => a.startedAt.getTime() - b.startedAt.getTime()).slice(0, 1)
}

/** Says whether a process belongs to the unit by its control group, whatever a manager says. */
function isOf({ owner }: RunningProcess, { unit, manager }: Candidate): boolean {
  const isTheirs = manager === 'system' ? owner.kind === 'service' : owner.uid === manager
  return isTheirs && owner.unit === unit
}

type FileOfService = readonly [path: string, service: Service]

function withFile(service: Service): FileOfService {
  return [service.file, service]
}

/**
 * A change so near to the start that the clocks cannot tell may have come before it, and does not
 * count.
 */
async function attributionsOf(
  files: readonly FileOfService[],
  { packages }: World,
  now: Date,
): Promise<readonly Attribution[]> {
  const copies = files.map(([path, { startedAt }]) => ({
    path,
    state: 'replaced' as const,
    startedAt: new Date(startedAt.getTime() + CLOCK_ERROR_MS),
  }))
  return (await packages.changes(copies, now, null)).attributions
}

/** The packages of files. An older recording tells of none. */
type FileOwners = ReadonlyMap<string, string>

async function ownersOf(services: readonly Upgraded[], { packages }: World): Promise<FileOwners> {
  const named = services.flatMap((service) => [...service.programs, ...service.arguments])
  return named.length === 0 ? new Map() : await packages.ownersOf([...new Set(named)])
}

/**
 * Returns the services that may run another program than when they started: systemd's own
 * getty@.service runs the agetty of util-linux, which an upgrade of systemd leaves as it is. A
 * program of no package counts as changed. Where an argument is a file of the package that changed,
 * or an interpreter, the program only starts it: `timeout`, `sudo`, `bwrap`.
 */
async function withChangedProgram(
  services: readonly Upgraded[],
  owners: FileOwners,
  world: World,
  now: Date,
): Promise<readonly Upgraded[]> {
  const programs = services.flatMap((service) =>
    service.programs.map((program): FileOfService => [program, service]),
  )
  const told = await attributionsOf(programs, world, now)
  const same = programs.filter(([program, service], at) => {
    const attribution = told[at] ?? UNKNOWN
    const isTold = attribution.kind === 'changed' || attribution.kind === 'unchanged'
    const isSame = isTold && ownPackageOf(attribution, service.startedAt) === null
    return isSame && !isInterpreter(program)
  })
  return services.filter((service) => {
    const isBehind = (path: string) => isInterpreter(path) || isOwnFile(path, service, owners)
    if (service.arguments.some(isBehind)) return true
    const own = service.programs.length
    return own === 0 || same.filter(([, one]) => one === service).length < own
  })
}

/**
 * Says whether a service runs the program that is installed. A program of the package that still
 * has its name was replaced and is the new one: the process has executed itself again. A program of
 * another package tells nothing of this one.
 */
function runsNewProgram(service: Upgraded, owners: FileOwners): boolean {
  const exe = service.process.exe ?? ''
  if (isInterpreter(exe)) return false
  const isUnknown = service.programs.includes(exe) && !owners.has(exe)
  const isNamed = [...service.programs, ...service.arguments].includes(exe)
  return isUnknown || (isNamed && isOwnFile(exe, service, owners))
}

function isOwnFile(path: string, { ownPackage }: Upgraded, owners: FileOwners): boolean {
  return owners.get(path) === ownPackage.change.name
}

function staleProcess({ pid, process, ownPackage }: Upgraded): StaleProcess {
  const { startTicks, cgroup, owner } = process
  const comm = printable(process.comm)
  const nothing = { files: [], unlinked: [], isForeign: false }
  return { pid, comm, startTicks, cgroup, owner, ...nothing, ownPackage }
}
