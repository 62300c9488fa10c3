import { sinceOf } from '../core/answer/placed.ts'
import { changesOf } from '../core/report/fixed-advisories.ts'
import { joined, printableText, say } from '../core/printable.ts'
import type { Printable } from '../core/printable.ts'
import { ACTIONS } from '../core/advice/action.ts'
import { KINDS } from '../core/owner/kinds.ts'
import type { Action } from '../core/advice/action.ts'
import type { Kind } from '../core/owner/kinds.ts'
import type { Finding, Report } from '../core/report/report.ts'
import { isUrgentLifeline, mayHideFindings } from '../core/report/exit-status.ts'
import { staleProcesses } from '../core/report/summary.ts'
import { lastingName } from '../core/systemd/unit-name.ts'
import { limitText } from './words/limits.ts'

type Sample = readonly [labels: Readonly<Record<string, Printable>>, value: number]
type Metric = readonly [name: keyof typeof HELP, samples: readonly Sample[]]

/** The gauges, each with its help. */
const HELP = {
  findings: 'What still runs replaced code, by the step that ends it.',
  unit_stale: 'Units that use old code, each once.',
  unit_stale_since_timestamp_seconds:
    'When the first file that the unit still uses was replaced, where that is known.',
  lifelines_stale: 'Important services that use old code, and do not end by themselves.',
  package_findings: 'Findings that use old files of the package, or whose own package it is.',
  findings_ignored: 'Findings that ignore rules hide.',
  processes: 'Processes that were looked at.',
  processes_stale: 'Processes that use old code.',
  processes_unreadable: 'Processes that were not read to their end.',
  reboot_needed: 'Whether a reboot of this level is needed; never both.',
  after_effects: 'Services that failed or lost their name since the last upgrade.',
  scan_complete: 'Whether everything could be read and asked.',
  scan_may_have_missed: 'Whether old code in use may have been missed.',
  scan_timestamp_seconds: 'When the scan was made.',
  scan_duration_seconds: 'How long the scan took.',
  build_info: 'The version of stale-libs; always 1.',
} as const

/**
 * Returns the report in the text format of Prometheus (0.0.4), for the textfile collector of
 * node_exporter. It has gauges only, and none with a time of its own, which the collector refuses.
 */
export function renderPrometheus(report: Report): readonly Printable[] {
  const limits = report.limits.map((limit) => say`# Note: ${limitText(limit, report.isRoot)}`)
  return [...limits, ...metricsOf(report).flatMap(metricLines)]
}

function metricsOf(report: Report): readonly Metric[] {
  const { findings, reboot, afterEffects, ignored } = report
  const unread = report.processes - report.read
  const hidden = ignored.reduce((sum, rule) => sum + rule.findings, 0)
  const levels = (['soft', 'full'] as const).map((level): Sample => [
    { level: say`${level}` },
    Number(reboot.needed === level),
  ])
  const broken = (['failed', 'bus-name-lost'] as const).map((code): Sample => [
    { code: say`${code}` },
    afterEffects.filter((effect) => effect.code === code).length,
  ])
  const units = staleUnits(findings)
  return [
    ['findings', byStep(findings)],
    ['unit_stale', units.map((unit) => [labelsOf(unit), 1])],
    ['unit_stale_since_timestamp_seconds', units.flatMap(sinceSamples)],
    ['lifelines_stale', one(findings.filter(isUrgentLifeline).length)],
    ['package_findings', byPackage(findings)],
    ['findings_ignored', one(hidden)],
    ['processes', one(report.processes)],
    ['processes_stale', one(staleProcesses(findings))],
    ['processes_unreadable', one(unread)],
    ['reboot_needed', levels],
    ['after_effects', broken],
    ['scan_complete', one(report.limits.length === 0)],
    ['scan_may_have_missed', one(report.limits.some(mayHideFindings))],
    ['scan_timestamp_seconds', one(report.at.getTime() / 1000)],
    ['scan_duration_seconds', one(report.durationMs / 1000)],
    ['build_info', [[{ version: report.version }, 1]]],
  ]
}

function one(value: number | boolean): readonly Sample[] {
  return [[{}, Number(value)]]
}

/**
 * The steps that the rules and the shipped table give to each kind. Their series exist before they
 * are needed (prometheus.io, Instrumentation, "Avoid missing metrics"). All pairs would be five
 * times as many.
 */
