import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ServiceStates } from '../../core/report/after-effects.ts'
import { parseAdvisories } from '../../core/pacman/advisories.ts'
import { changesOf } from '../../core/report/fixed-advisories.ts'
import type { TrackedGroup } from '../../core/pacman/advisories.ts'
import type { Inhabitants, NetworkPath } from '../../core/advice/case.ts'
import type { Guest } from '../../core/owner/guest.ts'
import type { Attribution } from '../../core/pacman/attribution.ts'
import { copyKey } from '../../core/report/stale-copies.ts'
import { factsKey } from '../../core/advice/cases.ts'
import type { Manager, UnitFacts } from '../../core/systemd/unit-facts.ts'
import { configTables, readConfig } from '../../core/config/config.ts'
import type { Config } from '../../core/config/config.ts'
import type { Surroundings } from '../../core/owner/owner.ts'
import type { BootFacts } from '../../core/report/reboot.ts'
import { isAnswerAbout, UNIT_PROPERTIES } from '../../core/systemd/unit-facts.ts'
import { KINDS } from '../../core/owner/kinds.ts'
import { FILE_STATES } from '../../core/proc/process.ts'
import type { Unlinked } from '../../core/advice/stale-process.ts'
import type { LimitCode, PackageLimitCode } from '../../core/limits.ts'
import type { Owner } from '../../core/owner/kinds.ts'
import type { Inspection, ProcessFacts } from '../../core/proc/process.ts'
import type { Report } from '../../core/report/report.ts'
import { noControlGroups } from '../systemd/control-groups.ts'
import { errorCode, StaleLibsError } from '../error.ts'
import type { FileNow } from '../proc/mapped-file.ts'
import { silentLogind } from '../systemd/logind.ts'
import { hostIn } from '../machine/machine.ts'
import { openOwners } from '../proc/owners.ts'
import type { MapsObserver } from '../proc/maps.ts'
import { openProc } from '../proc/proc.ts'
import { reasonOf, refusal, trustedDirectory } from '../files/trust.ts'
import { NOTHING_LOGGED } from '../pacman/packages.ts'
import { readWhole } from '../files/small-file.ts'
import { NO_UPGRADED } from '../upgraded-services.ts'
import type { UpgradedServices } from '../upgraded-services.ts'
import type { Tally, World } from '../world.ts'

/** The form of a recording. A program reads older forms, and refuses newer ones. */
const FORM = 1
/** Marked lines kept of a process: as many mappings as the kernel allows by default (vm.max_map_count). */
const MAX_LINES_OF_A_PROCESS = 65_530
/** Ten times what ten thousand stale processes have to say; a text has 512 MiB at most (V8). */
const MAX_BYTES = 256 * 1024 * 1024

type Ancestor = readonly [pid: number, owner: Owner]

/** `recording.json`: the answers that a scan got beside the files below `proc`. */
type Answers = {
  readonly form: number
  readonly version: string
  readonly at: string
  readonly durationMs: number
  readonly uid: number | null
  readonly isLive: boolean
  readonly isBooted: boolean
  readonly canSoftReboot: boolean
  readonly self: { readonly owner: Owner; readonly ancestors: readonly Ancestor[] } | null
  /** The processes that have a directory below `proc`. */
  readonly marked: readonly number[]
  readonly tally: Tally
  readonly users: readonly (readonly [uid: number, name: string])[]
  readonly packages: readonly (readonly [path: string, name: string])[]
  /** What lay at a mapped path, as maps has it, one character a byte, and when it lost its name. */
  readonly files: readonly (readonly [
    pid: number,
    path: string,
    now: FileNow,
    unlinked: Unlinked | null,
    isAtSamePath?: boolean,
  ])[]
  /** What pacman did to stale copies, by `copyKey`. */
  readonly changes: readonly (readonly [copy: string, attribution: Attribution])[]
  readonly changesLimit: PackageLimitCode | null
  readonly units: readonly (readonly [unit: string, facts: UnitFacts])[]
  /** Questions about units that had no answer, and why. */
  readonly unanswered: readonly (readonly [units: string, limit: LimitCode])[]
  readonly graphicalSessions: number | null
  readonly leftSessions: readonly string[]
  /** The programs that a start runs. */
  readonly programs: readonly (readonly [unit: string, programs: readonly string[]])[]
  readonly missing: readonly string[]
  readonly lingering: readonly string[]
  readonly paths: readonly (readonly [name: string, units: readonly string[]])[]
  readonly guests: readonly Guest[]
  /** By control group. */
  readonly inhabitants: readonly (readonly [group: string, Inhabitants])[]
  /** Absent where it was not looked at, and in recordings before 0.2. */
  readonly boot?: BootFacts | null
  readonly upgraded?: UpgradedServices
  /** Of the packages that changed. */
  readonly advisories?: readonly TrackedGroup[] | null
  readonly services?: RecordedServices | null
  readonly config: Readonly<Record<string, unknown>>
}

