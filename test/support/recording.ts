import type { Attribution } from '../../src/core/pacman/attribution.ts'
import type { Inhabitants } from '../../src/core/advice/case.ts'
import type { Guest } from '../../src/core/owner/guest.ts'
import type { Holding } from '../../src/core/owner/holding.ts'
import type { Lock } from '../../src/core/owner/locks.ts'
import type { ConsoleLogin } from '../../src/core/systemd/sessions.ts'
import { ownerOf } from '../../src/core/owner/owner.ts'
import type { ServiceStates } from '../../src/core/report/after-effects.ts'
import type { BootFacts } from '../../src/core/reboot/boot-facts.ts'
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
  /** Units, several apart by a blank, about which there was no answer, and why. */
  readonly unanswered?: Readonly<Record<string, LimitCode>>
  /** What lies now at mapped paths; what is not told of was replaced. */
  readonly files?: Readonly<Record<string, 'replaced' | 'removed' | 'unknown' | 'live'>>
  /** When mapped files lost their names, by their paths. */
  readonly unlinked?: Readonly<Record<string, { at: number; replacedAt: number | null }>>
  /** Mapped paths at which only root could put a file. */
  readonly ofRoot?: readonly string[]
  readonly users?: Readonly<Record<number, string>>
  /** The control group of the command itself, and those of its ancestors by their ids. */
  readonly self?: {
    readonly cgroup: string
    readonly ancestors?: Readonly<Record<number, string>>
    readonly terminal?: string
  }
  /** The user who looks. */
  readonly uid?: number
  readonly canSoftReboot?: boolean
  /** How many processes could not be read. */
  readonly denied?: number
  /** Processes that are told of only by their number, and how they ended. */
  readonly tally?: Readonly<Record<string, unknown>>
  /** How many gave no answer in time. */
  readonly stuck?: number
  readonly graphicalSessions?: number | null
  /** Sessions that nobody is logged in to any more. */
  readonly leftSessions?: readonly string[]
  /** Files that are not there. */
  readonly missing?: readonly string[]
  /** The programs that make root of a user (`sudo`). */
  readonly rootPrograms?: readonly string[]
  /** Names of users whose managers stay. */
  readonly lingering?: readonly string[]
  /** Interfaces of remote logins, and the units that may manage them. */
  readonly paths?: readonly (readonly [name: string, units: readonly string[]])[]
  /** Containers and virtual machines that run. */
  readonly guests?: readonly Guest[]
  /** Who lives in a control group, by its path. */
  readonly inhabitants?: Readonly<Record<string, Inhabitants>>
  /** What the processes of a control group hold for others, by its path. */
  readonly holdings?: Readonly<Record<string, Holding>>
  readonly consoleLogins?: readonly ConsoleLogin[] | null
  /** The inhibitor locks of processes, by their ids; `null` where logind gave no answer. */
  readonly locks?: Readonly<Record<number, readonly Lock[] | null>>
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

/**
 * Writes a recording of a machine in the form that `scan --from` reads, and returns its directory.
 */
export function makeRecording(machine: RecordedMachine): string {
  return makeTree(recordingTree(machine))
}

/** Returns the files of a recording of a machine. */
export function recordingTree(machine: RecordedMachine): Tree {
  const proc = { ...procTree(machine.processes), ...machine.proc }
  return { 'recording.json': JSON.stringify(documentOf(machine)), proc }
}

/** `recording.json`: every member of src/io/recording/form.ts has its default here. */
function documentOf(machine: RecordedMachine): Readonly<Record<string, unknown>> {
  const {
    processes,
    self = { cgroup: '/user.slice/user-0.slice/session-1.scope' },
    uid = 0,
    denied = 0,
    stuck = 0,
    tally = {},
    config = {},
    at = '2026-11-23T07:18:43.120Z',
  } = machine
  return {
    form: 2,
    version: '0.1.0',
    at,
    durationMs: 14,
    uid,
    isLive: true,
    self: {
      owner: ownerOf(self.cgroup),
      ancestors: entries(self.ancestors ?? {}).map(([pid, cgroup]) => [pid, ownerOf(cgroup)]),
      terminal: self.terminal ?? null,
    },
    processes: [...new Set([1, ...entries(processes).map(([pid]) => pid)])],
    tally: {
      clean: 0,
      empty: 0,
      gone: 0,
      denied,
      failed: 0,
      stuck,
      cut: 0,
      sawInit: true,
      ...tally,
    },
    config,
    answers: answersOf(machine),
  }
}

