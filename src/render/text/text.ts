import { joined, say, words } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { ScanOptions } from '../../core/options.ts'
import { hasSomethingToSay, hookPartOf } from '../../core/hook/part.ts'
import { commandsOf, isLeftToUser } from '../../core/report/finding.ts'
import type { Report, Summary } from '../../core/report/report.ts'
import { ownFigures } from '../../core/report/summary.ts'
import { textOf } from '../door.ts'
import type { Line } from '../door.ts'
import { limitText } from '../words/limits.ts'
import { findingLabel } from '../words/labels.ts'
import { stepWords } from '../words/steps.ts'
import { counted } from '../words/words.ts'
import { commandLines, section, usersLines } from './commands.ts'
import { findingLines, isLifeline } from './findings.ts'
import { ASCII_COLUMNS, HOOK_WIDTH, namesLines, rowsOf, WIDTH, wrapped } from './layout.ts'
import type { Columns, Page } from './layout.ts'
import {
  addedLines,
  afterEffectLines,
  beforeLines,
  hiddenLines,
  notesOfAHook,
  nothingStale,
  rebootLines,
  unseenLines,
} from './notes.ts'

/** The bound on the lines of a hook, whatever happened. */
const HOOK_LINES = 20
const MAX_EFFECTS_OF_A_HOOK = 2
const MAX_REBOOT_LINES_OF_A_HOOK = 3
const MAX_SUMMARY_LINES_OF_A_HOOK = 2

/**
 * Returns the report for people: the answer, the commands, then the limits.
 *
 * @param columns counts the columns of a text on a terminal
 */
export function renderText(
  report: Report,
  options: Pick<ScanOptions, 'hook' | 'all'>,
  columns: Columns = ASCII_COLUMNS,
): readonly Line[] {
  const { hook: isHook, all } = options
  const page = { isHook, columns, width: isHook ? HOOK_WIDTH : WIDTH, said: new Set<string>() }
  return isHook ? hookLines(report, page).map(behindPacman) : handLines(report, all, page)
}

/** pacman writes the title of a hook at the left edge. */
function behindPacman(line: Line): Line {
  const text = say`  ${textOf(line)}`
  return typeof line === 'string' ? text : { strong: text }
}

function handLines(report: Report, isAll: boolean, page: Page): readonly Line[] {
  const isShort = report.summary.simpler !== null && !isAll
  return [
    ...(isShort ? shortLines(report, page, Infinity) : wholeLines(report, page, Infinity)),
    ...rebootLines(report.reboot, page),
    ...afterEffectLines(report, page, Infinity),
    ...(isAll ? addedLines(report, page.width, page.columns) : hiddenLines(report)),
    ...report.limits.map((limit) => say`Note: ${limitText(limit, report.isRoot)}`),
  ]
}

/** Returns the lines of a hook, with one about what was stale before. */
function hookLines(report: Report, page: Page): readonly Line[] {
  if (!hasSomethingToSay(report)) return unseenLines(report)
  const { full, before } = hookPartOf(report)
  const { findings, summary } = full
  const said = [
    ...rebootLines(full.reboot, page).slice(0, MAX_REBOOT_LINES_OF_A_HOOK),
    ...afterEffectLines(report, page, MAX_EFFECTS_OF_A_HOOK),
    ...(before === null ? [] : beforeLines(before, findings.length > 0, page)),
  ]
  if (findings.length + said.length === 0) return unseenLines(report)
  const below = [...said, ...notesOfAHook(report, page)]
  if (findings.length === 0) return below
  const isRoomy = below.length === 0
  const now = isRoomy ? full : { ...full, summary: { ...summary, steps: [] } }
  const room = HOOK_LINES - rowsOf(below, page)
  const above = summary.simpler === null ? wholeLines(now, page, room) : shortLines(now, page, room)
  return [...above, ...below]
}

/** @param room the number of lines */
function wholeLines(report: Report, page: Page, room: number): readonly Line[] {
  if (report.findings.length === 0) return [nothingStale(report)]
  const below = [
    ...commandLines(report, page),
    ...usersLines(report, page),
    ...summaryLines(report.summary, page),
  ]
  const findings = report.findings.filter((finding) => !isLeftToUser(finding))
  if (findings.length === 0) return below
  return [
    { strong: say`Still running code that was replaced:` },
    ...findingLines(findings, page, room - rowsOf(below, page) - 1),
    ...below,
  ]
}

/**
 * Returns a short text. After an upgrade of glibc a row for everything helps no reader, and the
 * lifelines do. The others stand by name.
 */
function shortLines(report: Report, page: Page, room: number): readonly Line[] {
  const { findings, summary } = report
  const { stale, processes } = ownFigures(report)
  const lifelines = findings.filter(isLifeline)
  const rest = findings.filter((finding) => !isLifeline(finding))
  const also = namesLines(say`Also: `, rest.map(findingLabel), page)
  const last = say`(${counted(rest.length, 'more finding', 'more findings')}: stale-libs --all)`
  const share = say`${stale} of ${counted(processes, 'process', 'processes')}`
  const title = say`Nearly everything still runs code that was replaced (${share}).`
  const restart = commandsOf(lifelines).filter((command) => command[1] === 'restart')
  const above = [
    ...wrapped(title, page.width, page.columns).map((strong) => ({ strong })),
    ...section(
      say`A reboot is simpler than restarting it all:`,
      [words('systemctl', summary.simpler ?? '')],
      page,
    ),
    ...section(say`Until then:`, restart, page),
  ]
  return [
    ...above,
    ...findingLines(lifelines, page, room - rowsOf([...above, ...also, last], page)),
    ...also,
    last,
  ]
}

/** Returns the line with the remaining steps, where one kind of step is not enough. */
function summaryLines({ steps }: Summary, { isHook, width, columns }: Page): readonly Printable[] {
  if (steps.length < 2 && !steps.some(({ action }) => action.endsWith('reboot'))) return []
  const said = steps.map(({ action, findings }) => stepWords(action, findings))
  const lines = wrapped(say`To clear all of it: ${joined(said, ', ')}.`, width, columns)
  return isHook && lines.length > MAX_SUMMARY_LINES_OF_A_HOOK ? [] : lines
}