type RecordedServices = {
  readonly transactionStart: number | null
  readonly haveChanged: boolean
  readonly states: ServiceStates | null
}

/** Takes down everything that a scan asks. */
export type Recorder = {
  /** To be given to the world that is opened. */
  readonly observe: MapsObserver
  /** Returns the same world, but listening. */
  readonly listenTo: (world: World) => World
  /**
   * Writes what was taken down to a directory that is new, or empty and nobody else's to change. Returns how
   * many processes.
   *
   * @throws {StaleLibsError} when it cannot be written
   */
  readonly save: (directory: string, about: About) => number
}

export type About = {
  readonly version: string
  readonly config: Config
  readonly report: Report
  /** Who records. */
  readonly uid: number
  /** Whether login names and the host's name are to be replaced. */
  readonly anonymize: boolean
}

type Taken = {
  readonly maps: Map<number, string[]>
  readonly facts: Map<number, ProcessFacts>
  readonly files: Map<string, Answers['files'][number]>
  readonly changes: Map<string, Attribution>
  readonly units: Map<string, UnitFacts>
  readonly users: Map<number, string>
  readonly packages: Map<string, string>
  readonly unanswered: Map<string, LimitCode>
  readonly inhabitants: Map<string, Inhabitants>
  readonly programs: Map<string, readonly string[]>
  readonly missing: Set<string>
  readonly lingering: Set<string>
  graphicalSessions: number | null
  leftSessions: readonly string[]
  paths: readonly NetworkPath[]
  guests: readonly Guest[]
  changesLimit: PackageLimitCode | null
  boot: BootFacts | null
  upgraded: UpgradedServices
  advisories: readonly TrackedGroup[] | null
  services: RecordedServices | null
  failed: number
  stuck: number
  cut: number
}

export function openRecorder(): Recorder {
  const taken: Taken = {
    maps: new Map(),
    facts: new Map(),
    files: new Map(),
    changes: new Map(),
    changesLimit: null,
    units: new Map(),
    users: new Map(),
    packages: new Map(),
    unanswered: new Map(),
    inhabitants: new Map(),
    programs: new Map(),
    missing: new Set(),
    lingering: new Set(),
    graphicalSessions: null,
    leftSessions: [],
    paths: [],
    guests: [],
    boot: null,
    upgraded: NO_UPGRADED,
    advisories: null,
    services: null,
    failed: 0,
    stuck: 0,
    cut: 0,
  }
  let world: World | null = null
  return {
    observe(pid, text) {
      const lines = taken.maps.get(pid) ?? []
      taken.maps.set(pid, lines)
      for (const line of text.split('\n'))
        if (line.includes('(deleted)') && lines.length < MAX_LINES_OF_A_PROCESS) lines.push(line)
    },
    listenTo(opened) {
      world = opened
      return listening(opened, taken)
    },
    save(directory, about) {
      if (world === null) throw new RangeError('Cannot save a recording: nothing was listened to')
      return save(directory, world, taken, about)
    },
  }
}