type Answer = readonly [question: string, key: string, answer: unknown]

/** What the world said: see src/io/recording/questions.ts. */
function answersOf(machine: RecordedMachine): readonly Answer[] {
  const { users = { 1000: 'zoe' }, canSoftReboot = true, services } = machine
  return [
    ['machine.isBooted', '', true],
    ['machine.canSoftReboot', '', canSoftReboot],
    ['machine.userNames', '', entries(users)],
    ...(machine.missing ?? []).map((path): Answer => ['machine.missing', path, true]),
    ...(machine.rootPrograms ?? []).map((name): Answer => {
      return ['machine.hasRootProgram', name, true]
    }),
    ...(machine.lingering ?? []).map((name): Answer => ['machine.isLingering', name, true]),
    ...filesOf(machine),
    ...(machine.changes ?? []).map(([copy, attribution]): Answer => {
      return ['packages.changes', copy, { attribution, limit: machine.changesLimit ?? null }]
    }),
    ...unitsOf(machine),
    ...runningOf(machine),
    ['logind.graphicalSessions', '', machine.graphicalSessions ?? null],
    ...(machine.leftSessions ?? []).map((id): Answer => ['logind.leftSessions', id, true]),
    [
      'network.paths',
      '',
      (machine.paths ?? []).map(([name, units]) => ({ interface: name, units })),
    ],
    ['controlGroups.guests', '', machine.guests ?? []],
    ...Object.entries(machine.inhabitants ?? {}).map(([group, inside]): Answer => {
      return ['controlGroups.inhabitants', group, inside]
    }),
    ...entriesOf('holdings.of', machine.holdings),
    ...(machine.consoleLogins === undefined
      ? []
      : [['logind.consoleLogins', '', machine.consoleLogins] as const]),
    ...entriesOf('logind.locksOf', machine.locks),
    ['world.bootFacts', '', machine.boot ?? null],
    ...(services === undefined ? [] : servicesOf(services)),
  ]
}

function entriesOf(question: string, answers: Readonly<Record<string, unknown>> = {}) {
  return Object.entries(answers).map(([key, answer]): Answer => [question, key, answer])
}

function filesOf(machine: RecordedMachine): readonly Answer[] {
  const { processes, files, unlinked = {}, ofRoot = [] } = machine
  return entries(processes).flatMap(([pid, process]) =>
    markedPaths(process).flatMap((path): readonly Answer[] => [
      ['files.lookAt', `${pid} ${path}`, { now: files?.[path] ?? 'replaced', isAtSamePath: false }],
      ['files.unlinked', `${pid} ${path}`, unlinked[path] ?? null],
      ['files.isOfRoot', `${pid} ${path}`, ofRoot.includes(path)],
    ]),
  )
}

/** The processes whose users are known. */
function runningOf({ processes }: RecordedMachine): readonly Answer[] {
  return entries(processes).flatMap(([pid, process]): readonly Answer[] => {
    const {
      uid,
      cgroup = '/',
      comm = 'daemon',
      startTicks = 1000,
      exe = '/usr/bin/daemon',
    } = process
    if (uid === undefined) return []
    const owner = ownerOf(cgroup)
    const running = { comm, startTicks, cgroup: `0::${cgroup}\n`, owner, exe, uid }
    return [['running.process', String(pid), running]]
  })
}

function unitsOf({ units = {}, unanswered = {}, processes }: RecordedMachine): readonly Answer[] {
  const limits = new Map(
    Object.entries(unanswered).flatMap(([names, limit]) =>
      names.split(' ').map((name) => [name, limit] as const),
    ),
  )
  const silent = [...limits.keys()].filter((name) => units[name] === undefined)
  return [
    ...Object.entries(units).map(([unit, some]): Answer => {
      const told = factsOf(unit, some, processes)
      return ['systemctl.show', unit, { facts: told, limit: limits.get(unit) ?? null }]
    }),
    ...silent.map((unit): Answer => {
      return ['systemctl.show', unit, { facts: null, limit: limits.get(unit) }]
    }),
  ]
}

function servicesOf(services: NonNullable<RecordedMachine['services']>): readonly Answer[] {
  const { transactionStart, haveChanged, states } = services
  return [
    ['packages.transactionStart', '', transactionStart],
    ['services.haveChangedSince', '', haveChanged],
    ['services.states', '', states],
  ]
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
