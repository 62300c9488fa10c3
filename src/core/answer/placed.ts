import type { CautionCode } from '../advice/advice.ts'
import { CLOCK_ERROR_MS } from '../pacman/history.ts'
import { failingFiles } from '../report/may-fail.ts'
import type { Finding, Report } from '../report/report.ts'
import { urgencyOf } from '../report/fixed-advisories.ts'
import { groupOf, nounOf } from './group.ts'
import type { AnswerGroup, Noun } from './group.ts'

/** How soon something is to be done: `soon` where something may fail until then. */
export type Urgency = 'soon' | 'whenever'

/** The bigger step that does what a finding asks for, too. */
export type Covering = 'reboot' | 'logout'

/** A finding with its place in an answer. */
export type Placed = {
  readonly finding: Finding
  readonly group: AnswerGroup
  /** What it counts as; `null` where it is not counted. */
  readonly noun: Noun | null
  readonly urgency: Urgency
  readonly covered: Covering | null
  /** When the first of its files was replaced; `null` where that is not known. */
  readonly since: Date | null
  /** Whether a package that it uses old code of has changed once more since then. */
  readonly isAgain: boolean
  /** Whether it belongs to the user who reads this. */
  readonly isReaders: boolean
  /** Whether it has something of its own to say, and so a row. */
  readonly hasNote: boolean
}

/** Returns the findings of a report with their places, in the order of the report. */
export function placedOf(
  report: Pick<Report, 'findings' | 'isRoot' | 'reader' | 'reboot' | 'summary'>,
) {
  const { findings, isRoot, reader } = report
  const isReboot = isRebootAdvised(report)
  const groups = findings.map((finding) => groupOf(finding, isRoot))
  const leaving = new Set(
    findings.flatMap(({ user }, at) => (groups[at] === 'logout' && user ? [user.uid] : [])),
  )
  return findings.map((finding, at): Placed => {
    const group = groups[at] ?? 'nothing'
    return {
      finding,
      group,
      noun: nounOf(finding, group),
      urgency: finding.mayFail === null ? 'whenever' : 'soon',
      covered: coveredBy(finding, group, isReboot, leaving),
      since: sinceOf(finding),
      isAgain: isAgain(finding),
      isReaders: finding.user !== null && (!isRoot || finding.user.uid === reader.uid),
      hasNote: hasNote(finding, group),
    }
  })
}

/** Says whether a reboot is advised: only it renews something, or it is simpler than all else. */
export function isRebootAdvised({ reboot, summary }: Pick<Report, 'reboot' | 'summary'>): boolean {
  return reboot.needed !== 'none' || summary.simpler !== null
}

/** @param leaving the users who are to log out */
function coveredBy(
  { user, outlivesLogout }: Finding,
  group: AnswerGroup,
  isReboot: boolean,
  leaving: ReadonlySet<number>,
): Covering | null {
  if (group === 'reboot' || group === 'guests') return null
  if (isReboot) return 'reboot'
  const isLeft = user !== null && leaving.has(user.uid) && group !== 'logout' && !outlivesLogout
  return isLeft ? 'logout' : null
}

/** Returns a finding in its place, with the age of what may fail alone. */
export function agedByFailing(placed: Placed): Placed {
  const failing = { files: failingFiles(placed.finding), ownPackage: null }
  return { ...placed, since: sinceOf(failing), isAgain: isAgain(failing) }
}

/** Returns when the first file of a finding was replaced; `null` where one is not known. */
export function sinceOf({ files, ownPackage }: Pick<Finding, 'files' | 'ownPackage'>): Date | null {
  const times = [
    ...files.map(({ goneAt, package: change }) => goneAt?.getTime() ?? timeOf(change?.at)),
    ...(ownPackage === null ? [] : [timeOf(ownPackage.change.at)]),
  ]
  const isKnown = times.length > 0 && times.every((time) => Number.isFinite(time))
  return isKnown ? new Date(times.reduce((a, b) => Math.min(a, b))) : null
}

function isAgain({ files }: Pick<Finding, 'files'>): boolean {
  return files.some(
    ({ goneAt, package: change }) =>
      goneAt !== null && timeOf(change?.at) - goneAt.getTime() > CLOCK_ERROR_MS,
  )
}

/** @param text ISO 8601 */
function timeOf(text: string | undefined): number {
  return text === undefined ? Number.NaN : Date.parse(text)
}

/** The groups in which each finding says what becomes of it. */
const ALWAYS_SAID: ReadonlySet<AnswerGroup> = new Set([
  'later',
  'close',
  'guests',
  'logout',
  'nothing',
])

/** Says whether a caution has a sentence of its own elsewhere, or none. */
export function isSaidApart(code: CautionCode): boolean {
  return SAID_APART.has(code)
}

const SAID_APART: ReadonlySet<CautionCode> = new Set([
  'unit-not-asked',
  'carries-your-connection',
  'logins-may-fail',
  'guests-go-on',
])

function hasNote(finding: Finding, group: AnswerGroup): boolean {
  const { mayFail, cautions, marking } = finding
  const isFixed = urgencyOf(finding) >= 0
  if (ALWAYS_SAID.has(group) || mayFail !== null || marking !== null || isFixed) return true
  return cautions.some(({ code }) => !isSaidApart(code))
}

/** Compares findings of one group: urgent, then with something to say, then by advisories. */
export function byUse(a: Placed, b: Placed): number {
  const rank = ({ urgency, hasNote: has, finding }: Placed) =>
    (urgency === 'soon' ? 4 : 0) + (finding.lifeline === null ? 0 : 2) + (has ? 1 : 0)
  return rank(b) - rank(a) || urgencyOf(b.finding) - urgencyOf(a.finding)
}