function listening(world: World, taken: Taken): World {
  return {
    ...world,
    proc: {
      ...world.proc,
      walk() {
        const walk = world.proc.walk()
        return {
          ...walk,
          async inspections() {
            const inspections = await walk.inspections()
            for (const inspection of inspections) note(inspection, taken)
            return inspections
          },
        }
      },
    },
    files: {
      lookAt(mapping, facts) {
        const looked = world.files.lookAt(mapping, facts)
        const { now, isAtSamePath } = looked
        const { pid } = facts
        const { path } = mapping
        taken.files.set(`${pid} ${path}`, [pid, path, now, null, isAtSamePath])
        return looked
      },
      unlinked(mapping, facts) {
        const key = `${facts.pid} ${mapping.path}`
        const [pid, path, now, , isAtSamePath = false] = taken.files.get(key) ?? [
          facts.pid,
          mapping.path,
          'unknown',
        ]
        const unlinked = world.files.unlinked(mapping, facts)
        taken.files.set(key, [pid, path, now, unlinked, isAtSamePath])
        return unlinked
      },
    },
    packages: {
      ...world.packages,
      async changes(copies, now, targets) {
        const answer = await world.packages.changes(copies, now, targets)
        taken.changesLimit = answer.limit
        for (const [at, copy] of copies.entries())
          taken.changes.set(copyKey(copy), answer.attributions[at] ?? { kind: 'unknown' })
        return answer
      },
    },
    machine: {
      ...world.machine,
      userNames: () => noted(world.machine.userNames(), taken.users),
      missing(paths) {
        const missing = world.machine.missing(paths)
        missing.forEach((path) => taken.missing.add(path))
        return missing
      },
      isLingering(name) {
        const isLingering = world.machine.isLingering(name)
        if (isLingering) taken.lingering.add(name)
        return isLingering
      },
      packageOwners: async (paths) =>
        noted(await world.machine.packageOwners(paths), taken.packages),
    },
    systemctl: {
      async show(units, manager) {
        const answer = await world.systemctl.show(units, manager)
        for (const [unit, facts] of answer.facts) taken.units.set(factsKey(manager, unit), facts)
        if (answer.limit !== null) taken.unanswered.set(question(units, manager), answer.limit)
        return answer
      },
      async programs(unit, manager) {
        const programs = await world.systemctl.programs(unit, manager)
        taken.programs.set(factsKey(manager, unit), programs)
        return programs
      },
    },
    network: {
      async paths() {
        taken.paths = await world.network.paths()
        return taken.paths
      },
    },
    controlGroups: {
      ...world.controlGroups,
      inhabitants(group) {
        const found = world.controlGroups.inhabitants(group)
        taken.inhabitants.set(group, found)
        return found
      },
      guests() {
        taken.guests = world.controlGroups.guests()
        return taken.guests
      },
    },
    advisories(file) {
      taken.advisories = world.advisories(file)
      return taken.advisories
    },
    async upgradedServices(bootSeconds, now) {
      taken.upgraded = await world.upgradedServices(bootSeconds, now)
      return taken.upgraded
    },
    async bootFacts(host) {
      taken.boot = await world.bootFacts(host)
      return taken.boot
    },
    services: world.services && {
      ...world.services,
      async states() {
        const states = (await world.services?.states()) ?? null
        const transactionStart = world.services?.transactionStart() ?? null
        taken.services = { transactionStart, haveChanged: true, states }
        return states
      },
    },
    logind: {
      ...world.logind,
      async graphicalSessions() {
        taken.graphicalSessions = await world.logind.graphicalSessions()
        return taken.graphicalSessions
      },
      async leftSessions(ids) {
        taken.leftSessions = await world.logind.leftSessions(ids)
        return taken.leftSessions
      },
    },
  }
}

function note(inspection: Inspection, taken: Taken): void {
  if (inspection.kind === 'marked') taken.facts.set(inspection.facts.pid, inspection.facts)
  if (inspection.kind === 'marked' && inspection.isCut) taken.cut += 1
  if (inspection.kind === 'failed') taken.failed += 1
  if (inspection.kind === 'stuck') taken.stuck += 1
}

