import { urgencyOf } from '../core/report/fixed-advisories.ts'
import { commandsOf, isLeftToUser } from '../core/report/finding.ts'
import { stepsOf } from '../core/report/summary.ts'
import type { Limit, LimitCode } from '../core/limits.ts'
import type { ScanOptions } from '../core/options.ts'
import type { Finding, FindingFile, Reboot, Report, Summary } from '../core/report/report.ts'
import type { Style } from './style.ts'
import {
  afterEffectText,
  cautionText,
  changeWithFixes,
  commandLine,
  count,
  findingLabel,
  limitText,
  quoted,
  rebootText,
  stepWords,
} from './words.ts'

/** Of 100 columns, two are the hook's indent; a hook writes for a screen of 80. */
const WIDTH = 98
const HOOK_WIDTH = 78
/** A hook never takes more of a screen than this, whatever happened. */
const HOOK_LINES = 20
const MAX_LABEL = 40
const MAX_LABEL_OF_A_HOOK = 26
const MAX_NAMES = 4
const MAX_NAME = 60
const MAX_COMMAND_LINES_OF_A_HOOK = 3
const MAX_NOTES_OF_A_HOOK = 1
const MAX_EFFECTS_OF_A_HOOK = 2
const MAX_REBOOT_LINES_OF_A_HOOK = 3
const MAX_ISSUES = 4
const MAX_ISSUES_OF_A_HOOK = 1
const MAX_LINES_OF_A_FINDING = 3
const MAX_SUMMARY_LINES_OF_A_HOOK = 2
const MAX_USERS_OF_A_HOOK = 2

/** Where and how a text is written. */
type Page = {
  readonly isHook: boolean
  readonly width: number
  readonly style: Style
  /** Packages that were named already, each with its versions. */
  readonly said: Set<string>
}

/** Returns the report for people: the answer, the commands, then what was not seen. */
export function renderText(
  report: Report,
  options: Pick<ScanOptions, 'hook' | 'all'>,
  style: Style,
): string {
  const { hook: isHook, all } = options
  if (isHook && !hasSomethingToSay(report)) return ''
  const page = { isHook, style, width: isHook ? HOOK_WIDTH : WIDTH, said: new Set<string>() }
  const lines = isHook ? hookLines(report, page) : handLines(report, all, page)
  const indent = isHook ? '  ' : ''
  return lines.map((line) => `${indent}${line}\n`).join('')
}

function handLines(report: Report, isAll: boolean, page: Page): readonly string[] {
  const isShort = report.summary.simpler !== null && !isAll
  return [
    ...(isShort ? shortLines(report, page, Infinity) : wholeLines(report, page, Infinity)),
    ...rebootLines(report.reboot, page),
    ...afterEffectLines(report, page, Infinity),
    ...hiddenLines(report, isAll),
    ...report.limits.map((limit) => `Note: ${limitText(limit, report.isRoot)}`),
  ]
}

/** What this transaction made stale, and in one line what was stale before it. */
function hookLines(report: Report, page: Page): readonly string[] {
  const fresh = report.findings.filter((finding) => !isOlder(finding))
  const older = report.findings.length - fresh.length
  const below = [
    ...rebootLines(report.reboot, page).slice(0, MAX_REBOOT_LINES_OF_A_HOOK),
    ...afterEffectLines(report, page, MAX_EFFECTS_OF_A_HOOK),
    ...olderLines(older, fresh.length > 0),
    ...notesOfAHook(report),
  ]
  if (fresh.length === 0) return below
  const isRoomy = below.length === 0
  const steps = isRoomy ? stepsOf(fresh, report.reboot.needed !== 'full') : []
  const summary = { ...report.summary, steps }
  const now = { ...report, findings: fresh, commands: commandsOf(fresh), summary }
  const room = HOOK_LINES - rowsOf(below)
  const above = summary.simpler === null ? wholeLines(now, page, room) : shortLines(now, page, room)
  return [...above, ...below]
}

/** How much of a screen of a hook's width lines take; a unit's name is never cut, and may take several. */
function rowsOf(lines: readonly string[]): number {
  return lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(line.length / HOOK_WIDTH)), 0)
}

/** Says whether all of it was stale before the newest transaction. */
function isOlder({ files, ownPackage }: Finding): boolean {
  return [...files, ...(ownPackage === null ? [] : [ownPackage])].every(
    ({ isNew }) => isNew === false,
  )
}

function olderLines(older: number, isBeside: boolean): readonly string[] {
  if (older === 0) return []
  const what = `${older}${isBeside ? ' more' : ''} ${older === 1 ? 'was' : 'were'}`
  return [`(${what} stale before this upgrade: run stale-libs)`]
}

