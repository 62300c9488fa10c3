import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { startOf } from '../core/report/stale-copies.ts'
import type { Manager, UnitFacts } from '../core/systemd/unit-facts.ts'
import { isInterpreter, ownPackageOf } from '../core/pacman/own-package.ts'
import { programsIn, vendorFilesOf } from '../core/systemd/unit-file.ts'
import type { Attribution } from '../core/pacman/attribution.ts'
import { CLOCK_ERROR_MS } from '../core/pacman/history.ts'
import type { LoggedChange } from '../core/pacman/history.ts'
import { isUnitName } from '../core/systemd/unit-name.ts'
import type { StaleProcess } from '../core/advice/stale-process.ts'
import type { Limit } from '../core/limits.ts'
import type { ControlGroups } from './systemd/control-groups.ts'
import { unlessUnreadable } from './error.ts'
import type { Machine } from './machine/machine.ts'
import type { Owners } from './proc/owners.ts'
import type { Packages } from './pacman/packages.ts'
import type { Proc } from './proc/proc.ts'
import { readWholeText } from './files/small-file.ts'
import type { Systemctl } from './systemd/systemctl.ts'

/** Processes without a stale file whose service's own package changed since they started. */
export type UpgradedServices = {
  readonly processes: readonly StaleProcess[]
  readonly limits: readonly Limit[]
}

export const NO_UPGRADED: UpgradedServices = { processes: [], limits: [] }

export type UpgradedPorts = {
  readonly proc: Proc
  readonly owners: Owners
  readonly machine: Machine
  readonly systemctl: Systemctl
  readonly controlGroups: ControlGroups
  readonly packages: Packages
  /** The user who looks. */
  readonly uid: number
}

type Candidate = { readonly manager: Manager; readonly unit: string; readonly file: string }
type Service = Candidate & { readonly process: StaleProcess; readonly startedAt: Date }

/**
 * Finds the running services whose unit file comes from a package that changed its version since they
 * started. Nothing of the processes is interpreted: systemd names the main process, and pacman the files.
 * Where no changed package has the file of a running unit, systemd is not asked.
 *
 * @param bootSeconds seconds since 1970 at which the machine booted: no process is older
 */
export async function findUpgradedServices(
  ports: UpgradedPorts,
  bootSeconds: number,
  now: Date,
): Promise<UpgradedServices> {
  const { packages } = ports
  const running = managersFor(ports.uid).flatMap(runningServices)
  const { log, limit } = await packages.since(new Date(bootSeconds * 1000), now)
  // Where packages came with an image, the log begins with the first change after it: nothing is missed.
  const isMissed = limit !== null && limit !== 'package-log-short'
  const limits: readonly Limit[] = isMissed ? [{ code: limit, count: 0 }] : []
  const names = new Set(log.changes.filter(isOtherVersion).map(({ name }) => name))
  const changed = await packages.ownersOf(
    running.map(({ file }) => file),
    (name) => names.has(name),
  )
  const candidates = running.filter(({ file }) => changed.has(file))
  if (candidates.length === 0) return { processes: [], limits }
  const { services, limits: unasked } = await servicesOf(candidates, ports, bootSeconds)
  const told = await changesOf(
    services.map((service) => [service.file, service] as const),
    packages,
    now,
  )
  const upgraded = services.flatMap((service, at) => {
    const ownPackage = ownPackageOf(told[at] ?? UNKNOWN, service.startedAt)
    return ownPackage === null ? [] : [{ ...service, ownPackage }]
  })
  const processes = await withChangedProgram(
    upgraded.filter((service) => !isNewProgram(service, ports)),
    ports,
    now,
  )
  return {
    processes: processes.map(({ process, ownPackage }) => ({ ...process, ownPackage })),
    limits: [...limits, ...unasked],
  }
}

/** Asks each manager about its candidates, and returns those that run a service. */
async function servicesOf(
  candidates: readonly Candidate[],
  ports: UpgradedPorts,
  bootSeconds: number,
): Promise<{ readonly services: readonly Service[]; readonly limits: readonly Limit[] }> {
  const services: Service[] = []
  const limits: Limit[] = []
  for (const [manager, all] of byManager(candidates)) {
    const some = all.slice(0, MAX_SERVICES)
    if (some.length < all.length)
      limits.push({ code: 'systemctl-failed', count: all.length - some.length })
    const answer = await ports.systemctl.show([...new Set(some.map(({ unit }) => unit))], manager)
    if (answer.limit !== null) limits.push({ code: answer.limit, count: some.length })
    services.push(
      ...some.flatMap((one) => serviceOf(one, answer.facts.get(one.unit), ports, bootSeconds)),
    )
  }
  return { services, limits }
}

const UNKNOWN: Attribution = { kind: 'unknown' }

/** What came nearer to the start than the clocks can tell may have come before it, and does not count. */
async function changesOf(
  files: readonly (readonly [path: string, service: Service])[],
  packages: Packages,
  now: Date,
): Promise<readonly Attribution[]> {
  const copies = files.map(([path, { startedAt }]) => ({
    path,
    state: 'replaced' as const,
    startedAt: new Date(startedAt.getTime() + CLOCK_ERROR_MS),
  }))
  return (await packages.changes(copies, now, null)).attributions
}

