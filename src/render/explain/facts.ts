import type { RuleAnswer } from '../../core/advice/decision.ts'
import type { Explained } from '../../core/explain/explained.ts'
import type { AboutOwner } from '../../core/explain/explanation.ts'
import { joined, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { StaleProcess } from '../../core/advice/stale-process.ts'
import type { Owner } from '../../core/owner/kinds.ts'
import type { PackageChange } from '../../core/pacman/package-change.ts'
import type { FileState } from '../../core/proc/process.ts'
import type { Finding } from '../../core/report/report.ts'
import { cautionText } from '../words/cautions.ts'
import {
  conditionLabel,
  consoleLabel,
  displayLabel,
  findingLabel,
  guestLabel,
  lockLabel,
  mountLabel,
  nameLabel,
  pathLabel,
  terminalLabel,
} from '../words/labels.ts'
import { changeWithFixes } from '../words/packages.ts'
import { OWNER_RULE_WORDS, UNIT_RULE_WORDS } from '../words/rules.ts'
import { markingText } from '../words/steps.ts'
import { commandLine, counted } from '../words/words.ts'

/** Returns every fact behind the verdicts on an owner, and the rules that decided, in order. */
export function ownerFacts(about: AboutOwner): readonly Printable[] {
  const { found, temporary } = about
  return [
    ...(found.length === 0 ? freshLines(about) : found.flatMap(caseLines)),
    ...temporary.map(
      ({ pid, path, reason }) =>
        say`  PID ${pid} maps ${pathLabel(path)}: temporary code, ${reason}`,
    ),
  ]
}

function freshLines({ name: subject, members, owner }: AboutOwner): readonly Printable[] {
  const processes = counted(members.length, 'process', 'processes')
  const pids = joined(
    members.map((pid) => say`${pid}`),
    ', ',
  )
  return [
    say`${subject}: nothing to do`,
    say`  ${processes}, none uses old code: PID ${pids}`,
    ...(owner === null ? [] : [say`  Belongs to: ${owner.kind}${ownerName(owner)}`]),
  ]
}

/** Returns the name of an owner, in the form of a stranger's where no unit has it. */
function ownerName({ kind, name, unit }: Owner): Printable {
  if (name === null) return say``
  return name === unit || kind === 'session' ? say` ${name}` : say` ${nameLabel(name)}`
}

function caseLines({
  case: subject,
  finding,
  why,
  groups,
  paths,
  facts,
}: Explained): readonly Printable[] {
  const { owner } = subject
  return [
    say`${findingLabel(finding)}: ${finding.action}`,
    say`  Belongs to: ${owner.kind}${owner.unit === null ? '' : say` ${owner.unit}`}`,
    ...subject.processes.flatMap((process, at) =>
      processLines(process, finding, { groups, paths }, at),
    ),
    ...factLines(facts, owner),
    ...subject.guests.map((guest) => say`  Inside of it: ${guestLabel(guest)}`),
    ...subject.terminals.map(
      (terminal) => say`  Inside of it: somebody at ${terminalLabel(terminal)}`,
    ),
    ...holdingLines(subject),
    ...subject.dependents.map(({ unit }) => say`  Restarts with it: ${unit}`),
    ...subject.stopsToo.map((unit) => say`  Stops with it: ${unit}`),
    ...subject.startsToo.map((unit) => say`  Starts with it: ${unit}`),
    ...subject.unmet.map((one) => say`  Keeps it from starting: ${conditionLabel(one)}`),
    ...subject.missing.map((file) => say`  Missing: ${pathLabel(file)}`),
    ...ruleLines(why),
    ...(subject.lifeline === undefined ? [] : [say`  Important: ${subject.lifeline.reason}`]),
    ...finding.cautions.map(
      (one) => say`  ${one.blocking ? 'Because' : 'Note'}: ${cautionText(one)}`,
    ),
    ...(finding.marking === null ? [] : [say`  Note: it ${markingText(finding.marking)}`]),
    ...(finding.command === null ? [] : [say`  Command: ${commandLine(finding.command)}`]),
    say`  After that: ${finding.clears ? 'none of these processes uses' : 'some of these processes still use'} old code`,
  ]
}

/** Returns what the processes of its group hold for others, old or not. */
function holdingLines({ holding, consoles, locks }: Explained['case']): readonly Printable[] {
  const { holders, unread, denied } = holding
  return [
    ...holders.flatMap(({ pid, mounts, terminals, guests, ...holder }) => [
      ...mounts.map((path) => say`  PID ${pid} serves a file system: ${mountLabel(path)}`),
      ...terminals.map(
        (terminal) => say`  PID ${pid} has the other end of: ${terminalLabel(terminal)}`,
      ),
      ...guests.map((guest) => say`  PID ${pid} runs: ${guestLabel(guest)}`),
      ...(holder.interfaces ?? []).map(
        (name) => say`  PID ${pid} made the interface: ${nameLabel(name)}`,
      ),
      ...(holder.displays ?? []).map(
        (name) => say`  PID ${pid} serves the display: ${displayLabel(name)}`,
      ),
      ...(holder.logins ?? []).map(
        (login) => say`  PID ${pid} carries the login: ${terminalLabel(login)}`,
      ),
    ]),
    ...consoles.map((use) => say`  Hangs up with it: ${consoleLabel(use)}`),
    ...locks.map(
      (lock) =>
        say`  Asked not to be interrupted: ${lock === null ? 'purpose not known' : lockLabel(lock)}`,
    ),
    ...unread.map((pid) => say`  PID ${pid} has more open files than are looked at`),
    ...denied.map(
      (pid) => say`  PID ${pid} has open files, sockets or children that could not be read`,
    ),
  ]
}

function processLines(
  process: StaleProcess,
  finding: Finding,
  { groups, paths: all }: Pick<Explained, 'groups' | 'paths'>,
  at: number,
): readonly Printable[] {
  const [group = null, paths = []] = [groups[at], all[at]]
  const { pid, comm, ownPackage, files } = process
  const { startedAt, main } = finding.processes[at] ?? {}
  const since = startedAt ? say`, since ${startedAt}` : ''
  const change = ownPackage && (finding.ownPackage?.change ?? ownPackage.change)
  return [
    say`  PID ${pid} ${nameLabel(comm)}${since}${main ? ', the main process' : ''}`,
    ...(group === null ? [] : [say`    control group ${pathLabel(group)}`]),
    ...(change === undefined ? [] : [say`    its own package: ${changedText(change)}`]),
    ...files.map(({ kind, state }, index) => {
      const path = paths[index] ?? say``
      const origin = packageText(path, finding)
      return say`    maps ${pathLabel(path)}: ${kind}, ${stateText(state)}${origin}`
    }),
  ]
}

function packageText(path: Printable, { files }: Finding): Printable {
  const file = files.find((one) => one.path === path)
  if (file?.isUnowned) return say`; no package has it`
  return file?.package ? say`; ${changedText(file.package)}` : say``
}

function changedText(change: PackageChange): Printable {
  return say`${changeWithFixes(change, Infinity)} at ${change.at}`
}

function stateText(state: FileState): Printable {
  return state === 'unknown'
    ? say`deleted (whether a new file is there was not looked at)`
    : say`${state} since`
}

function factLines(facts: Explained['facts'], { kind }: Owner): readonly Printable[] {
  if (facts === null) return kind === 'service' ? [say`  systemd was not asked about the unit`] : []
  return [say`  systemd says:`, ...facts.map(({ name, value }) => say`    ${name}=${value}`)]
}

function ruleLines(why: Explained['why']): readonly Printable[] {
  if (typeof why === 'string') return [say`  Rule: ${OWNER_RULE_WORDS[why]}`]
  const isDecided = why.some(({ answer }) => answer === 'decides')
  return [
    say`  Rules, in order; the first that speaks against a restart decides:`,
    ...why.flatMap(answerLines),
    ...(isDecided ? [] : [say`    None of them is a reason against a restart`]),
  ]
}

function answerLines({ code, source, answer }: RuleAnswer): readonly Printable[] {
  return [
    say`    ${UNIT_RULE_WORDS[code]} ${answer === 'no' ? 'No' : say`Yes (${source})`}`,
    ...(answer === 'allows' ? [say`      which alone is no reason against a restart`] : []),
  ]
}
