import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { configTables } from '../../core/config/config.ts'
import type { Config } from '../../core/config/config.ts'
import type { Surroundings } from '../../core/owner/owner.ts'
import type { ProcessFacts } from '../../core/proc/process.ts'
import { changesOf } from '../../core/report/fixed-advisories.ts'
import type { TrackedGroup } from '../../core/pacman/advisories.ts'
import { INHABITANTS, TRACKED_GROUP, UNIT_FACTS } from '../../core/recording/answers.ts'
import { anyTable, listOf, WRONG } from '../../core/recording/schema.ts'
import type { Report } from '../../core/report/report.ts'
import { StaleLibsError } from '../error.ts'
import { reasonOf, refusal, trustedDirectory } from '../files/trust.ts'
import type { World } from '../world.ts'
import type { Call, CallLog } from './call-log.ts'
import { FORM } from './form.ts'
import type { RecordingDocument } from './form.ts'

/** What a recording says of the run that made it. */
export type About = {
  readonly version: string
  readonly config: Config
  readonly report: Report
  /** The user id of this process. */
  readonly uid: number
  /** Whether login names and the name of the host are replaced. */
  readonly anonymize: boolean
}

/**
 * Writes a recording to a directory that is new, or empty and changeable by no other user. Returns
 * the number of processes in it.
 *
 * @throws {StaleLibsError} when it cannot be written
 */
export function save(given: string, world: World, taken: Taken, about: About): number {
  const processes = [...taken.facts.values()].filter(({ pid }) => pid !== world.self?.pid)
  const rename = about.anonymize ? renamer(world, about.report) : (text: string) => text
  try {
    // A user who could change the directory meanwhile could lead the files of root elsewhere.
    const directory = trustedDirectory(given, new Set([0, about.uid]))
    if (readdirSync(directory).length > 0) throw refusal('it is not empty')
    const write = (name: string, text: string) => writeBelow(directory, name, rename(text))
    const document = documentOf(
      world,
      taken,
      about,
      processes.map(({ pid }) => pid),
    )
    write('recording.json', `${JSON.stringify(document, asRecorded, 1)}\n`)
    const { hostname, kernelRelease, bootSeconds } = about.report.host
    write('proc/stat', bootSeconds === null ? '' : `btime ${bootSeconds}\n`)
    write('proc/sys/kernel/hostname', `${about.anonymize ? 'host' : (hostname ?? '')}\n`)
    write('proc/sys/kernel/osrelease', `${kernelRelease ?? ''}\n`)
    write('proc/1/cgroup', world.proc.read('1/cgroup') ?? '')
    writeInit(directory, world)
    for (const facts of processes) {
      const { pid } = facts
      write(`proc/${pid}/maps`, [...(taken.maps.get(pid) ?? []), ''].join('\n'))
      write(`proc/${pid}/stat`, statText(facts))
      if (facts.uid !== null) write(`proc/${pid}/uid`, String(facts.uid))
      if (facts.exe !== null) linkBelow(directory, `proc/${pid}/exe`, rename(facts.exe))
      if (pid === 1) continue // written above
      write(`proc/${pid}/cgroup`, facts.cgroup.text)
      writeSurroundings(directory, pid, facts)
    }
  } catch (error) {
    const reason = reasonOf(error)
    if (reason === '') throw error
    throw new StaleLibsError(`Cannot record to "${given}": ${reason}`, { cause: error })
  }
  return processes.length
}

function documentOf(
  world: World,
  { log, failed, stuck, long, cut }: Taken,
  { version, config, report }: About,
  processes: readonly number[],
): RecordingDocument {
  const { unreadable, vanished, unseenOfSystem } = report
  const ofUsers = report.limits.find(({ code }) => code === 'user-processes-cut')
  const longOfUsers = ofUsers?.count ?? 0
  return {
    form: FORM,
    version,
    at: report.at.toISOString(),
    durationMs: report.durationMs,
    uid: world.uid,
    isLive: world.machine.isLive,
    self: world.self && { owner: world.self.owner, ancestors: world.self.ancestors },
    processes,
    tally: {
      clean: report.processes - unreadable - failed - stuck - long - processes.length,
      empty: 0,
      gone: vanished,
      denied: unreadable,
      failed,
      stuck: stuck + long - longOfUsers,
      long: longOfUsers,
      cut,
      ofSystem: unseenOfSystem,
      longOf: ofUsers?.whose ?? [],
      sawInit: !report.limits.some(({ code }) => code === 'processes-hidden'),
    },
    config: configTables(config),
    answers: answersIn(log, world, report, new Set(processes)),
  }
}

/**
 * Returns the answers for a recording, without those about processes and users that it does not
 * have, and without advisories of packages that did not change.
 */
