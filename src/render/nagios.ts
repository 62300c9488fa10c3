import { changesOf } from '../core/report/fixed-advisories.ts'
import { monitoringStateOf, isUrgentLifeline } from '../core/report/exit-status.ts'
import type { MonitoringState } from '../core/report/exit-status.ts'
import { joined, printableText, say } from '../core/printable.ts'
import type { Printable } from '../core/printable.ts'
import type { ScanOptions } from '../core/options.ts'
import type { Finding, Report } from '../core/report/report.ts'
import { staleProcesses } from '../core/report/summary.ts'
import { ASCII_COLUMNS, shortened } from './text/layout.ts'
import { addedLines, hiddenLines } from './text/hand/hidden.ts'
import { findingLabel, nameLabel } from './words/labels.ts'
import { limitText } from './words/limits.ts'
import { changeWithFixes } from './words/packages.ts'
import { afterEffectText, rebootText } from './words/reasons.ts'
import { stepWords } from './words/steps.ts'
import { counted, listed } from './words/words.ts'

/**
 * The bound on a line. Nagios reads 8 KiB and NRPE as little as 1, so the most important facts come
 * first.
 */
const MAX_LINE = 200
const MAX_NAMES = 4
const MAX_ISSUES = 1

/**
 * Returns the report in the form of the Monitoring Plugins Development Guidelines: the state and
 * the steps, `|`, the figures. One line follows for each finding, each after-effect and each limit.
 */
export function renderNagios(
  report: Report,
  { all }: Pick<ScanOptions, 'all'>,
): readonly Printable[] {
  const { findings, reboot, afterEffects, limits, isRoot } = report
  const first = findings.filter(isUrgentLifeline)
  const lines = [
    ...[...first, ...findings.filter((finding) => !isUrgentLifeline(finding))].map(findingLine),
    ...reboot.reasons
      .filter(({ code }) => code !== 'finding')
      .map((reason) => say`reboot: ${rebootText(reason)}`),
    ...afterEffects.map((effect) => say`${effect.unit} ${afterEffectText(effect)}`),
    ...(all ? addedLines(report, Infinity, ASCII_COLUMNS) : hiddenLines(report)),
    ...limits.map((limit) => say`Note: ${limitText(limit, isRoot)}`),
  ]
  const status = statusLine(monitoringStateOf(report), statusText(report))
  return [say`${status} | ${figures(report)}`, ...lines.map(plain)]
}

/** Returns the status line of a run that failed. A monitoring system reads standard output only. */
export function unknownLine(message: string): Printable {
  return statusLine('UNKNOWN', printableText(message))
}

function statusLine(state: MonitoringState, text: Printable): Printable {
  return say`${state} - ${plain(text)}`
}

/**
 * Returns the text of the status line. It contains nothing from outside, because pagers and
 * commands get it.
 */
function statusText(report: Report): Printable {
  const { findings, reboot, afterEffects, summary, processes, read, limits } = report
  const level = {
    full: say`a reboot is needed`,
    soft: say`a soft reboot is needed`,
    none: say``,
  }
  const lifelines = findings.filter(isUrgentLifeline).length
  const steps = summary.steps.map(({ action, findings: number }) => stepWords(action, number))
  const found = say`${counted(findings.length, 'finding', 'findings')}: ${joined(steps, ', ')}`
  const broken = afterEffects.length
  const parts = [
    level[reboot.needed],
    lifelines === 0
      ? say``
      : say`${counted(lifelines, 'important service uses', 'important services use')} old code`,
    findings.length === 0 ? say`` : found,
    broken === 0 ? say`` : say`${counted(broken, 'service', 'services')} to look at`,
  ].filter((part) => part !== '')
  if (parts.length > 0) return joined(parts, '; ')
  const seen = counted(read, 'process', 'processes')
  const notes = limits.length === 0 ? say`` : say` (${counted(limits.length, 'note', 'notes')})`
  return say`nothing uses old code in ${seen}${read === processes ? '' : ' that could be read'}${notes}`
}

/**
 * Returns the figures: `label=value[UOM];warn;crit;min;max`. A threshold of 0 means that more than
 * 0 is too much.
 */
function figures(report: Report): Printable {
  const { findings, reboot, afterEffects, ignored, processes, read, durationMs } = report
  const restart = findings.filter(({ action }) => action === 'restart').length
  const hidden = ignored.reduce((sum, rule) => sum + rule.findings, 0)
  const all = [
    say`findings=${findings.length};0;;0`,
    say`lifelines=${findings.filter(isUrgentLifeline).length};;0;0`,
    say`restart=${restart};;;0`,
    say`reboot=${['none', 'soft', 'full'].indexOf(reboot.needed)};0;1;0;2`,
    say`after_effects=${afterEffects.length};0;;0`,
    say`ignored=${hidden};;;0`,
    say`processes=${processes};;;0`,
    say`stale_processes=${staleProcesses(findings)};;;0`,
    say`unreadable=${processes - read};;;0`,
    say`time=${durationMs / 1000}s;;;0`,
  ]
  return joined(all, ' ')
}

function findingLine(finding: Finding): Printable {
  const { action, files } = finding
  const unknown = files.filter((file) => file.package === null)
  const names = new Set([
    ...changesOf(finding).map((change) => changeWithFixes(change, MAX_ISSUES)),
    ...unknown.map(({ path }) => nameLabel(printableText(path.slice(path.lastIndexOf('/') + 1)))),
  ])
  const why = listed([...names], MAX_NAMES)
  const mark = isUrgentLifeline(finding) ? ' (important)' : ''
  return say`${findingLabel(finding)}: ${action} (${why})${mark}`
}

/** Returns a text without `|`: the first one of a line begins the figures. */
function plain(text: Printable): Printable {
  const safe = printableText(text.replaceAll('|', String.raw`\x7c`))
  return shortened(safe, MAX_LINE, ASCII_COLUMNS)
}