export const EXPECTED_STEPS: Readonly<Record<Kind, readonly Action[]>> = {
  service: ['restart', 'manual', 'soft-reboot', 'reboot', 'wait'],
  'user-service': ['user-restart', 'relogin', 'close', 'manual', 'wait'],
  session: ['relogin', 'manual'],
  manager: ['reexec'],
  'user-manager': ['user-reexec', 'relogin', 'manual'],
  app: ['close'],
  container: ['container', 'manual'],
  vm: ['manual'],
  process: ['manual'],
}

/**
 * Returns the number of findings by kind and step. A step that only the configuration gives to a
 * kind has a series while there is such a finding.
 */
function byStep(findings: readonly Finding[]): readonly Sample[] {
  return KINDS.flatMap((kind) => {
    const ofKind = findings.filter((finding) => finding.kind === kind)
    return ACTIONS.flatMap((action): readonly Sample[] => {
      const number = ofKind.filter((finding) => finding.action === action).length
      return number > 0 || EXPECTED_STEPS[kind].includes(action)
        ? [[{ kind: say`${kind}`, action: say`${action}` }, number]]
        : []
    })
  })
}

/**
 * The kinds with lasting names. An owner that ends with a login or a window has a new unit each
 * time: it is counted, but has no series.
 */
const LASTING: ReadonlySet<Kind> = new Set(['service', 'user-service', 'manager', 'user-manager'])

/** The bound on the units of users that have series: a user starts as many as the user likes. */
export const MOST_OF_USERS = 500

type StaleUnit = {
  readonly unit: Printable
  readonly kind: Kind
  readonly action: Action
  /** When its first file was replaced; `null` where that is not known. */
  readonly since: Date | null
}

/**
 * Returns each unit once. A unit with several findings, or of several users, has the step that
 * comes first in the contract, and the earliest time that is known.
 */
function staleUnits(findings: readonly Finding[]): readonly StaleUnit[] {
  const units = new Map<string, StaleUnit>()
  for (const finding of findings) {
    const { kind, unit: name, action } = finding
    if (name === null || !LASTING.has(kind)) continue
    const unit = printableText(lastingName(name))
    const key = `${kind} ${unit}`
    const since = sinceOf(finding)
    const known = units.get(key) ?? { action, since }
    units.set(key, {
      unit,
      kind,
      action: ACTIONS.indexOf(known.action) < ACTIONS.indexOf(action) ? known.action : action,
      since: known.since === null || (since !== null && since < known.since) ? since : known.since,
    })
  }
  const all = [...units.values()]
  const isOfUser = ({ kind }: StaleUnit) => kind.startsWith('user-')
  const system = all.filter((unit) => !isOfUser(unit))
  return [...system, ...all.filter(isOfUser).slice(0, MOST_OF_USERS)]
}

function labelsOf({ unit, kind, action }: StaleUnit): Sample[0] {
  return { unit, kind: say`${kind}`, action: say`${action}` }
}

function sinceSamples(unit: StaleUnit): readonly Sample[] {
  return unit.since === null ? [] : [[labelsOf(unit), unit.since.getTime() / 1000]]
}

function byPackage(findings: readonly Finding[]): readonly Sample[] {
  const counts = new Map<Printable, number>()
  for (const finding of findings)
    for (const name of new Set(changesOf(finding).map((change) => change.name)))
      counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].map(([name, number]) => [{ package: name }, number])
}

function metricLines([name, samples]: Metric): readonly Printable[] {
  return [
    say`# HELP stale_libs_${name} ${HELP[name]}`,
    say`# TYPE stale_libs_${name} gauge`,
    ...samples.map(([labels, value]) => say`${labelled(say`stale_libs_${name}`, labels)} ${value}`),
  ]
}

/**
 * Returns a sample as a line. In the value of a label only these two characters are escaped: line
 * feeds are gone already.
 */
function labelled(name: Printable, labels: Sample[0]): Printable {
  const pairs = Object.entries(labels).map(([label, value]) =>
    printableText(`${label}="${value.replaceAll(/[\\"]/g, String.raw`\$&`)}"`),
  )
  return pairs.length === 0 ? name : say`${name}{${joined(pairs, ',')}}`
}
