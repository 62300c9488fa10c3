import type { Case } from '../core/advice/case.ts'
import type { Explanation } from '../core/report/explanation.ts'
import { printable, printableText } from '../core/printable.ts'
import { temporaryCodeRule } from '../core/proc/temporary-code.ts'
import { UNIT_PROPERTIES } from '../core/systemd/unit-facts.ts'
import type { StaleProcess } from '../core/advice/stale-process.ts'
import type { PackageChange } from '../core/pacman/package-change.ts'
import type { Finding } from '../core/report/report.ts'
import { SERVICE_RULES } from '../core/advice/unit-rules.ts'
import type { UnitRule } from '../core/advice/unit-rules.ts'
import { cautionText } from './words/cautions.ts'
import { findingLabel } from './words/labels.ts'
import { limitText } from './words/limits.ts'
import { changeWithFixes } from './words/packages.ts'
import { commandLine, count } from './words/words.ts'

/** Returns every fact behind the verdicts and the rules that made them, in the order they were used. */
export function renderExplanations(explanations: readonly Explanation[]): string {
  return explanations.map((one) => `${linesOf(one).join('\n')}\n`).join('\n')
}

function linesOf(explanation: Explanation): readonly string[] {
  const { found, temporary, limits, isRoot } = explanation
  return [
    ...(found.length === 0 ? freshLines(explanation) : found.flatMap(caseLines)),
    ...temporary.map(
      ({ pid, path }) =>
        `  PID ${pid} maps ${path}: temporary code, ${temporaryCodeRule(path)?.reason ?? ''}`,
    ),
    ...limits.map((limit) => `  Note: ${limitText(limit, isRoot)}`),
  ]
}

function freshLines({ subject, members, owner }: Explanation): readonly string[] {
  return [
    `${printableText(subject)}: nothing to do`,
    `  ${count(members.length, 'process', 'processes')}, none with a replaced file: PID ${members.join(', ')}`,
    ...(owner === null ? [] : [`  Belongs to: ${owner.kind} ${owner.name ?? ''}`.trimEnd()]),
  ]
}

function caseLines({ case: subject, finding }: Explanation['found'][number]): readonly string[] {
  return [
    `${findingLabel(finding)}: ${finding.action}`,
    `  Belongs to: ${subject.owner.kind}${subject.owner.unit === null ? '' : ` ${subject.owner.unit}`}`,
    ...subject.processes.flatMap((process, at) => processLines(process, finding, at)),
    ...factLines(subject),
    ...subject.guests.map((guest) => `  Inside of it: ${guest}`),
    ...subject.terminals.map((terminal) => `  Inside of it: somebody at ${terminal}`),
    ...subject.dependents.map(({ unit }) => `  Restarts with it: ${unit}`),
    ...subject.stopsToo.map((unit) => `  Stops with it: ${unit}`),
    ...subject.startsToo.map((unit) => `  Starts with it: ${unit}`),
    ...subject.missing.map((file) => `  Missing: ${file}`),
    ...ruleLines(subject, finding),
    ...(subject.lifeline === undefined ? [] : [`  Lifeline: ${subject.lifeline.reason}`]),
    ...finding.cautions.map((one) => `  ${one.blocking ? 'Because' : 'Note'}: ${cautionText(one)}`),
    ...(finding.command === null ? [] : [`  Command: ${commandLine(finding.command)}`]),
    `  Clears: ${finding.clears ? 'all of these processes' : 'not all of these processes'}`,
  ]
}

function processLines(process: StaleProcess, finding: Finding, at: number): readonly string[] {
  const since = finding.processes[at]?.startedAt
  const group = process.cgroup.path
  return [
    `  PID ${process.pid} ${process.comm}${since ? `, since ${since}` : ''}${finding.processes[at]?.main ? ', the main process' : ''}`,
    ...(group === null ? [] : [`    control group ${printable(group)}`]),
    ...(process.ownPackage === undefined
      ? []
      : [
          `    its own package: ${changedText(finding.ownPackage?.change ?? process.ownPackage.change)}`,
        ]),
    ...process.files.map(
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

function ruleLines(subject: Case, finding: Finding): readonly string[] {
  const rules = Object.hasOwn(KIND_RULES, finding.rule) ? [] : rulesFor(subject)
  if (rules.length === 0) return [`  Rule: ${KIND_RULES[finding.rule] ?? finding.rule}`]
  const lines: string[] = ['  Rules, in order; the first that applies decides:']
  for (const { question, source, decide } of rules) {
    const decision = decide(subject)
    lines.push(`    ${question} ${decision === null ? 'No' : `Yes (${source})`}`)
    if (decision?.action === 'restart')
      lines.push('      which alone is no reason against a restart')
    else if (decision !== null) return lines
  }
  return [...lines, '    None of them is a reason against a restart']
}

function rulesFor({ owner }: Case): readonly UnitRule[] {
  if (owner.kind === 'service') return SERVICE_RULES
  return owner.kind === 'user-service' ? SERVICE_RULES : []
}

/** Owners that have one step, whatever they are. */
const KIND_RULES: Readonly<Record<string, string>> = {
  manager: 'PID 1 re-executes itself and keeps its state (systemctl(1), daemon-reexec)',
  'manager-group': 'what else lives in the group of PID 1 does not change with it',
  'user-manager': 'a user manager re-executes itself; restarting it would end all of the user',
  lingers: 'the manager of a lingering user stays when the user logs out (loginctl(1))',
  'session-left':
    'its user has logged out, and these processes stayed (logind.conf(5), KillUserProcesses=)',
  'of-a-user':
    "root asks no user's manager: the user's own run does, and says what a restart costs",
  'pam-holder': '(sd-pam) keeps the PAM session open and ends with it',
  session: 'a login session is ended by whoever logged in',
  app: 'an application is closed and opened by whoever uses it',
  'guest-supervisor': 'what runs a container from outside ends with the container',
  container: 'a container brings its own files, and is updated with its own tools',
  'virtual-machine': 'a virtual machine is shut down and started by whoever runs it',
  'no-unit': 'no unit of systemd stands behind it',
}