function notesOfAHook({ limits, isRoot }: Report): readonly string[] {
  const said = limits.filter(({ code }) => !NOISE_IN_A_HOOK.has(code))
  const more = said.length - MAX_NOTES_OF_A_HOOK
  return [
    ...said
      .slice(0, MAX_NOTES_OF_A_HOOK)
      .map((limit) => shortened(`Note: ${limitText(limit, isRoot)}`, HOOK_WIDTH)),
    ...(more > 0 ? [`(${count(more, 'more note', 'more notes')}: run stale-libs)`] : []),
  ]
}

/**
 * That the owner's own kernel is in no package would be noise after each upgrade. What keeps systemd from
 * answering is said of the units already.
 */
const NOISE_IN_A_HOOK: ReadonlySet<LimitCode> = new Set(['kernel-unknown', 'after-effects-unknown'])

function hasSomethingToSay({ findings, reboot, afterEffects }: Report): boolean {
  return findings.length + reboot.reasons.length + afterEffects.length > 0
}

/** A finding says by itself that only a reboot clears it. */
function rebootLines({ needed, reasons }: Reboot, page: Page): readonly string[] {
  const own = reasons.filter(({ code }) => code !== 'finding')
  if (own.length === 0) return []
  return [
    page.style.strong(needed === 'full' ? 'A reboot is needed:' : 'A soft reboot is needed:'),
    ...own.flatMap((reason) => indented(rebootText(reason), page)),
  ]
}

/** @param most how many services are named */
function afterEffectLines({ afterEffects }: Report, page: Page, most: number): readonly string[] {
  if (afterEffects.length === 0) return []
  const more = afterEffects.length - most
  const isShort = page.isHook && afterEffects.length > 1
  return [
    page.style.strong('Look at these services:'),
    ...afterEffects
      .slice(0, most)
      .flatMap((effect) => effectLines(`${effect.unit} ${afterEffectText(effect)}`, page, isShort)),
    ...(more > 0 ? [`(${more} more: run stale-libs)`] : []),
  ]
}

function effectLines(text: string, page: Page, isShort: boolean): readonly string[] {
  return isShort ? [shortened(`  ${text}`, page.width)] : indented(text, page)
}

function indented(text: string, page: Page): readonly string[] {
  return wrapped(text, page.width - 4).map((line, at) => `${at === 0 ? '  ' : '    '}${line}`)
}

/** @param room how many lines there may be */
function wholeLines(report: Report, page: Page, room: number): readonly string[] {
  if (report.findings.length === 0) return [nothingStale(report)]
  const below = [
    ...commandLines(report, page),
    ...usersLines(report, page),
    ...summaryLines(report.summary, page),
  ]
  const findings = report.findings.filter((finding) => !isLeftToUser(finding))
  if (findings.length === 0) return below
  return [
    page.style.strong('Still running code that was replaced:'),
    ...listed(findings, page, room - rowsOf(below) - 1),
    ...below,
  ]
}

/** What only its user can restart is named, with nothing to paste but the command of whoever called root. */
function usersLines({ findings, callerUid }: Report, page: Page): readonly string[] {
  const byUser = new Map<number, Finding[]>()
  for (const finding of findings.filter(isLeftToUser)) {
    const uid = finding.user?.uid ?? -1
    byUser.set(uid, [...(byUser.get(uid) ?? []), finding])
  }
  if (byUser.size === 0) return []
  const own = callerUid === null ? [] : (byUser.get(callerUid) ?? [])
  const others = [...byUser].filter(([uid]) => uid !== callerUid).map(([, theirs]) => theirs)
  const shown = page.isHook ? others.slice(0, MAX_USERS_OF_A_HOOK) : others
  const more = others.length - shown.length
  return [
    page.style.strong('Users restart their own services:'),
    ...(own.length === 0 ? [] : ['  Yours: stale-libs --user', ...namesOf('    ', own, page)]),
    ...shown.flatMap((theirs) =>
      namesOf(`  ${theirs.length} of ${userOf(theirs)}: `, theirs, page),
    ),
    ...(more > 0 ? [`  (${count(more, 'more user', 'more users')}: run stale-libs)`] : []),
  ]
}

function userOf([finding]: readonly Finding[]): string {
  const user = finding?.user
  return user?.name ?? `uid ${user?.uid}`
}

/** Returns the names of findings behind a beginning; of a hook as many as a line takes. */
function namesOf(start: string, findings: readonly Finding[], page: Page): readonly string[] {
  const names = findings.map(({ kind, name }) => (kind === 'user-manager' ? 'user manager' : name))
  const width = page.width - start.length
  const lines = wrapped(names.join(', '), width)
  const shown = page.isHook && lines.length > 1 ? [asManyAs(names, width)] : lines
  return shown.map((line, at) => `${at === 0 ? start : ' '.repeat(start.length)}${line}`)
}

