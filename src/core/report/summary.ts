import type { Action } from '../advice/action.ts'
import type { Finding, Report, Step, Summary } from './report.ts'

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
 * The share of the machine's own processes from which on a list of them helps no reader. A new C
 * library is in nearly all: what has restarted since, and what is linked statically, is the rest.
 */
const NEARLY_ALL = 0.75

/** The only name of logind (systemd-logind.service(8)). A restart of it can end sessions. */
const LOGIND = 'systemd-logind.service'

/**
 * Returns the smallest sequence of steps that clears all findings, cheapest first.
 *
 * If one finding needs a reboot, the reboot is the whole sequence, since it clears the others too.
 * A soft reboot also ends containers and virtual machines.
 *
 * @param processes the number of the machine's own processes: see `ownFigures`
 * @param canSoftReboot whether this systemd has soft reboots, which end everything but the kernel,
 *   and one is enough
 */
export function summaryOf(
  findings: readonly Finding[],
  processes: number,
  canSoftReboot: boolean,
): Summary {
  const isSimpler = isBaseStale(findings) && isNearlyEverything(findings, processes)
  const simpler = canSoftReboot ? 'soft-reboot' : 'reboot'
  return { steps: stepsOf(findings, canSoftReboot), simpler: isSimpler ? simpler : null }
}

/** Returns the number of processes that the findings concern. */
export function staleProcesses(findings: readonly Finding[]): number {
  return new Set(findings.flatMap((finding) => finding.processes.map(({ pid }) => pid))).size
}

/**
 * Returns the number of the machine's own processes, and of the stale ones among them. The files of
 * a container are not those of the machine.
 */
export function ownFigures({
  findings,
  processes,
  inContainers,
}: Pick<Report, 'findings' | 'processes' | 'inContainers'>): {
  readonly stale: number
  readonly processes: number
} {
  const own = Math.max(0, processes - inContainers)
  return { stale: staleProcesses(ownOf(findings)), processes: own }
}

/**
 * Says whether what the whole machine stands on is stale: something that only a reboot renews (the
 * bus of the system), and PID 1 or logind. A reboot is needed then in any case.
 */
export function isBaseStale(findings: readonly Finding[]): boolean {
  const isForReboot = ({ action, kind }: Finding) =>
    kind === 'service' && (action === 'soft-reboot' || action === 'reboot')
  const isOfBase = ({ kind, unit }: Finding) =>
    kind === 'manager' || (kind === 'service' && unit === LOGIND)
  return findings.some(isForReboot) && findings.some(isOfBase)
}

/**
 * Returns the steps that clear some findings, cheapest first.
 *
 * @param canSoftReboot as of `summaryOf`
 */
export function stepsOf(findings: readonly Finding[], canSoftReboot: boolean): readonly Step[] {
  const counts = new Map<Action, number>()
  for (const action of findings.flatMap(actionsOf))
    counts.set(action, (counts.get(action) ?? 0) + 1)
  const reboot = (['reboot', 'soft-reboot'] as const).find((action) => counts.has(action))
  if (reboot !== undefined)
    return [{ action: canSoftReboot ? reboot : 'reboot', findings: findings.length }]
  return ORDER.flatMap((action) => {
    const number = counts.get(action)
    return number === undefined ? [] : [{ action, findings: number }]
  })
}

/** Returns the action of a finding, and the one that ends what this leaves of a user's manager. */
function actionsOf({ action, cautions }: Finding): readonly Action[] {
  const rest = cautions.find(({ code }) => code === 'holder-stays')
  if (rest === undefined) return [action]
  return [action, rest.detail === null ? 'relogin' : 'manual']
}

/**
 * Says whether nearly all of the machine's own processes are stale. The service with the most of
 * them counts as one process: it can have any number of workers, and takes one step. So does each
 * finding of a user, who can start any number.
 */
function isNearlyEverything(findings: readonly Finding[], processes: number): boolean {
  const own = ownOf(findings)
  const services = own.filter(({ kind }) => kind === 'service')
  const others = (some: readonly Finding[]) => some.map((one) => one.processes.length - 1)
  const ofUsers = others(own.filter(({ user }) => user !== null)).reduce((sum, one) => sum + one, 0)
  const workers = Math.max(0, ...others(services)) + ofUsers
  return staleProcesses(own) - workers >= (processes - workers) * NEARLY_ALL
}

function ownOf(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ kind }) => kind !== 'container')
}