function noted<K, V>(answer: ReadonlyMap<K, V>, into: Map<K, V>): ReadonlyMap<K, V> {
  for (const [key, value] of answer) into.set(key, value)
  return answer
}

function save(given: string, world: World, taken: Taken, about: About): number {
  const pids = [...taken.facts.keys()].filter((pid) => pid !== world.self?.pid)
  const rename = about.anonymize ? renamer(world, about.report) : (text: string) => text
  try {
    // Whoever could change it while it is filled could lead every file of it elsewhere.
    const directory = trustedDirectory(given, new Set([0, about.uid]))
    if (readdirSync(directory).length > 0) throw refusal('it is not empty')
    const write = (name: string, text: string) => writeBelow(directory, name, rename(text))
    const answers = answersOf(world, taken, about, pids)
    write('recording.json', `${JSON.stringify(answers, null, 1)}\n`)
    const { hostname, kernelRelease, bootSeconds } = about.report.host
    write('proc/stat', bootSeconds === null ? '' : `btime ${bootSeconds}\n`)
    write('proc/sys/kernel/hostname', `${about.anonymize ? 'host' : (hostname ?? '')}\n`)
    write('proc/sys/kernel/osrelease', `${kernelRelease ?? ''}\n`)
    write('proc/1/cgroup', world.proc.read('1/cgroup') ?? '')
    writeNamespaces(directory, 1, world)
    for (const pid of pids) {
      const facts = taken.facts.get(pid)
      if (facts === undefined) continue
      write(`proc/${pid}/maps`, [...(taken.maps.get(pid) ?? []), ''].join('\n'))
      write(`proc/${pid}/stat`, statText(facts))
      if (facts.exe !== null) linkBelow(directory, `proc/${pid}/exe`, rename(facts.exe))
      if (pid === 1) continue // written above
      write(`proc/${pid}/cgroup`, facts.cgroup)
      writeFactsNamespaces(directory, facts)
    }
  } catch (error) {
    const reason = reasonOf(error)
    if (reason === '') throw error
    throw new StaleLibsError(`Cannot record to "${given}": ${reason}`, { cause: error })
  }
  return pids.length
}

function answersOf(world: World, taken: Taken, about: About, pids: readonly number[]): Answers {
  const { report } = about
  const uids = new Set([
    ...report.findings.flatMap(({ user }) => user?.uid ?? []),
    ...[...taken.inhabitants.values()].flatMap(({ terminals }) => terminals.map(({ uid }) => uid)),
  ])
  return {
    form: FORM,
    version: about.version,
    at: report.at.toISOString(),
    durationMs: report.durationMs,
    uid: world.uid,
    isLive: world.machine.isLive,
    isBooted: world.machine.isBooted(),
    canSoftReboot: world.machine.canSoftReboot(),
    self:
      world.self === null
        ? null
        : { owner: world.self.owner, ancestors: [...world.self.ancestors] },
    marked: pids,
    tally: {
      clean: report.processes - report.unreadable - taken.failed - taken.stuck - pids.length,
      empty: 0,
      gone: report.vanished,
      denied: report.unreadable,
      failed: taken.failed,
      stuck: taken.stuck,
      cut: taken.cut,
      sawInit: !report.limits.some(({ code }) => code === 'processes-hidden'),
    },
    users: [...taken.users].filter(([uid]) => uids.has(uid)),
    packages: [...taken.packages],
    files: [...taken.files.values()].filter(([pid]) => pids.includes(pid)),
    changes: [...taken.changes],
    changesLimit: taken.changesLimit,
    units: [...taken.units],
    unanswered: [...taken.unanswered],
    graphicalSessions: taken.graphicalSessions,
    leftSessions: taken.leftSessions,
    programs: [...taken.programs],
    missing: [...taken.missing],
    lingering: [...taken.lingering],
    paths: taken.paths.map((path) => [path.interface, path.units]),
    guests: taken.guests,
    inhabitants: [...taken.inhabitants].filter(
      ([, { terminals, guests }]) => terminals.length + guests.length > 0,
    ),
    boot: taken.boot,
    upgraded: taken.upgraded,
    advisories: taken.advisories && advisoriesFor(taken.advisories, about.report),
    services: taken.services,
    config: configTables(about.config),
  }
}

