import { EXIT } from '../exit.ts'
import { lifelineRule, SHIPPED_TABLES } from '../advice/sensitive-units.ts'
import type { Limit, LimitCode } from '../limits.ts'
import type { ScanOptions } from '../options.ts'
import type { AfterEffect, Finding, Report } from './report.ts'
import { lastingName } from '../systemd/unit-name.ts'

/**
 * The states of a monitoring plugin, each at the index of its exit status (monitoring-plugins.org).
 */
export const STATES = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const

/** The state of the machine, as a monitoring plugin says it. */
export type MonitoringState = (typeof STATES)[number]

type StateRule = {
  readonly state: MonitoringState
  readonly applies: (report: Report) => boolean
  readonly reason: string
}

/**
 * The rules for the state of a machine. They are tried in order, and the first that applies
 * decides. A known fault comes before a limit.
 */
export const STATE_RULES: readonly StateRule[] = [
  {
    state: 'CRITICAL',
    applies: ({ reboot }) => reboot.needed === 'full',
    reason: 'no cheaper step helps, and what is not loaded yet may not load; needrestart -p too',
  },
  {
    state: 'CRITICAL',
    applies: ({ findings }) => findings.some(isUrgentLifeline),
    reason: 'it is open to the outside or lets people back in, and breaks when nobody looks',
  },
  {
    state: 'CRITICAL',
    applies: ({ afterEffects }) => afterEffects.some(isLifelineDown),
    reason: 'a lifeline that is down is worse than one that is stale',
  },
  {
    state: 'WARNING',
    applies: ({ findings, reboot }) => findings.length > 0 || reboot.needed !== 'none',
    reason: 'it works, and runs code with the faults that the upgrade mended',
  },
  {
    state: 'WARNING',
    applies: ({ afterEffects }) => afterEffects.length > 0,
    reason:
      'it broke since the upgrade, maybe for another reason: its own check knows how bad it is',
  },
  {
    state: 'UNKNOWN',
    applies: ({ limits }) => limits.some(mayHideFindings),
    reason: 'nothing was found, but something stale may have been missed',
  },
  { state: 'OK', applies: () => true, reason: 'everything was seen, and nothing is to be done' },
]

/**
 * The limits that do not make a machine without findings UNKNOWN. A kernel that is in no package
 * stays so for as long as the owner wants it, and a check that is always UNKNOWN tells nothing.
 */
const HIDES_NOTHING: ReadonlySet<LimitCode> = new Set(['kernel-unknown'])

/** Says whether something stale may have been missed because of a limit. */
export function mayHideFindings({ code }: Limit): boolean {
  return !HIDES_NOTHING.has(code)
}

/**
 * Says whether an after-effect is that of a lifeline. An instance for one connection that failed
 * concerns one person only, and does not count.
 */
function isLifelineDown({ unit }: AfterEffect): boolean {
  return lifelineRule(SHIPPED_TABLES, unit, 'service') !== undefined && lastingName(unit) === unit
}

/** Returns the state of the machine for a monitoring plugin. */
export function monitoringStateOf(report: Report): MonitoringState {
  return STATE_RULES.find(({ applies }) => applies(report))?.state ?? 'UNKNOWN'
}

/** What a scan writes: the report, one line about what limits the look, or nothing. */
export type QuietAnswer = 'report' | 'limits' | 'nothing'

/** Returns what a scan writes that is to be quiet where nothing is old. */
export function quietAnswerOf(report: Report, { quiet }: Pick<ScanOptions, 'quiet'>): QuietAnswer {
  if (!quiet) return 'report'
  const state = monitoringStateOf(report)
  return state === 'OK' ? 'nothing' : state === 'UNKNOWN' ? 'limits' : 'report'
}

/** Says whether a lifeline needs an action now. A finding that ends by itself can wait. */
export function isUrgentLifeline({ lifeline, action }: Finding): boolean {
  return lifeline !== null && action !== 'wait' && action !== 'none'
}

/** Returns the exit status of a scan that could look. */
export function exitStatusOf(
  report: Report,
  { format, exitCode, hook }: Pick<ScanOptions, 'format' | 'exitCode' | 'hook'>,
): number {
  if (format === 'nagios') return STATES.indexOf(monitoringStateOf(report))
  return exitCode && !hook && report.findings.length > 0 ? EXIT.stale : EXIT.looked
}