function asManyAs(names: readonly string[], width: number): string {
  const fitting = names.findLastIndex((_, at) => someOf(names, at).length <= width)
  return someOf(names, Math.max(fitting, 1))
}

/** After an upgrade of glibc a list of everything helps nobody: what lets people back in does. */
function shortLines(
  { findings, processes, summary, commands }: Report,
  page: Page,
  room: number,
): readonly string[] {
  const { style } = page
  const stale = new Set(findings.flatMap((finding) => finding.processes.map(({ pid }) => pid))).size
  const lifelines = findings.filter(isLifeline)
  const rest = findings.length - lifelines.length
  const title = `Nearly everything still runs code that was replaced (${stale} of ${count(processes, 'process', 'processes')}).`
  const isRestart = commands.some((command) => command[1] === 'restart')
  const above = [
    ...wrapped(title, page.width).map(style.strong),
    ...section(
      'A reboot is simpler than restarting it all:',
      [['systemctl', summary.simpler ?? '']],
      page,
    ),
    ...(isRestart ? [style.strong('Until then:'), RESTART_BY_NAMES] : []),
  ]
  return [
    ...above,
    ...listed(lifelines, page, room - rowsOf(above) - 1),
    `(${count(rest, 'more finding', 'more findings')}: stale-libs --all)`,
  ]
}

/**
 * What lets people back into the machine stands first, and says so; then what the upgrade made safe, the
 * worst first. A unit's name is never cut.
 */
function listed(findings: readonly Finding[], page: Page, room: number): readonly string[] {
  const sorted = findings.toSorted(
    (a, b) => Number(isLifeline(b)) - Number(isLifeline(a)) || urgencyOf(b) - urgencyOf(a),
  )
  const longest = sorted.reduce((most, finding) => Math.max(most, labelOf(finding).length), 0)
  const width = Math.min(page.isHook ? MAX_LABEL_OF_A_HOOK : MAX_LABEL, longest)
  const lines: string[] = []
  let rows = 0
  for (const [at, finding] of sorted.entries()) {
    const next = lineOf(labelOf(finding), width, finding, page)
    const isLast = at === sorted.length - 1
    rows += rowsOf(next)
    if (rows > room - (isLast ? 0 : 1)) {
      const more = sorted.length - at
      return [...lines, `(${count(more, 'more finding', 'more findings')}: run stale-libs)`]
    }
    lines.push(...next)
  }
  return lines
}

/** Only the name of a unit is copied into a command. */
function labelOf(finding: Finding): string {
  const label = findingLabel(finding)
  return ['container', 'vm', 'process'].includes(finding.kind) ? shortened(label, MAX_NAME) : label
}

function isLifeline({ lifeline }: Finding): boolean {
  return lifeline !== null
}

/** Said where one kind of step is not enough, so that nobody wonders what is left. */
function summaryLines({ steps }: Summary, { isHook, width }: Page): readonly string[] {
  if (steps.length < 2 && !steps.some(({ action }) => action.endsWith('reboot'))) return []
  const words = steps.map(({ action, findings }) => stepWords(action, findings))
  const lines = wrapped(`To clear all of it: ${words.join(', ')}.`, width)
  return isHook && lines.length > MAX_SUMMARY_LINES_OF_A_HOOK ? [] : lines
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
  labelWidth: number,
  finding: Finding,
  page: Page,
): readonly string[] {
  const indent = ' '.repeat(labelWidth + 4)
  const what = `${subjectsOf(finding, page)}${lifelineOf(finding, page)}${adviceOf(finding)}`
  const whole = wrapped(what, page.width - indent.length)
  const most = page.isHook ? MAX_LINES_OF_A_FINDING : Infinity
  const lines =
    whole.length > most ? [...whole.slice(0, most - 1), `${whole[most - 1]} ...`] : whole
  if (label.length > labelWidth) return [`  ${label}`, ...lines.map((line) => `${indent}${line}`)]
  return lines.map((line, at) => `${at === 0 ? `  ${label.padEnd(labelWidth)}  ` : indent}${line}`)
}

/** Services are told by the files, what a person started by the names of its programs. */
function subjectsOf(finding: Finding, page: Page): string {
  const { kind, rule, files, processes } = finding
  const isLeftOver = rule === 'left-over'
  const isService = ['service', 'user-service', 'manager', 'user-manager', 'process'].includes(kind)
  if (isService && !isLeftOver)
    return joined([fileWords(files, page), ownPackageWords(finding, page)])
  const names = new Set(processes.map(({ comm }) => quotedName(comm)))
  return `${someOf([...names], MAX_NAMES)}${isLeftOver ? sinceOf(processes) : ''}`
}

