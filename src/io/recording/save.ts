import { readdirSync } from 'node:fs'
import { configTables } from '../../core/config/tables.ts'
import type { IgnoreRules } from '../../core/config/config.ts'
import { insideText } from '../../core/owner/inside.ts'
import type { Inside } from '../../core/owner/inside.ts'
import type { Surroundings } from '../../core/owner/owner.ts'
import { printableText } from '../../core/printable.ts'
import type { ProcessFacts } from '../../core/proc/process.ts'
import { changesOf } from '../../core/report/fixed-advisories.ts'
import { anonymizedMaps } from '../../core/recording/anonymize.ts'
import type { Anonymizer } from '../../core/recording/anonymizer.ts'
import type { TrackedGroup } from '../../core/pacman/advisories.ts'
import {
  CONSOLE_LOGIN,
  INHABITANTS,
  TRACKED_GROUP,
  UNIT_FACTS,
  WORKER,
} from '../../core/recording/answers.ts'
import { HOLDING } from '../../core/recording/holding-answers.ts'
import { anyTable, listOf, WRONG } from '../../core/recording/schema.ts'
import type { Report } from '../../core/report/report.ts'
import { StaleLibsError } from '../error.ts'
import { reasonOf, refusal, trustedDirectory } from '../files/trust.ts'
import type { World } from '../world.ts'
import type { Call, CallLog } from './call-log.ts'
import { asRecorded, FORM } from './form.ts'
import { closeDirectory, linkBelow, writeBelow } from './files.ts'
import type { About, RecordingDocument, Taken } from './form.ts'
import { anonymizerOf, UNCHANGED, withoutNames } from './names.ts'

/**
 * Writes a recording to a directory that is new, or empty and changeable by no other user. Returns
 * the number of processes in it.
 *
 * @throws {StaleLibsError} when it cannot be written
 */
export function save(given: string, world: World, taken: Taken, about: About): number {
  const processes = [...taken.facts.values()].filter(({ pid }) => pid !== world.self?.pid)
  const pids = processes.map(({ pid }) => pid)
  const whole = documentOf(world, taken, about, pids)
  const anonymizer = about.anonymize ? anonymizerOf(whole, world, taken, about.report) : null
  const { bytePath, name, text, system, comm } = anonymizer ?? UNCHANGED
  const mapsOf = (line: string) => (anonymizer ? anonymizedMaps(line, anonymizer) : line)
  try {
    // A user who could change the directory meanwhile could lead the files of root elsewhere.
    const directory = trustedDirectory(given, new Set([0, about.uid]))
    if (readdirSync(directory).length > 0) throw refusal('it is not empty')
    closeDirectory(directory)
    const write = (file: string, content: string) => writeBelow(directory, file, content)
    const document = anonymizer ? withoutNames(whole, anonymizer, world, taken, about) : whole
    write('recording.json', `${JSON.stringify(document, asRecorded, 1)}\n`)
    for (const [file, content] of hostFiles(about, system)) write(file, content)
    write('proc/1/cgroup', name(world.proc.read('1/cgroup') ?? ''))
    writeInit(directory, world, text)
    for (const facts of processes) {
      const { pid, exe } = facts
      write(`proc/${pid}/maps`, [...(taken.maps.get(pid) ?? []).map(mapsOf), ''].join('\n'))
      write(`proc/${pid}/stat`, statText({ ...facts, comm: comm(facts.comm, exe) }))
      if (facts.impliesExecution) write(`proc/${pid}/personality`, READS_EXECUTE)
      if (facts.uid !== null) write(`proc/${pid}/uid`, String(facts.uid))
      if (exe !== null) linkBelow(directory, `proc/${pid}/exe`, bytePath(exe))
      if (pid === 1) continue // written above
      write(`proc/${pid}/cgroup`, name(facts.cgroup.text))
      writeSurroundings(directory, pid, facts, text)
      const inside = insideText(named(world.owners.insideOf(facts) ?? {}, comm))
      if (inside !== null) write(`proc/${pid}/inside`, inside)
    }
  } catch (error) {
    const reason = reasonOf(error)
    if (reason === '') throw error
    throw new StaleLibsError(`Cannot record to "${given}": ${reason}`, { cause: error })
  }
  return processes.length
}

