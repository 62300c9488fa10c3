import type { Action } from '../advice/action.ts'
import type { Finding, Step, Summary } from './report.ts'

/**
 * The actions from the cheapest to the most expensive. Each clears everything that a cheaper one
 * clears.
 */
const ORDER: readonly Action[] = [
  'reexec',
  'restart',
  'user-reexec',
  'user-restart',
  'close',
  'relogin',
  'container',
  'manual',
  'wait',
  'soft-reboot',
  'reboot',
]

/**
 * An upgrade of glibc or of systemd reaches these numbers, and that of a single library does not.
 */
const MOST = { services: 30, share: 0.6 } as const

/**
 * Returns the smallest sequence of steps that clears all findings, cheapest first.
 *
 * If one finding needs a reboot, the reboot is the whole sequence, since it clears the others too.
 * A soft reboot also ends containers and virtual machines.
 *
 * @param processes the number of processes that were scanned
 * @param canSoftReboot whether this systemd has soft reboots, which end everything but the kernel,
 *   and one is enough
 */
export function summaryOf(
  findings: readonly Finding[],
  processes: number,
  canSoftReboot: boolean,
): Summary {
  const isSimpler = isNearlyEverything(findings, processes)
  const simpler = canSoftReboot ? 'soft-reboot' : 'reboot'
  return { steps: stepsOf(findings, canSoftReboot), simpler: isSimpler ? simpler : null }
}

/** Returns the number of processes that the findings concern. */
export function staleProcesses(findings: readonly Finding[]): number {
  return new Set(findings.flatMap((finding) => finding.processes.map(({ pid }) => pid))).size
}

/**
 * Returns the steps that clear some findings, cheapest first.
 *
 * @param canSoftReboot as of `summaryOf`
 */
export function stepsOf(findings: readonly Finding[], canSoftReboot: boolean): readonly Step[] {
  const counts = new Map<Action, number>()
  for (const { action } of findings) counts.set(action, (counts.get(action) ?? 0) + 1)
  const reboot = (['reboot', 'soft-reboot'] as const).find((action) => counts.has(action))
  if (reboot !== undefined)
    return [{ action: canSoftReboot ? reboot : 'reboot', findings: findings.length }]
  return ORDER.flatMap((action) => {
    const number = counts.get(action)
    return number === undefined ? [] : [{ action, findings: number }]
  })
}

function isNearlyEverything(findings: readonly Finding[], processes: number): boolean {
  const services = findings.filter(({ kind }) => kind === 'service').length
  return services >= MOST.services && staleProcesses(findings) >= processes * MOST.share
}