function answersIn(
  log: CallLog,
  { machine }: World,
  report: Report,
  processes: ReadonlySet<number>,
): readonly Call[] {
  // The stages ask these only where something is stale.
  log.note('machine.isBooted', '', machine.isBooted())
  log.note('machine.canSoftReboot', '', machine.canSoftReboot())
  const calls = log.calls()
  const uids = uidsIn(report, calls)
  const users = usersOfUnits(calls)
  return calls.flatMap(([question, key, answer]): readonly Call[] => {
    if (question.startsWith('files.') && !processes.has(Number.parseInt(key, 10))) return []
    if (question === 'machine.userNames')
      return [
        [
          question,
          key,
          [...machine.userNames()].filter(([uid, name]) => uids.has(uid) || users.has(name)),
        ],
      ]
    if (question === 'world.advisories') return [[question, key, advisoriesIn(answer, report)]]
    return [[question, key, answer]]
  })
}

/** Returns the users of findings, and the users of terminals in control groups. */
function uidsIn({ findings }: Report, calls: readonly Call[]): ReadonlySet<number> {
  const terminals = calls.flatMap(([question, , answer]) => {
    const inside = question === 'controlGroups.inhabitants' ? INHABITANTS(answer) : WRONG
    return inside === WRONG ? [] : inside.terminals
  })
  return new Set([
    ...findings.flatMap(({ user }) => user?.uid ?? []),
    ...terminals.map(({ uid }) => uid),
  ])
}

/** Returns the login names that units are started as (`User=`, systemd.exec(5)). */
function usersOfUnits(calls: readonly Call[]): ReadonlySet<string> {
  const users = calls.flatMap(([question, , answer]) => {
    const told = question === 'systemctl.show' ? anyTable(answer) : WRONG
    const facts = told === WRONG ? WRONG : UNIT_FACTS(told['facts'])
    return facts === WRONG ? [] : facts.User
  })
  return new Set(users.filter((name) => name !== ''))
}

/** Returns the advisories of the packages that changed; `null` where the list could not be read. */
function advisoriesIn(answer: unknown, { findings }: Report): readonly TrackedGroup[] | null {
  const groups = listOf(TRACKED_GROUP)(answer)
  if (groups === WRONG) return null
  const changed = new Set(findings.flatMap(changesOf).map(({ name }) => name))
  return groups.filter(({ packages }) => packages.some((name) => changed.has(name)))
}

/**
 * Returns an answer in the form of a recording: the entries of a map, the text of a control group.
 */
function asRecorded(name: string, value: unknown): unknown {
  if (value instanceof Map) return [...value]
  const isGroup = name === 'cgroup' && typeof value === 'object' && value !== null
  return isGroup && 'text' in value ? value.text : value
}

/** Returns the text of a `stat` file. The fields of proc_pid_stat(5) that no scan uses are zero. */
function statText({ pid, comm, startTicks }: ProcessFacts): string {
  const fields = Array.from({ length: 18 }, () => 0)
  return startTicks === null ? '' : `${pid} (${comm}) S ${fields.join(' ')} ${startTicks}\n`
}

/** Writes the facts about PID 1, with which other processes are compared. */
function writeInit(directory: string, { proc }: World): void {
  writeSurroundings(directory, 1, {
    ...proc.treeOf('1'),
    pidNamespace: proc.link('1/ns/pid'),
    utsNamespace: proc.link('1/ns/uts'),
  })
}

function writeSurroundings(directory: string, pid: number, surroundings: Surroundings): void {
  const { mountNamespace, pidNamespace, utsNamespace, rootDirectory } = surroundings
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

/** The first user id of a person. Lower ids are those of the system (UID_MIN of login.defs(5)). */
const FIRST_PERSON = 1000

/**
 * Returns a function that replaces login names of people by `user1000`, wherever they are a word.
 */
function renamer({ machine }: World, { host }: Report): (text: string) => string {
  const words = new Map<string, string>()
  for (const [uid, name] of machine.userNames())
    if (uid >= FIRST_PERSON) words.set(name, `user${uid}`)
  if (host.hostname !== null) words.set(host.hostname, 'host')
  return (text) => text.replaceAll(/[A-Za-z0-9_][A-Za-z0-9_-]*/g, (word) => words.get(word) ?? word)
}

/** The notes of a recorder. */
export type Taken = {
  readonly log: CallLog
  /** The lines of maps with the mark, by process id. */
  readonly maps: ReadonlyMap<number, readonly string[]>
  readonly facts: ReadonlyMap<number, ProcessFacts>
  /**
   * The number of processes that could not be read, gave no answer in time, had more mappings than
   * there was time for, or were read only in part.
   */
  readonly failed: number
  readonly stuck: number
  readonly long: number
  readonly cut: number
}