function advisoriesFor(
  groups: readonly TrackedGroup[],
  { findings }: Report,
): readonly TrackedGroup[] {
  const changed = new Set(findings.flatMap(changesOf).map(({ name }) => name))
  return groups.filter(({ packages }) => packages.some((name) => changed.has(name)))
}

function question(units: readonly string[], manager: Manager): string {
  return units.map((unit) => factsKey(manager, unit)).join(' ')
}

/** The fields of proc_pid_stat(5) that a scan uses; the others are zero. */
function statText({ pid, comm, startTicks }: ProcessFacts): string {
  const fields = Array.from({ length: 18 }, () => 0)
  return startTicks === null ? '' : `${pid} (${comm}) S ${fields.join(' ')} ${startTicks}\n`
}

function writeNamespaces(directory: string, pid: number, { proc }: World): void {
  const namespaces = {
    ...proc.treeOf(String(pid)),
    pid,
    pidNamespace: proc.link(`${pid}/ns/pid`),
    utsNamespace: proc.link(`${pid}/ns/uts`),
  }
  writeFactsNamespaces(directory, namespaces)
}

function writeFactsNamespaces(
  directory: string,
  facts: Surroundings & { readonly pid: number },
): void {
  const { pid, mountNamespace, pidNamespace, utsNamespace, rootDirectory } = facts
  if (utsNamespace !== null) linkBelow(directory, `proc/${pid}/ns/uts`, utsNamespace)
  if (mountNamespace !== null) linkBelow(directory, `proc/${pid}/ns/mnt`, mountNamespace)
  if (pidNamespace !== null) linkBelow(directory, `proc/${pid}/ns/pid`, pidNamespace)
  if (rootDirectory !== null) writeBelow(directory, `proc/${pid}/root`, rootDirectory)
}

function writeBelow(directory: string, name: string, text: string): void {
  const path = join(directory, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, Buffer.from(text, name.endsWith('.json') ? 'utf8' : 'latin1'), { flag: 'wx' })
}

function linkBelow(directory: string, name: string, target: string): void {
  const path = join(directory, name)
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(Buffer.from(target, 'latin1'), path)
}

/** Ids below are the system's own (UID_MIN of login.defs(5)). */
const FIRST_PERSON = 1000

/** Login names of people become `user1000`, wherever they stand as a word. */
function renamer({ machine }: World, { host }: Report): (text: string) => string {
  const words = new Map<string, string>()
  for (const [uid, name] of machine.userNames())
    if (uid >= FIRST_PERSON) words.set(name, `user${uid}`)
  if (host.hostname !== null) words.set(host.hostname, 'host')
  return (text) => text.replaceAll(/[A-Za-z0-9_][A-Za-z0-9_-]*/g, (word) => words.get(word) ?? word)
}

/** A recording as a world, with the configuration that it was made with. */
export type Recording = { readonly world: World; readonly config: Config }

/**
 * Opens a recording.
 *
 * @throws {StaleLibsError} when it is missing, damaged or of a newer form, saying what
 */
export function openRecording(directory: string): Recording {
  const answers = readAnswers(directory)
  const proc = openProc(join(directory, 'proc'), { pids: answers.marked })
  for (const pid of answers.marked)
    if (proc.read(`${pid}/maps`) === null) throw damaged(directory, `proc/${pid}/maps is missing`)
  const config = readConfig(answers.config, 'recording.json')
  if ('key' in config) throw damaged(directory, `config, ${config.key}: ${config.message}`)
  return { world: worldOf(answers, proc), config }
}

