import type {
  Finding,
  Limit,
  LimitCode,
  Reboot,
  Report,
  ScanOptions,
  Summary,
} from '../core/types.ts'
import type { Style } from './style.ts'
import {
  afterEffectText,
  cautionText,
  commandLine,
  count,
  findingLabel,
  limitText,
  quoted,
  rebootText,
  stepWords,
} from './words.ts'

/** Of 100 columns, two are the hook's indent. */
const WIDTH = 98
const MAX_LABEL = 40
const MAX_NAMES = 4
const MAX_NAME = 60
const MAX_FINDINGS_OF_A_HOOK = 25
const MAX_COMMAND_LINES_OF_A_HOOK = 6
const MAX_EFFECTS_OF_A_HOOK = 10

/** Returns the report for people: the answer, the commands, then what was not seen. */
export function renderText(
  report: Report,
  options: Pick<ScanOptions, 'hook' | 'all'>,
  style: Style,
): string {
  if (options.hook && !hasSomethingToSay(report)) return ''
  const indent = options.hook ? '  ' : ''
  const isShort = report.summary.simpler !== null && !options.all
  const lines = [
    ...(isShort
      ? shortLines(report, options.hook, style)
      : wholeLines(report, options.hook, style)),
    ...rebootLines(report.reboot, style),
    ...afterEffectLines(report, options.hook, style),
    ...(options.hook ? [] : hiddenLines(report, options.all)),
    ...report.limits
      .filter(({ code }) => !options.hook || !NOISE_IN_A_HOOK.has(code))
      .map((limit) => `Note: ${limitText(limit, report.isRoot)}`),
  ]
  return lines.map((line) => `${indent}${line}\n`).join('')
}

/**
 * No verdict depends on what lies in a tree that was not entered: after each upgrade of a browser it
 * would be noise, and so would it be that the owner's own kernel is in no package.
 */
const NOISE_IN_A_HOOK: ReadonlySet<LimitCode> = new Set(['tree-not-entered', 'kernel-unknown'])

function hasSomethingToSay({ findings, reboot, afterEffects }: Report): boolean {
  return findings.length + reboot.reasons.length + afterEffects.length > 0
}

/** A finding says by itself that only a reboot clears it. */
function rebootLines({ needed, reasons }: Reboot, style: Style): readonly string[] {
  const own = reasons.filter(({ code }) => code !== 'finding')
  if (own.length === 0) return []
  return [
    style.strong(needed === 'full' ? 'A reboot is needed:' : 'A soft reboot is needed:'),
    ...own.flatMap((reason) => indented(rebootText(reason))),
  ]
}

function afterEffectLines(
  { afterEffects }: Report,
  isHook: boolean,
  style: Style,
): readonly string[] {
  if (afterEffects.length === 0) return []
  const shown = isHook ? afterEffects.slice(0, MAX_EFFECTS_OF_A_HOOK) : afterEffects
  const more = afterEffects.length - shown.length
  return [
    style.strong('Look at these services:'),
    ...shown.flatMap((effect) => indented(`${effect.unit} ${afterEffectText(effect)}`)),
    ...(more > 0 ? [`(${more} more: stale-libs)`] : []),
  ]
}

function indented(text: string): readonly string[] {
  return wrapped(text, WIDTH - 4).map((line, at) => `${at === 0 ? '  ' : '    '}${line}`)
}

function wholeLines(report: Report, isHook: boolean, style: Style): readonly string[] {
  if (report.findings.length === 0) return isHook ? [] : [nothingStale(report)]
  return [
    style.strong('Still running code that was replaced:'),
    ...listed(report.findings, isHook),
    ...commandLines(report, isHook, style),
    ...summaryLines(report.summary),
  ]
}

/** After an upgrade of glibc a list of everything helps nobody: what lets people back in does. */
function shortLines(
  { findings, processes, summary, commands }: Report,
  isHook: boolean,
  style: Style,
): readonly string[] {
  const stale = new Set(findings.flatMap((finding) => finding.processes.map(({ pid }) => pid))).size
  const lifelines = findings.filter(isLifeline)
  const rest = findings.length - lifelines.length
  const title = `Nearly everything still runs code that was replaced (${stale} of ${count(processes, 'process', 'processes')}).`
  const isRestart = commands.some((command) => command[1] === 'restart')
  return [
    style.strong(title),
    ...section(
      'A reboot is simpler than restarting it all:',
      [['systemctl', summary.simpler ?? '']],
      style,
    ),
    ...(isRestart ? [style.strong('Until then:'), RESTART_BY_NAMES] : []),
    ...listed(lifelines, isHook),
    `(${count(rest, 'more finding', 'more findings')}: stale-libs --all)`,
  ]
}