/**
 * Returns the services that may run another program than when they started: systemd's own getty@.service
 * runs the agetty of util-linux, which an upgrade of systemd leaves as it is. A program of no package counts.
 */
async function withChangedProgram<One extends Service>(
  services: readonly One[],
  { packages, machine }: UpgradedPorts,
  now: Date,
): Promise<readonly One[]> {
  const programs = services.flatMap((service) =>
    programsOf(service, machine).map((program) => [program, service] as const),
  )
  const told = await changesOf(programs, packages, now)
  const same = programs.filter(([program, service], at) => {
    const attribution = told[at] ?? UNKNOWN
    const isTold = attribution.kind === 'changed' || attribution.kind === 'unchanged'
    const isSame = isTold && ownPackageOf(attribution, service.startedAt) === null
    return isSame && !isInterpreter(program)
  })
  return services.filter((service) => {
    const own = programs.filter(([, one]) => one === service).length
    return own === 0 || same.filter(([, one]) => one === service).length < own
  })
}

/** A program of its own that is still there was replaced, and is the new one: it has re-executed itself. */
function isNewProgram(service: Service, { proc, machine }: UpgradedPorts): boolean {
  const exe = proc.link(`${service.process.pid}/exe`) ?? ''
  return programsOf(service, machine).includes(exe) && !isInterpreter(exe)
}

function programsOf({ file }: Service, { ownTree }: Machine): readonly string[] {
  const text = readWholeText(file, MAX_UNIT_FILE_BYTES) ?? ''
  return programsIn(text).map((program) => withoutLinks(program, ownTree))
}

const MAX_UNIT_FILE_BYTES = 1024 * 1024
/** Of one manager; more than any has. */
const MAX_SERVICES = 256

function isOtherVersion({ from, to }: LoggedChange): boolean {
  return from !== null && to !== null && from !== to
}

/** root asks no user's manager: see `managerOf`. */
function managersFor(uid: number): readonly Manager[] {
  return uid === 0 ? ['system'] : ['system', uid]
}

/** systemd links the invocation of each unit that is active there (`unit_export_state_files` of unit.c). */
function runningServices(manager: Manager): readonly Candidate[] {
  const directory =
    manager === 'system' ? '/run/systemd/units' : `/run/user/${manager}/systemd/units`
  const names = unlessUnreadable(() => readdirSync(directory)) ?? []
  return names.flatMap((name) => {
    const [, unit = ''] = /^invocation:(.*\.service)$/s.exec(name) ?? []
    if (!isUnitName(unit)) return []
    return vendorFilesOf(unit, manager).map((file) => ({ manager, unit, file }))
  })
}

function byManager(candidates: readonly Candidate[]): ReadonlyMap<Manager, readonly Candidate[]> {
  const sorted = new Map<Manager, Candidate[]>()
  for (const candidate of candidates) {
    const some = sorted.get(candidate.manager)
    if (some === undefined) sorted.set(candidate.manager, [candidate])
    else some.push(candidate)
  }
  return sorted
}

/**
 * One that has ended its work, or whose file is the administrator's own, is none. What a user's manager says
 * is the user's word: it names no control group that would be read.
 */
function serviceOf(
  candidate: Candidate,
  facts: UnitFacts | undefined,
  ports: UpgradedPorts,
  bootSeconds: number,
): readonly Service[] {
  if (facts === undefined || facts.Type === 'oneshot') return []
  if (facts.FragmentPath.replace(/^\/lib\//, '/usr/lib/') !== candidate.file) return []
  const pids =
    facts.MainPID === '0' && candidate.manager === 'system'
      ? ports.controlGroups.processes(facts.ControlGroup)
      : [Number(facts.MainPID)]
  const processes = pids.flatMap((pid) => processOf(pid, candidate, ports))
  const started = processes.flatMap((process) => {
    const startedAt = startOf(process, bootSeconds)
    return startedAt === null ? [] : [{ ...candidate, process, startedAt }]
  })
  const [oldest] = started.toSorted((a, b) => a.startedAt.getTime() - b.startedAt.getTime())
  return oldest === undefined ? [] : [oldest]
}

function processOf(
  pid: number,
  { unit, manager }: Candidate,
  { proc, owners }: UpgradedPorts,
): readonly StaleProcess[] {
  const stat = proc.stat(pid)
  const cgroup = proc.controlGroup(pid)
  const owner = owners.ofPid(pid)
  const isTheirs = manager === 'system' ? owner?.kind === 'service' : owner?.uid === manager
  if (stat === null || cgroup === null || !isTheirs || owner?.unit !== unit) return []
  const { comm, startTicks } = stat
  return [{ pid, comm, startTicks, cgroup, owner, files: [], unlinked: [], isForeign: false }]
}

/** `/sbin` and `/bin` are links; the program itself may be one, and is what its package lists. */
function withoutLinks(program: string, tree: Machine['ownTree']): string {
  const directory = tree?.resolve(dirname(program))
  return join(directory ?? dirname(program), basename(program))
}
