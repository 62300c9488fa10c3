import { changesOf } from '../core/report/fixed-advisories.ts'
import { monitoringStateOf, isUrgentLifeline } from '../core/report/exit-status.ts'
import { printableText } from '../core/printable.ts'
import type { ScanOptions } from '../core/options.ts'
import type { Finding, Report } from '../core/report/report.ts'
import { staleProcesses } from '../core/report/summary.ts'
import { hiddenLines } from './text/notes.ts'
import { findingLabel } from './words/labels.ts'
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
export function renderNagios(report: Report, { all }: Pick<ScanOptions, 'all'>): string {
  const { findings, reboot, afterEffects, limits, isRoot } = report
  const first = findings.filter(isUrgentLifeline)
  const lines = [
    ...[...first, ...findings.filter((finding) => !isUrgentLifeline(finding))].map(findingLine),
    ...reboot.reasons
      .filter(({ code }) => code !== 'finding')
      .map((reason) => `reboot: ${rebootText(reason)}`),
    ...afterEffects.map((effect) => `${effect.unit} ${afterEffectText(effect)}`),
    ...hiddenLines(report, all),
    ...limits.map((limit) => `Note: ${limitText(limit, isRoot)}`),
  ]
  const status = `${statusLine(monitoringStateOf(report), statusText(report))} | ${figures(report)}`
  return [status, ...lines.map(plain)].map((line) => `${line}\n`).join('')
}

/** Returns the status line of a run that failed. A monitoring system reads standard output only. */
export function renderUnknown(message: string): string {
  return `${statusLine('UNKNOWN', message)}\n`
}

function statusLine(state: string, text: string): string {
  return `${state} - ${plain(text)}`
}

/**
 * Returns the text of the status line. It contains nothing from outside, because pagers and
 * commands get it.
 */
function statusText(report: Report): string {
  const { findings, reboot, afterEffects, summary, processes, read, limits } = report
  const level = { full: 'a reboot is needed', soft: 'a soft reboot is needed', none: '' }
  const lifelines = findings.filter(isUrgentLifeline).length
  const steps = summary.steps.map(({ action, findings: number }) => stepWords(action, number))
  const found = `${counted(findings.length, 'finding', 'findings')}: ${steps.join(', ')}`
  const broken = afterEffects.length
  const parts = [
    level[reboot.needed],
    lifelines === 0 ? '' : `${counted(lifelines, 'lifeline', 'lifelines')} stale`,
    findings.length === 0 ? '' : found,
    broken === 0 ? '' : `${counted(broken, 'service', 'services')} to look at`,
  ].filter((part) => part !== '')
  if (parts.length > 0) return parts.join('; ')
  const seen = counted(read, 'process', 'processes')
  const notes = limits.length === 0 ? '' : ` (${counted(limits.length, 'note', 'notes')})`
  return `nothing stale in ${seen}${read === processes ? '' : ' that could be read'}${notes}`
}

/**
 * Returns the figures: `label=value[UOM];warn;crit;min;max`. A threshold of 0 means that more than
 * 0 is too much.
 */
function figures(report: Report): string {
  const { findings, reboot, afterEffects, ignored, processes, read, durationMs } = report
  const restart = findings.filter(({ action }) => action === 'restart').length
  const hidden = ignored.reduce((sum, rule) => sum + rule.findings, 0)
  return [
    `findings=${findings.length};0;;0`,
    `lifelines=${findings.filter(isUrgentLifeline).length};;0;0`,
    `restart=${restart};;;0`,
    `reboot=${['none', 'soft', 'full'].indexOf(reboot.needed)};0;1;0;2`,
    `after_effects=${afterEffects.length};0;;0`,
    `ignored=${hidden};;;0`,
    `processes=${processes};;;0`,
    `stale_processes=${staleProcesses(findings)};;;0`,
    `unreadable=${processes - read};;;0`,
    `time=${durationMs / 1000}s;;;0`,
  ].join(' ')
}

function findingLine(finding: Finding): string {
  const { action, files } = finding
  const unknown = files.filter((file) => file.package === null)
  const names = new Set([
    ...changesOf(finding).map((change) => changeWithFixes(change, MAX_ISSUES)),
    ...unknown.map(({ path }) => path.slice(path.lastIndexOf('/') + 1)),
  ])
  const why = listed([...names], MAX_NAMES)
  const mark = isUrgentLifeline(finding) ? ' (lifeline)' : ''
  return `${findingLabel(finding)}: ${action} (${why})${mark}`
}

/** Returns a text without `|`: the first one of a line begins the figures. */
function plain(text: string): string {
  const safe = printableText(text).replaceAll('|', String.raw`\x7c`)
  return safe.length <= MAX_LINE ? safe : `${safe.slice(0, MAX_LINE - 3)}...`
}