/** What lets people back into the machine stands first, and says so. A unit's name is never cut. */
function listed(findings: readonly Finding[], isHook: boolean): readonly string[] {
  const sorted = [...findings.filter(isLifeline), ...findings.filter((one) => !isLifeline(one))]
  const shown = isHook ? sorted.slice(0, MAX_FINDINGS_OF_A_HOOK) : sorted
  const labels = shown.map(findingLabel)
  const longest = labels.reduce((most, label) => Math.max(most, label.length), 0)
  const width = Math.min(MAX_LABEL, longest)
  const more = sorted.length - shown.length
  return [
    ...shown.flatMap((finding, at) => lineOf(labels[at] ?? '', width, finding, isHook)),
    ...(more > 0 ? [`(${count(more, 'more finding', 'more findings')}: stale-libs)`] : []),
  ]
}

function isLifeline({ lifeline }: Finding): boolean {
  return lifeline !== null
}

/** Said where one kind of step is not enough, so that nobody wonders what is left. */
function summaryLines({ steps }: Summary): readonly string[] {
  if (steps.length < 2 && !steps.some(({ action }) => action.endsWith('reboot'))) return []
  const words = steps.map(({ action, findings }) => stepWords(action, findings))
  return wrapped(`To clear all of it: ${words.join(', ')}.`, WIDTH)
}

function nothingStale({ limits, processes, unreadable }: Report): string {
  if (!limits.some(isOfProcesses)) return 'Nothing that runs uses replaced files.'
  const seen = count(processes - unreadable, 'process', 'processes')
  return `Nothing that uses replaced files was found in the ${seen} that could be read.`
}

/** Whether a limit says that a process with replaced files may have been missed. */
function isOfProcesses({ code }: Limit): boolean {
  return code !== 'kernel-unknown' && code !== 'after-effects-unknown'
}

function lineOf(
  label: string,
  width: number,
  finding: Finding,
  isHook: boolean,
): readonly string[] {
  const indent = ' '.repeat(width + 4)
  const what = `${subjectsOf(finding, isHook)}${lifelineOf(finding)}${adviceOf(finding)}`
  const lines = wrapped(what, WIDTH - indent.length)
  if (label.length > width) return [`  ${label}`, ...lines.map((line) => `${indent}${line}`)]
  return lines.map((line, at) => `${at === 0 ? `  ${label.padEnd(width)}  ` : indent}${line}`)
}

/** Services are told by the files, what a person started by the names of its programs. */
function subjectsOf({ kind, rule, files, processes }: Finding, isHook: boolean): string {
  const isLeftOver = rule === 'left-over'
  const isService = ['service', 'user-service', 'manager', 'user-manager', 'process'].includes(kind)
  const names =
    isService && !isLeftOver
      ? files.map(({ path }) => fileName(path, isHook))
      : processes.map(({ comm }) => quotedName(comm))
  const distinct = [...new Set(names)]
  const more = distinct.length - MAX_NAMES
  const some = [...distinct.slice(0, MAX_NAMES), ...(more > 0 ? [`${more} more`] : [])]
  return `${some.join(', ')}${isLeftOver ? sinceOf(processes) : ''}`
}

function sinceOf(processes: Finding['processes']): string {
  const oldest = processes.flatMap(({ startedAt }) => startedAt ?? []).toSorted()[0]
  return oldest === undefined ? '' : ` since ${oldest.slice(0, 16).replace('T', ' ')} UTC`
}

/** Where packages put files. */
const INSTALLED = /^\/(?:usr|opt|bin|sbin|lib|lib32|lib64)\//

/** A hook's text goes to pacman.log, which everybody can read: what people call their files stays theirs. */
function fileName(path: string, isHook: boolean): string {
  if (isHook && !INSTALLED.test(path)) return 'a file of its own'
  return quotedName(path.slice(path.lastIndexOf('/') + 1))
}