function worldOf(answers: Answers, proc: World['proc']): World {
  const files = new Map(answers.files.map((row) => [`${row[0]} ${row[1]}`, row] as const))
  const changes = new Map(answers.changes)
  const units = new Map(answers.units.map(([unit, facts]) => [unit, { ...NO_FACTS, ...facts }]))
  const unanswered = new Map(answers.unanswered)
  const packages = new Map(answers.packages)
  const inhabitants = new Map(answers.inhabitants)
  const programs = new Map(answers.programs)
  return {
    proc,
    owners: openOwners(proc),
    files: {
      lookAt({ path }, { pid }) {
        const [, , now, , isAtSamePath] = files.get(`${pid} ${path}`) ?? []
        return { now: isFileNow(now) ? now : 'unknown', isAtSamePath: isAtSamePath ?? false }
      },
      unlinked: ({ path }, { pid }) => files.get(`${pid} ${path}`)?.[3] ?? null,
    },
    packages: {
      mayHaveChangedSince: () => true,
      since: async () => NOTHING_LOGGED,
      filesOf: async () => new Set(),
      changes: async (copies) => ({
        attributions: copies.map((copy) => changes.get(copyKey(copy)) ?? { kind: 'unknown' }),
        limit: answers.changesLimit,
      }),
    },
    machine: {
      isLive: answers.isLive,
      tree: null,
      ownTree: null,
      isBooted: () => answers.isBooted,
      canSoftReboot: () => answers.canSoftReboot,
      userNames: () => new Map(answers.users),
      missing: (paths) => paths.filter((path) => answers.missing.includes(path)),
      isLingering: (name) => answers.lingering.includes(name),
      packageOwners: async () => packages,
      host: () => hostIn(proc),
    },
    systemctl: {
      async show(names, manager) {
        const told = names.flatMap((name) => {
          const facts = units.get(factsKey(manager, name))
          return facts === undefined ? [] : [[name, facts] as const]
        })
        const known = told.filter(([name, facts]) => isAnswerAbout(name, facts))
        const wrong = known.length < told.length ? 'systemctl-failed' : null
        const limit = unanswered.get(question(names, manager)) ?? wrong
        return { facts: new Map(known), limit }
      },
      programs: async (unit, manager) => programs.get(factsKey(manager, unit)) ?? [],
    },
    logind: {
      ...silentLogind,
      graphicalSessions: async () => answers.graphicalSessions,
      leftSessions: async (ids) => ids.filter((id) => answers.leftSessions.includes(id)),
    },
    network: {
      paths: async () => answers.paths.map(([name, names]) => ({ interface: name, units: names })),
    },
    controlGroups: {
      ...noControlGroups,
      inhabitants: (group) => inhabitants.get(group) ?? noControlGroups.inhabitants(group),
      guests: () => answers.guests,
    },
    bootFacts: async () =>
      answers.boot ? { ...answers.boot, changes: answers.boot.changes ?? [] } : null,
    advisories: () =>
      answers.advisories ? parseAdvisories(JSON.stringify(answers.advisories)) : null,
    upgradedServices: async () => answers.upgraded ?? NO_UPGRADED,
    services: recordedServices(answers.services ?? null),
    tally: answers.tally,
    self: answers.self && {
      pid: 0,
      owner: answers.self.owner,
      ancestors: new Map(answers.self.ancestors),
    },
    uid: answers.uid,
    clock: () => ({ at: new Date(answers.at), durationMs: answers.durationMs }),
  }
}

function recordedServices(recorded: RecordedServices | null): World['services'] {
  return (
    recorded && {
      transactionStart: () => recorded.transactionStart,
      haveChangedSince: () => recorded.haveChanged,
      states: async () => recorded.states,
    }
  )
}

