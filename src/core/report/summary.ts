import type { Action } from '../advice/verdict.ts'
import type { Finding, Step, Summary } from './report.ts'

/** From the cheapest to the dearest; what comes later clears everything that stands before. */
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

/** Reached by an upgrade of glibc or of systemd, not by that of a single library. */
const MOST = { services: 30, share: 0.6 } as const

/**
 * Returns the smallest sequence of steps that clears all findings, cheapest first.
 *
 * Where one of them needs a reboot, the reboot is the whole sequence: it clears the others too. A soft
 * reboot ends containers and virtual machines as well.
 *
 * @param processes how many processes were looked at
 * @param canSoftReboot whether this systemd has soft reboots, which end all that is not the kernel, and
 *   one is enough
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

/** Returns the steps alone: see `summaryOf`. */
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
  const stale = new Set(findings.flatMap((finding) => finding.processes.map(({ pid }) => pid)))
  return services >= MOST.services && stale.size >= processes * MOST.share
}
