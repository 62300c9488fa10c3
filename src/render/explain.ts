import type { Case } from '../core/advice/case.ts'
import type { RuleAnswer } from '../core/advice/decision.ts'
import type { Explained, Explanation, UnknownSubject } from '../core/report/explanation.ts'
import { printable, printableText } from '../core/printable.ts'
import { UNIT_PROPERTIES } from '../core/systemd/unit-facts.ts'
import type { StaleProcess } from '../core/advice/stale-process.ts'
import type { PackageChange } from '../core/pacman/package-change.ts'
import type { Finding } from '../core/report/report.ts'
import { cautionText } from './words/cautions.ts'
import { findingLabel, guestLabel, terminalLabel } from './words/labels.ts'
import { limitText } from './words/limits.ts'
import { changeWithFixes } from './words/packages.ts'
import { OWNER_RULE_WORDS, UNIT_RULE_WORDS } from './words/rules.ts'
import { commandLine, counted } from './words/words.ts'

/**
 * Returns the text of explanations: every fact behind the verdicts, and the rules that decided, in
 * the order of their use.
 */
export function renderExplanations(explanations: readonly Explanation[]): string {
  return explanations.map((one) => `${linesOf(one).join('\n')}\n`).join('\n')
}

/** Returns the message of an error about a subject that does not exist. */
export function unknownSubjectText({ subject, isPid, nearest }: UnknownSubject): string {
  const what = isPid ? 'process' : 'unit with processes'
  const hint = nearest.length === 0 ? '' : `; the nearest are ${nearest.join(', ')}`
  return `Cannot explain "${subject}": there is no such ${what}${hint}`
}

function linesOf(explanation: Explanation): readonly string[] {
  const { found, temporary, limits, isRoot } = explanation
  return [
    ...(found.length === 0 ? freshLines(explanation) : found.flatMap(caseLines)),
    ...temporary.map(
      ({ pid, path, reason }) => `  PID ${pid} maps ${path}: temporary code, ${reason}`,
    ),
    ...limits.map((limit) => `  Note: ${limitText(limit, isRoot)}`),
  ]
}

function freshLines({ subject, members, owner }: Explanation): readonly string[] {
  const processes = counted(members.length, 'process', 'processes')
  return [
    `${printableText(subject)}: nothing to do`,
    `  ${processes}, none with a replaced file: PID ${members.join(', ')}`,
    ...(owner === null ? [] : [`  Belongs to: ${owner.kind} ${owner.name ?? ''}`.trimEnd()]),
  ]
}

function caseLines({ case: subject, finding, why }: Explained): readonly string[] {
  const { owner } = subject
  return [
    `${findingLabel(finding)}: ${finding.action}`,
    `  Belongs to: ${owner.kind}${owner.unit === null ? '' : ` ${owner.unit}`}`,
    ...subject.processes.flatMap((process, at) => processLines(process, finding, at)),
    ...factLines(subject),
    ...subject.guests.map((guest) => `  Inside of it: ${guestLabel(guest)}`),
    ...subject.terminals.map(
      (terminal) => `  Inside of it: somebody at ${terminalLabel(terminal)}`,
    ),
    ...subject.dependents.map(({ unit }) => `  Restarts with it: ${unit}`),
    ...subject.stopsToo.map((unit) => `  Stops with it: ${unit}`),
    ...subject.startsToo.map((unit) => `  Starts with it: ${unit}`),
    ...subject.missing.map((file) => `  Missing: ${file}`),
    ...ruleLines(why),
    ...(subject.lifeline === undefined ? [] : [`  Lifeline: ${subject.lifeline.reason}`]),
    ...finding.cautions.map((one) => `  ${one.blocking ? 'Because' : 'Note'}: ${cautionText(one)}`),
    ...(finding.command === null ? [] : [`  Command: ${commandLine(finding.command)}`]),
    `  Clears: ${finding.clears ? 'all of these processes' : 'not all of these processes'}`,
  ]
}

function processLines(process: StaleProcess, finding: Finding, at: number): readonly string[] {
  const { pid, comm, cgroup, ownPackage, files } = process
  const { startedAt, main } = finding.processes[at] ?? {}
  const since = startedAt ? `, since ${startedAt}` : ''
  const group = cgroup.path
  const change = ownPackage && (finding.ownPackage?.change ?? ownPackage.change)
  return [
    `  PID ${pid} ${comm}${since}${main ? ', the main process' : ''}`,
    ...(group === null ? [] : [`    control group ${printable(group)}`]),
    ...(change === undefined ? [] : [`    its own package: ${changedText(change)}`]),
    ...files.map(
      ({ path, kind, state }) =>
        `    maps ${path}: ${kind}, ${stateText(state)}${packageText(path, finding)}`,
    ),
  ]
}

function packageText(path: string, { files }: Finding): string {
  const file = files.find((one) => one.path === path)
  if (file?.isUnowned) return '; no package has it'
  return file?.package ? `; ${changedText(file.package)}` : ''
}

function changedText(change: PackageChange): string {
  return `${changeWithFixes(change, Infinity)} at ${change.at}`
}

function stateText(state: string): string {
  return state === 'unknown' ? 'deleted (what lies there now was not looked at)' : `${state} since`
}

function factLines({ facts, owner }: Case): readonly string[] {
  if (facts === null)
    return owner.kind === 'service' ? ['  systemd was not asked about the unit'] : []
  const known = UNIT_PROPERTIES.filter((property) => facts[property] !== '')
  return [
    '  systemd says:',
    ...known.map((name) => `    ${name}=${printable(facts[name].replaceAll('\n', ' '))}`),
  ]
}

function ruleLines(why: Explained['why']): readonly string[] {
  if (typeof why === 'string') return [`  Rule: ${OWNER_RULE_WORDS[why]}`]
  const isDecided = why.some(({ answer }) => answer === 'decides')
  return [
    '  Rules, in order; the first that applies decides:',
    ...why.flatMap(answerLines),
    ...(isDecided ? [] : ['    None of them is a reason against a restart']),
  ]
}

function answerLines({ code, source, answer }: RuleAnswer): readonly string[] {
  return [
    `    ${UNIT_RULE_WORDS[code]} ${answer === 'no' ? 'No' : `Yes (${source})`}`,
    ...(answer === 'allows' ? ['      which alone is no reason against a restart'] : []),
  ]
}