/** Said where no stale file tells it already. */
function ownPackageWords({ ownPackage, files }: Finding, { isHook }: Page): string {
  const isTold = files.some((file) => file.package?.name === ownPackage?.change.name)
  if (ownPackage === null || isTold) return ''
  return `its own package (${changeWithFixes(ownPackage.change, mostIssues(isHook))})`
}

function joined(words: readonly string[]): string {
  return words.filter((word) => word !== '').join(', ')
}

/** The files of one package stand together; its versions are said once. */
function fileWords(files: readonly FindingFile[], page: Page): string {
  const byPackage = new Map<string, FindingFile[]>()
  for (const file of files) {
    const key = packageWords(file, page)
    byPackage.set(key, [...(byPackage.get(key) ?? []), file])
  }
  const each = Math.max(1, Math.floor(MAX_NAMES / byPackage.size))
  const words = [...byPackage].map(([key, some]) => {
    const names = new Set(some.map(({ path }) => fileName(path, page.isHook)))
    const isSaid = key === '' || page.said.has(key)
    page.said.add(key)
    return `${someOf([...names], each)}${isSaid ? '' : ` (${key})`}`
  })
  return someOf(words, MAX_NAMES)
}

/** Returns what pacman did, as `openssl 3.5.0-1 -> 3.5.1-1`; an empty text where nothing is known. */
function packageWords({ package: change, isUnowned }: FindingFile, { isHook }: Page): string {
  if (change === null) return isUnowned && !isHook ? 'no package' : ''
  return changeWithFixes(change, mostIssues(isHook))
}

function mostIssues(isHook: boolean): number {
  return isHook ? MAX_ISSUES_OF_A_HOOK : MAX_ISSUES
}

function someOf(names: readonly string[], most: number): string {
  const more = names.length - most
  return [...names.slice(0, most), ...(more > 0 ? [`${more} more`] : [])].join(', ')
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

function lifelineOf({ lifeline }: Finding, { isHook }: Page): string {
  if (lifeline === null) return ''
  return isHook ? ' (lifeline)' : ` (lifeline: ${lifeline})`
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

function commandLines({ commands, findings }: Report, page: Page): readonly string[] {
  const [reexec, restart] = ['daemon-reexec', 'restart'].map((verb) =>
    commands.find((command) => command[1] === verb),
  )
  return [
    ...section('Re-execute systemd:', reexec ? [reexec] : [], page),
    ...restartLines(restart, page),
    ...userLines(findings, page),
  ]
}

/** Unit names hold nothing that a shell reads in what a command puts out (systemd.unit(5)). */
const RESTART_BY_NAMES = '  systemctl restart -- $(stale-libs --format names)'

function restartLines(restart: readonly string[] | undefined, page: Page): readonly string[] {
  const lines = section('Restart the services:', restart ? [restart] : [], page)
  const isLong = page.isHook && rowsOf(lines) > MAX_COMMAND_LINES_OF_A_HOOK
  return isLong ? [...lines.slice(0, 1), RESTART_BY_NAMES] : lines
}

function userLines(findings: readonly Finding[], page: Page): readonly string[] {
  const lines = section('For the users:', userCommands(findings), page)
  const isLong = page.isHook && rowsOf(lines) > MAX_COMMAND_LINES_OF_A_HOOK
  return isLong ? ['For the users: the commands that stale-libs prints'] : lines
}

function section(
  title: string,
  commands: readonly (readonly string[])[],
  page: Page,
): readonly string[] {
  if (commands.length === 0) return []
  return [
    page.style.strong(title),
    ...commands.flatMap((command) => continued(command, page.width)),
  ]
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
function continued(command: readonly string[], width: number): readonly string[] {
  const lines: string[] = []
  let line = ' '
  for (const word of command.map(quoted)) {
    if (line.length + word.length + 3 > width && line.trim() !== '') {
      lines.push(`${line} \\`)
      line = '   '
    }
    line += ` ${word}`
  }
  return [...lines, line]
}

/** What is told apart or ignored: counted, and shown with `--all`. */
export function hiddenLines({ temporaryCode, ignored }: Report, isAll: boolean): readonly string[] {
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
  // Blanks that end a text and a line at once are nothing to begin another line for.
  return line === '' && lines.length > 0 ? lines : [...lines, line]
}

function cut(word: string, width: number): readonly string[] {
  if (word.length <= width) return [word]
  return word.match(new RegExp(`.{1,${Math.max(1, width)}}`, 'gsu')) ?? ['']
}
