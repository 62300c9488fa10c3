import type { Attribution } from '../../src/core/pacman/attribution.ts'
import type { Inhabitants } from '../../src/core/advice/case.ts'
import type { Guest } from '../../src/core/owner/guest.ts'
import { ownerOf } from '../../src/core/owner/owner.ts'
import type { ServiceStates } from '../../src/core/report/after-effects.ts'
import type { BootFacts } from '../../src/core/report/reboot.ts'
import type { LimitCode } from '../../src/core/limits.ts'
import type { UnitFacts } from '../../src/core/systemd/unit-facts.ts'
import { facts } from './knowledge.ts'
import { makeTree, procTree } from './tree.ts'
import type { RecordedProcess, Tree } from './tree.ts'

/** A running machine in short: only what matters to a test, everything else has a default. */
export type RecordedMachine = {
  /** Processes by their id; PID 1 is added where it is not given. */
  readonly processes: Readonly<Record<number, RecordedProcess>>
  /** Properties of units that differ from those of a simple service that runs. */
  readonly units?: Readonly<Record<string, Partial<UnitFacts>>>
  /** Questions about units (their names, in the order asked) that had no answer, and why. */
  readonly unanswered?: Readonly<Record<string, LimitCode>>
  /** What lies now at mapped paths; what is not told of was replaced. */
  readonly files?: Readonly<Record<string, 'replaced' | 'removed' | 'unknown' | 'live'>>
  readonly users?: Readonly<Record<number, string>>
  /** The control group of the command itself, and those of its ancestors by their ids. */
  readonly self?: {
    readonly cgroup: string
    readonly ancestors?: Readonly<Record<number, string>>
  }
  /** The user who looks. */
  readonly uid?: number
  readonly canSoftReboot?: boolean
  /** How many processes could not be read. */
  readonly denied?: number
  /** How many gave no answer in time. */
  readonly stuck?: number
  readonly graphicalSessions?: number | null
  /** Sessions that nobody is logged in to any more. */
  readonly leftSessions?: readonly string[]
  /** Files that are not there. */
  readonly missing?: readonly string[]
  /** Names of users whose managers stay. */
  readonly lingering?: readonly string[]
  /** Interfaces of remote logins, and the units that may manage them. */
  readonly paths?: readonly (readonly [name: string, units: readonly string[]])[]
  /** Containers and virtual machines that run. */
  readonly guests?: readonly Guest[]
  /** Who lives in a control group, by its path. */
  readonly inhabitants?: Readonly<Record<string, Inhabitants>>
  readonly boot?: BootFacts
  readonly services?: {
    readonly transactionStart: number | null
    readonly haveChanged: boolean
    readonly states: ServiceStates | null
  }
  readonly config?: Readonly<Record<string, unknown>>
  /** What pacman did to stale copies, by `copyKey`. */
  readonly changes?: readonly (readonly [copy: string, attribution: Attribution])[]
  readonly changesLimit?: string | null
  /** When it was recorded, ISO 8601. */
  readonly at?: string
  /** Files below `proc` that take the place of the usual ones. */
  readonly proc?: Tree
}

/** Writes a recording of a machine in the form that `scan --from` reads, and returns its directory. */
export function makeRecording(machine: RecordedMachine): string {
  const proc = { ...procTree(machine.processes), ...machine.proc }
  return makeTree({ 'recording.json': JSON.stringify(answersOf(machine)), proc })
}

/** `recording.json`, form 1: every member of src/io/recording.ts has its default here. */
function answersOf(machine: RecordedMachine): Readonly<Record<string, unknown>> {
  const {
    processes,
    units = {},
    unanswered = {},
    users = { 1000: 'zoe' },
    self = { cgroup: '/user.slice/user-0.slice/session-1.scope' },
    uid = 0,
    canSoftReboot = true,
    denied = 0,
    stuck = 0,
    graphicalSessions = null,
    leftSessions = [],
    missing = [],
    lingering = [],
    paths = [],
    guests = [],
    inhabitants = {},
    boot = null,
    services = null,
    config = {},
    changes = [],
    changesLimit = null,
    at = '2026-11-23T07:18:43.120Z',
  } = machine
  return {
    form: 1,
    version: '0.1.0',
    at,
    durationMs: 14,
    uid,
    isLive: true,
    isBooted: true,
    canSoftReboot,
    self: {
      owner: ownerOf(`0::${self.cgroup}\n`),
      ancestors: entries(self.ancestors ?? {}).map(([pid, cgroup]) => [
        pid,
        ownerOf(`0::${cgroup}\n`),
      ]),
    },
    marked: [...new Set([1, ...entries(processes).map(([pid]) => pid)])],
    tally: { clean: 0, empty: 0, gone: 0, denied, failed: 0, stuck, cut: 0, sawInit: true },
    users: entries(users),
    packages: [],
    files: entries(processes).flatMap(([pid, process]) =>
      markedPaths(process).map((path) => [pid, path, machine.files?.[path] ?? 'replaced', null]),
    ),
    changes,
    changesLimit,
    units: Object.entries(units).map(([unit, some]) => [unit, factsOf(unit, some, processes)]),
    unanswered: Object.entries(unanswered),
    graphicalSessions,
    leftSessions,
    programs: [],
    missing,
    lingering,
    paths,
    guests,
    inhabitants: Object.entries(inhabitants),
    boot,
    services,
    config,
  }
}

/** A simple service that runs, its oldest process the main one. */
function factsOf(
  unit: string,
  some: Partial<UnitFacts>,
  processes: RecordedMachine['processes'],
): UnitFacts {
  const inGroup = entries(processes).filter(([, { cgroup }]) => cgroup?.split('/').includes(unit))
  // The unit of a user's manager has the user's id in front.
  const name = unit.replace(/^\d+\//, '')
  return facts({
    Id: name,
    Names: name,
    MainPID: String(inGroup[0]?.[0] ?? 0),
    ...some,
  })
}

const MARK = ' (deleted)'

function markedPaths({ maps, exe = '' }: RecordedProcess): readonly string[] {
  const lines = Buffer.isBuffer(maps) ? [] : maps.map((line) => line.slice(5))
  return [...lines, exe].flatMap((name) =>
    name.endsWith(MARK) ? [name.slice(0, -MARK.length)] : [],
  )
}

function entries<T>(record: Readonly<Record<number, T>>): readonly (readonly [number, T])[] {
  return Object.entries(record).map(([key, value]) => [Number(key), value])
}