/** Returns the files of a tree that tell of the host, with their texts. */
function hostFiles(
  { anonymize, report }: About,
  system: Anonymizer['system'],
): readonly (readonly [file: string, content: string])[] {
  const { hostname, kernelRelease, bootSeconds } = report.host
  return [
    ['proc/stat', bootSeconds === null ? '' : `btime ${bootSeconds}\n`],
    ['proc/sys/kernel/hostname', `${anonymize ? 'host' : (hostname ?? '')}\n`],
    ['proc/sys/kernel/osrelease', `${system(kernelRelease ?? '')}\n`],
  ]
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
    self: world.self && {
      owner: world.self.owner,
      ancestors: world.self.ancestors,
      terminal: world.self.terminal,
    },
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
    answers: answersIn(log, world, report, config.ignore, new Set(processes)),
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
  rules: IgnoreRules,
  processes: ReadonlySet<number>,
): readonly Call[] {
  // The stages ask these only where something is stale.
  log.note('machine.isBooted', '', machine.isBooted())
  log.note('machine.canSoftReboot', '', machine.canSoftReboot())
  const calls = log.calls()
  const uids = uidsIn(report, calls)
  const users = usersOfUnits(calls)
  // A rule for a user hides the findings that would name the user.
  for (const [uid, name] of machine.userNames())
    if (rules.user.some(({ glob }) => glob.matches(name))) uids.add(uid)
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

/** Returns the users of findings, and those of terminals and work that restarts would end. */
function uidsIn({ findings }: Report, calls: readonly Call[]): Set<number> {
  const ended = calls.flatMap(([question, , answer]) => {
    const inside = question === 'controlGroups.inhabitants' ? INHABITANTS(answer) : WRONG
    const held = question === 'holdings.of' ? HOLDING(answer) : WRONG
    const workers = question === 'members.workers' ? listOf(WORKER)(answer) : WRONG
    const logins = question === 'logind.consoleLogins' ? listOf(CONSOLE_LOGIN)(answer) : WRONG
    return [
      ...(inside === WRONG ? [] : inside.terminals),
      ...(held === WRONG ? [] : held.holders.flatMap((holder) => holder.terminals)),
      ...(workers === WRONG ? [] : workers),
      ...(logins === WRONG ? [] : logins),
    ]
  })
  return new Set([
    ...findings.flatMap(({ user }) => user?.uid ?? []),
    ...ended.map(({ uid }) => uid),
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
  return groups.filter(({ packages }) => packages.some((name) => changed.has(printableText(name))))
}

/** Returns the same with the recorded name of the leader. */
function named(inside: Inside, commOf: Anonymizer['comm']): Inside {
  const { leader } = inside
  return leader ? { leader: { ...leader, comm: commOf(leader.comm, null) } } : inside
}

/** The text of a `personality` file: READ_IMPLIES_EXEC of personality(2). */
const READS_EXECUTE = '00400000\n'

/** Returns the text of a `stat` file. The fields of proc_pid_stat(5) that no scan uses are zero. */
function statText({ pid, comm, startTicks }: ProcessFacts): string {
  const fields = Array.from({ length: 18 }, () => 0)
  return startTicks === null ? '' : `${pid} (${comm}) S ${fields.join(' ')} ${startTicks}\n`
}

/** Writes the facts about PID 1, with which other processes are compared. */
function writeInit(directory: string, { proc }: World, text: Anonymizer['text']): void {
  const init = {
    ...proc.treeOf('1'),
    pidNamespace: proc.link('1/ns/pid'),
    utsNamespace: proc.link('1/ns/uts'),
  }
  writeSurroundings(directory, 1, init, text)
}

function writeSurroundings(
  directory: string,
  pid: number,
  surroundings: Surroundings,
  text: Anonymizer['text'],
): void {
  const { mountNamespace, pidNamespace, utsNamespace, rootDirectory } = surroundings
  if (utsNamespace !== null) linkBelow(directory, `proc/${pid}/ns/uts`, utsNamespace)
  if (mountNamespace !== null) linkBelow(directory, `proc/${pid}/ns/mnt`, mountNamespace)
  if (pidNamespace !== null) linkBelow(directory, `proc/${pid}/ns/pid`, pidNamespace)
  if (rootDirectory !== null) writeBelow(directory, `proc/${pid}/root`, text(rootDirectory))
}
