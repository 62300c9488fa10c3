import type { Finding, Report, ScanOptions } from '../core/types.ts'
import type { Style } from './style.ts'
import { cautionText, commandLine, count, findingLabel, limitText, quoted } from './words.ts'

/** Of 100 columns, two are the hook's indent. */
const WIDTH = 98
const MAX_LABEL = 40
const MAX_NAMES = 4

/** Returns the report for people: the answer, the commands, then what was not seen. */
export function renderText(
  report: Report,
  options: Pick<ScanOptions, 'hook' | 'all'>,
  style: Style,
): string {
  if (options.hook && report.findings.length === 0) return ''
  const indent = options.hook ? '  ' : ''
  const lines = [
    ...findingLines(report, style),
    ...commandLines(report, style),
    ...(options.hook ? [] : hiddenLines(report, options.all)),
    ...report.limits.map((limit) => `Note: ${limitText(limit, report.isRoot)}`),
  ]
  return lines.map((line) => `${indent}${line}\n`).join('')
}

function findingLines(report: Report, style: Style): readonly string[] {
  const { findings } = report
  if (findings.length === 0) return [nothingStale(report)]
  const labels = findings.map(findingLabel)
  const width = Math.min(MAX_LABEL, Math.max(...labels.map((label) => label.length)))
  return [
    style.strong('Still running code that was replaced:'),
    ...findings.flatMap((finding, at) => lineOf(labels[at] ?? '', width, finding)),
  ]
}

function nothingStale({ limits, processes, unreadable }: Report): string {
  if (limits.length === 0) return 'Nothing that runs uses replaced files.'
  const seen = count(processes - unreadable, 'process', 'processes')
  return `Nothing that uses replaced files was found in the ${seen} that could be read.`
}

function lineOf(label: string, width: number, finding: Finding): readonly string[] {
  const start = `  ${label.padEnd(width)}  `
  const what = `${subjectsOf(finding)}${adviceOf(finding)}`
  const [first = '', ...rest] = wrapped(what, WIDTH - Math.max(start.length, width + 4))
  const indent = ' '.repeat(width + 4)
  return label.length > width
    ? [`  ${label}`, ...[first, ...rest].map((line) => `${indent}${line}`)]
    : [`${start}${first}`, ...rest.map((line) => `${indent}${line}`)]
}

/** Services are told by the files, what a person started by the names of its programs. */
function subjectsOf({ kind, files, processes }: Finding): string {
  const isService = ['service', 'user-service', 'manager', 'user-manager', 'process'].includes(kind)
  const names = isService
    ? files.map(({ path }) => path.slice(path.lastIndexOf('/') + 1))
    : processes.map(({ comm }) => comm)
  const distinct = [...new Set(names)]
  const more = distinct.length - MAX_NAMES
  return [...distinct.slice(0, MAX_NAMES), ...(more > 0 ? [`${more} more`] : [])].join(', ')
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

function commandLines({ commands, findings }: Report, style: Style): readonly string[] {
  const [reexec, restart] = ['daemon-reexec', 'restart'].map((verb) =>
    commands.find((command) => command[1] === verb),
  )
  return [
    ...section('Re-execute systemd:', reexec ? [reexec] : [], style),
    ...section('Restart the services:', restart ? [restart] : [], style),
    ...section('For the users:', userCommands(findings), style),
  ]
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
      ...temporaryCode.map(
        ({ pid, comm, path }) => `Temporary code: ${comm} (PID ${pid})  ${path}`,
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
  return word.match(new RegExp(`.{1,${width}}`, 'gsu')) ?? ['']
}