/** What each member of `recording.json` must be. */
const SHAPE: Readonly<Record<keyof Answers, (value: unknown) => boolean>> = {
  form: Number.isSafeInteger,
  version: isText,
  at: (value) => isText(value) && !Number.isNaN(Date.parse(value)),
  durationMs: Number.isSafeInteger,
  uid: (value) => value === null || Number.isSafeInteger(value),
  isLive: isBoolean,
  isBooted: isBoolean,
  canSoftReboot: isBoolean,
  self: (value) =>
    value === null ||
    (isTable(value) && isOwner(value['owner']) && isRows(isCount, isOwner)(value['ancestors'])),
  marked: isRows(isCount),
  tally: (value) =>
    isTable(value) &&
    TALLIED.every((name) => isCount(value[name])) &&
    orNothing(isCount)(value['stuck']),
  users: isRows(isCount, isText),
  packages: isRows(isText, isText),
  files: isRows(isCount, isText, isText, (value) => value === null || isTable(value)),
  changes: isRows(isText, isAttribution),
  changesLimit: (value) => value === null || isText(value),
  units: isRows(isText, isUnitFacts),
  unanswered: isRows(isText, isText),
  graphicalSessions: (value) => value === null || isCount(value),
  leftSessions: isRows(isText),
  programs: isRows(isText, isRows(isText)),
  missing: isRows(isText),
  lingering: isRows(isText),
  paths: isRows(isText, isRows(isText)),
  guests: isRows(isGuest),
  inhabitants: isRows(isText, isInhabitants),
  boot: orNothing(isBootFacts),
  upgraded: orNothing(
    (value) =>
      isTable(value) &&
      isRows(isUpgradedProcess)(value['processes']) &&
      isRows(isLimit)(value['limits']),
  ),
  advisories: orNothing((value) => parseAdvisories(JSON.stringify(value)) !== null),
  services: orNothing(
    (value) =>
      isTable(value) &&
      isCountOrNull(value['transactionStart']) &&
      isBoolean(value['haveChanged']) &&
      orNothing(isServiceStates)(value['states']),
  ),
  config: isTable,
}

function orNothing(isRight: (value: unknown) => boolean): (value: unknown) => boolean {
  return (value) => value === undefined || value === null || isRight(value)
}

/** What is printed as it is: nothing that changes a line without being seen. */
function isPlain(value: unknown): boolean {
  return isText(value) && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value)
}

function isPlainOrNull(value: unknown): boolean {
  return value === null || isPlain(value)
}

function isCountOrNull(value: unknown): boolean {
  return value === null || isCount(value)
}

function isBootFacts(value: unknown): boolean {
  return (
    isTable(value) &&
    isBoolean(value['isGuestOfKernel']) &&
    isBoolean(value['hasDatabase']) &&
    isRows(isKernel)(value['kernels']) &&
    isRows(isPackage)(value['packages']) &&
    isRows(isChangeSinceBoot)(value['changes'] ?? []) &&
    orNothing(isProcessor)(value['processor']) &&
    orNothing(isDriver)(value['nvidia'])
  )
}

function isKernel(value: unknown): boolean {
  return (
    isTable(value) &&
    isPlain(value['release']) &&
    isPlainOrNull(value['pkgbase']) &&
    isBoolean(value['hasModules']) &&
    orNothing(isPackage)(value['package'])
  )
}

function isPackage(value: unknown): boolean {
  return isTable(value) && isPlain(value['name']) && isCountOrNull(value['installedAt'])
}

function isChangeSinceBoot(value: unknown): boolean {
  return (
    isTable(value) &&
    isPlain(value['name']) &&
    isCount(value['at']) &&
    isPlain(value['operation']) &&
    isPlainOrNull(value['from']) &&
    isPlainOrNull(value['to'])
  )
}

function isProcessor(value: unknown): boolean {
  return isTable(value) && isPlain(value['vendor']) && isBoolean(value['isVirtual'])
}

function isDriver(value: unknown): boolean {
  return isTable(value) && isPlain(value['loaded']) && isPlainOrNull(value['installed'])
}

function isServiceStates(value: unknown): boolean {
  return (
    isTable(value) &&
    isCount(value['at']) &&
    isBoolean(value['isBusSilent']) &&
    isRows(isUnitState)(value['units']) &&
    orNothing(isRows(isPlain))(value['busNames'])
  )
}

