import { shortName } from '../act/names.ts'
import type { Finding, HookFacts, RebootReason, Report } from '../report/report.ts'
import { commandsOf } from '../report/finding.ts'
import { isForReboot } from '../reboot/reboot.ts'
import { ownFigures, summaryOf } from '../report/summary.ts'
import type { HookMemory } from '../pacman/history.ts'
import { refersToTheRest, unitsNamed } from './said.ts'

/** The part of a report that a hook says. */
export type HookPart = {
  /**
   * What is said in full, with its commands and steps: what a transaction made stale since the hook
   * last spoke, what may fail, and the new reasons to reboot.
   */
  readonly full: Report
  /** What was stale before, for one line; `null` where nothing is said of it. */
  readonly before: Before | null
}

/** What was stale before, and is not said in full. */
export type Before = {
  readonly lifelines: readonly Finding[]
  readonly others: readonly Finding[]
  readonly isRebootPending: boolean
}

/** Says whether a report has anything that a hook may say. */
export function hasSomethingToSay({ findings, reboot, afterEffects }: Report): boolean {
  return findings.length + reboot.reasons.length + afterEffects.length > 0
}

/**
 * Returns the part of a report that a hook says.
 *
 * | the transaction | new, or failed | what may fail, from before | lifelines | the rest |
 * | --- | --- | --- | --- | --- |
 * | changed what runs | in full | in full | in the line | in the line |
 * | changed code | - | in full | in the line | in the line of the lifelines |
 * | changed data | - | in full | - | - |
 *
 * What was said within the last hour is not said again, unless a transaction changed it since.
 */
export function hookPartOf(report: Report): HookPart {
  const { findings, reboot, afterEffects } = report
  const facts = report.hook ?? NO_FACTS
  const { hasCode, memory } = facts
  const isNew = (finding: Finding) => isFresh(finding, facts)
  const isWhole = (finding: Finding) =>
    isNew(finding) || (finding.mayFail !== null && !isSaid(finding, memory))
  const reasons = reboot.reasons.filter((reason) =>
    reason.code === 'finding'
      ? isWhole(reason.finding)
      : isOfPackages(reason, memory?.changed ?? null),
  )
  const hasNew = findings.some(isNew)
  const isOfTransaction =
    hasNew || afterEffects.length > 0 || reasons.some(({ code }) => code !== 'finding')
  const before = beforeOf(
    findings.filter((finding) => !isWhole(finding)),
    reboot.reasons.filter((reason) => !reasons.includes(reason)),
    memory,
  )
  const isSaidOfIt = isOfTransaction || (hasCode && before !== null && before.lifelines.length > 0)
  return {
    full: withFindings({ ...report, reboot: rebootFor(reasons) }, findings.filter(isWhole)),
    before: isSaidOfIt ? before : null,
  }
}

function rebootFor(reasons: readonly RebootReason[]): Report['reboot'] {
  if (reasons.length === 0) return { needed: 'none', reasons }
  return { needed: reasons.some(({ level }) => level === 'full') ? 'full' : 'soft', reasons }
}

/** Where nothing is known of a transaction, it may have changed everything. */
const NO_FACTS: HookFacts = { isTold: false, hasCode: true, memory: null }

/** Returns a report of some of the findings: its commands and its summary are of no others. */
function withFindings(report: Report, findings: readonly Finding[]): Report {
  const { processes } = ownFigures(report)
  return {
    ...report,
    findings,
    commands: commandsOf(findings),
    summary: summaryOf(findings, processes, report.canSoftReboot),
  }
}

/**
 * Says whether there is evidence that a transaction since the hook last spoke made something in a
 * finding stale, or stale again.
 *
 * Two things count without evidence. After a transaction that changed code, processes of the system
 * that were not read to their end count, because what was not read may be of it. Where pacman did
 * not tell what it changed, files of which nothing is known count. What users did to their own
 * processes, and what containers run, is no work of a transaction.
 */
function isFresh(
  { files, ownPackage, isPartial, user, container }: Finding,
  { isTold, hasCode }: HookFacts,
): boolean {
  if (isPartial && user === null && container === null && hasCode) return true
  const isEvident = (isNew: boolean | null) => isNew ?? (!isTold && container === null)
  return ownPackage?.isNew === true || files.some(({ isNew }) => isEvident(isNew))
}

/** Returns what a line says of the findings and reasons from before; `null` where it is said. */
function beforeOf(
  findings: readonly Finding[],
  reasons: readonly RebootReason[],
  memory: HookMemory | null,
): Before | null {
  const isReasonSaid = (reason: RebootReason) =>
    reason.code === 'finding'
      ? isSaid(reason.finding, memory)
      : memory !== null && isOfPackages(reason, memory.lately)
  const isAllSaid =
    refersToTheRest(memory?.said ?? []) ||
    (findings.every((finding) => isSaid(finding, memory)) && reasons.every(isReasonSaid))
  if (isAllSaid) return null
  const lifelines = findings.filter(({ lifeline }) => lifeline !== null)
  return {
    lifelines,
    others: findings.filter(({ lifeline }) => lifeline === null),
    isRebootPending: reasons.length > 0,
  }
}

/**
 * Says whether a finding was named within the last hour, or made stale by a transaction of which
 * the hook spoke within it.
 */
function isSaid({ kind, unit, files, ownPackage }: Finding, memory: HookMemory | null): boolean {
  if (memory === null) return false
  const isNamed =
    kind === 'service' && unit !== null && unitsNamed(memory.said).has(shortName(unit))
  const packages = [...files.map((file) => file.package), ownPackage?.change ?? null]
  return (
    isNamed || packages.some((change) => change !== null && memory.lately.includes(change.name))
  )
}

/**
 * Says whether a reason to reboot comes from packages that changed. Where they are not known, it
 * does.
 */
function isOfPackages(reason: RebootReason, names: readonly string[] | null): boolean {
  if (names === null) return true
  switch (reason.code) {
    case 'finding':
      return false
    case 'microcode-newer':
      return names.includes(reason.package)
    case 'nvidia-mismatch':
      return names.some((name) => name.startsWith('nvidia'))
    default:
      return reason.successor === null
        ? names.some(isForReboot)
        : names.includes(reason.successor.package)
  }
}