/** A name with blanks could read like a line of our own. */
function quotedName(name: string): string {
  return shortened(/^\S+$/.test(name) ? name : `"${name}"`, MAX_NAME)
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 3)}...`
}

function lifelineOf({ lifeline }: Finding): string {
  return lifeline === null ? '' : ` (lifeline: ${lifeline})`
}

function adviceOf(finding: Finding): string {
  const cautions = finding.cautions.filter(({ code }) => code !== 'unit-not-asked').map(cautionText)
  const step = stepOf(finding)
  const words = [...(step === null ? [] : [step]), ...cautions]
  return words.length === 0 ? '' : `: ${words.join('; ')}`
}

function stepOf({ action, command }: Finding): string | null {
  switch (action) {
    case 'restart':
    case 'reexec':
    case 'user-restart':
    case 'user-reexec':
    case 'manual':
      return null
    case 'relogin':
      return 'log out and in again'
    case 'close':
      return 'close and open again'
    case 'container':
      return 'update the container with its own tools'
    case 'soft-reboot':
      return `${commandLine(command ?? [])}, or reboot`
    case 'reboot':
      return 'reboot'
    case 'wait':
      return 'wait'
    case 'none':
      return 'nothing to be done'
    default:
      return action satisfies never
  }
}

function commandLines(
  { commands, findings }: Report,
  isHook: boolean,
  style: Style,
): readonly string[] {
  const [reexec, restart] = ['daemon-reexec', 'restart'].map((verb) =>
    commands.find((command) => command[1] === verb),
  )
  return [
    ...section('Re-execute systemd:', reexec ? [reexec] : [], style),
    ...restartLines(restart, isHook, style),
    ...section('For the users:', userCommands(findings), style),
  ]
}

/** Unit names hold nothing that a shell reads in what a command puts out (systemd.unit(5)). */
const RESTART_BY_NAMES = '  systemctl restart -- $(stale-libs --format names)'

function restartLines(
  restart: readonly string[] | undefined,
  isHook: boolean,
  style: Style,
): readonly string[] {
  const lines = section('Restart the services:', restart ? [restart] : [], style)
  const isLong = isHook && lines.length > MAX_COMMAND_LINES_OF_A_HOOK
  return isLong ? [...lines.slice(0, 1), RESTART_BY_NAMES] : lines
}

function section(
  title: string,
  commands: readonly (readonly string[])[],
  style: Style,
): readonly string[] {
  if (commands.length === 0) return []
  return [style.strong(title), ...commands.flatMap((command) => continued(command))]
}

/** All restarts of one user stand in one call, like those of the system. */
function userCommands(findings: readonly Finding[]): readonly (readonly string[])[] {
  const merged = new Map<string, readonly string[]>()
  for (const { action, command, unit, cautions } of findings) {
    if (command === null || cautions.some(({ blocking }) => blocking)) continue
    if (action === 'user-reexec') merged.set(commandLine(command), command)
    if (action !== 'user-restart') continue
    const key = commandLine(command.slice(0, -1))
    merged.set(key, [...(merged.get(key) ?? command.slice(0, -1)), unit ?? ''])
  }
  return [...merged.values()]
}

/** A long command goes on over several lines in the way that a shell reads. */
function continued(command: readonly string[]): readonly string[] {
  const lines: string[] = []
  let line = ' '
  for (const word of command.map(quoted)) {
    if (line.length + word.length + 3 > WIDTH && line.trim() !== '') {
      lines.push(`${line} \\`)
      line = '   '
    }
    line += ` ${word}`
  }
  return [...lines, line]
}

function hiddenLines({ temporaryCode, ignored }: Report, isAll: boolean): readonly string[] {
  const hiddenFindings = ignored.reduce((sum, { findings }) => sum + findings, 0)
  if (isAll)
    return [
      ...temporaryCode.flatMap(({ pid, comm, path }) =>
        wrapped(`Temporary code: ${comm} (PID ${pid}) ${path}`, WIDTH),
      ),
      ...ignored.flatMap(({ rule, names }) => names.map((name) => `Ignored by ${rule}: ${name}`)),
    ]
  const processes = new Set(temporaryCode.map(({ pid }) => pid)).size
  return [
    ...(processes === 0
      ? []
      : [`${count(processes, 'process runs', 'processes run')} temporary code of its own: --all`]),
    ...(hiddenFindings === 0
      ? []
      : [`${count(hiddenFindings, 'finding is', 'findings are')} ignored by rules: --all`]),
  ]
}

/** Breaks at blanks; a word that is longer than a line is cut, as a path can be of any length. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').flatMap((long) => cut(long, width))) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ''
    }
    line += line === '' ? word : ` ${word}`
  }
  return [...lines, line]
}

function cut(word: string, width: number): readonly string[] {
  return word.match(new RegExp(`.{1,${Math.max(1, width)}}`, 'gsu')) ?? ['']
}