function isUnitState(value: unknown): boolean {
  return (
    isTable(value) &&
    ['unit', 'result', 'busName'].every((name) => isPlain(value[name])) &&
    isBoolean(value['isFailed']) &&
    isCountOrNull(value['since'])
  )
}

function isFileNow(value: unknown): value is FileNow {
  return FILE_STATES.some((state) => state === value) || value === 'live'
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean'
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

const TALLIED = ['clean', 'empty', 'gone', 'denied', 'failed', 'cut'] as const

function isOwner(value: unknown): boolean {
  return isTable(value) && KINDS.some((kind) => kind === value['kind'])
}

function isAttribution(value: unknown): boolean {
  if (!isTable(value) || !isText(value['kind'])) return false
  return value['kind'] !== 'changed' || isTable(value['change'])
}

function isUpgradedProcess(value: unknown): boolean {
  return (
    isTable(value) &&
    isCount(value['pid']) &&
    isPlain(value['comm']) &&
    isCountOrNull(value['startTicks']) &&
    isText(value['cgroup']) &&
    isOwner(value['owner']) &&
    isRows(isText)(value['files']) &&
    isRows(isTable)(value['unlinked']) &&
    isTable(value['ownPackage']) &&
    isPackageChange(value['ownPackage']['change'])
  )
}

function isPackageChange(value: unknown): boolean {
  return (
    isTable(value) &&
    ['name', 'from', 'change', 'at'].every((name) => isPlain(value[name])) &&
    isPlainOrNull(value['to'])
  )
}

function isLimit(value: unknown): boolean {
  return isTable(value) && isPlain(value['code']) && isCount(value['count'])
}

function isGuest(value: unknown): boolean {
  return isTable(value) && isText(value['runtime']) && isText(value['name'])
}

function isInhabitants(value: unknown): boolean {
  if (!isTable(value) || !isCount(value['processes'])) return false
  return isRows(isTerminal)(value['terminals']) && isRows(isGuest)(value['guests'])
}

function isTerminal(value: unknown): boolean {
  return isTable(value) && isText(value['name']) && isCount(value['uid'])
}

/** Properties that an older program did not ask for. */
const NO_FACTS = Object.fromEntries(UNIT_PROPERTIES.map((name) => [name, ''])) as UnitFacts

function isUnitFacts(value: unknown): boolean {
  return isTable(value) && UNIT_PROPERTIES.every((name) => isText(value[name] ?? ''))
}

/** Says whether a value is a list of rows of these columns; rows of one column are no lists. */
function isRows(...columns: readonly ((value: unknown) => boolean)[]): (value: unknown) => boolean {
  const isRow = (row: unknown) =>
    Array.isArray(row) && columns.every((isRight, at) => isRight(row[at]))
  const [only] = columns
  return (value) => Array.isArray(value) && value.every(columns.length === 1 && only ? only : isRow)
}

function readAnswers(directory: string): Answers {
  let value: unknown
  try {
    value = JSON.parse(readWhole(join(directory, 'recording.json'), MAX_BYTES).toString('utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) throw damaged(directory, 'recording.json is no JSON')
    throw new StaleLibsError(`Cannot replay "${directory}": recording.json: ${errorCode(error)}`, {
      cause: error,
    })
  }
  if (!isTable(value)) throw damaged(directory, 'recording.json is no table')
  const form = value['form']
  if (typeof form === 'number' && form > FORM)
    throw new StaleLibsError(
      `Cannot replay "${directory}": it was made by a newer stale-libs (form ${form}, this one reads ${FORM})`,
    )
  for (const [name, isRight] of Object.entries(SHAPE))
    if (!isRight(value[name]))
      throw damaged(directory, `recording.json, "${name}" is not what it must be`)
  return value as Answers
}

function damaged(directory: string, what: string): StaleLibsError {
  return new StaleLibsError(`Cannot replay "${directory}": it is damaged: ${what}`)
}
