import type { Explained } from '../../core/explain/explained.ts'
import type { AboutOwner, Extent } from '../../core/explain/explanation.ts'
import { shortName } from '../../core/act/names.ts'
import { first } from '../../core/explain/uses.ts'
import type { Finding } from '../../core/report/report.ts'
import { joined, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import { nameLabel } from '../words/labels.ts'
import { markingText } from '../words/steps.ts'
import { commandFor, factsCommand } from './commands.ts'
import { costLine, fails, waitingText } from './costs.ts'
import { shortLabel } from './names.ts'
import { oldRow, sinceText } from './old.ts'
import { bounded, textRow } from './layout.ts'
import type { ScreenBlock, Row } from './layout.ts'
import { timeText } from '../words/days.ts'
import { verdictText } from './verdicts.ts'

/** Returns the screens about an owner: one for each verdict, or one that nothing is to be done. */
export function ownerBlocks(
  about: AboutOwner,
  seen: Extent,
  typed: Printable,
): readonly ScreenBlock[] {
  if (about.found.length === 0) return freshOwnerBlocks(about, seen)
  return about.found.flatMap((one, at) => [
    ...(at === 0 ? [] : [say``]),
    ...verdictBlocks(one, seen, typed),
  ])
}

function verdictBlocks(one: Explained, seen: Extent, typed: Printable): readonly ScreenBlock[] {
  const { finding } = one
  const risks = fails(one).map((text) => say` Until then ${text}.`)
  const command = commandFor(one, seen.reader)
  const rows: readonly (Row | null)[] = [
    oldRow(finding),
    textRow(say`Since`, sinceText(finding, seen.at)),
    waitingText(one),
    costLine(one),
    runningRow(one, seen.at),
    finding.marking === null ? null : textRow(say`Marked`, say`it ${markingText(finding.marking)}`),
    command === null ? null : { label: say`Command`, parts: [command] },
  ]
  return [
    {
      headline: say`${shortLabel(finding)}: ${verdictText(one, seen.reader)}`,
      risks: joined(risks, ''),
    },
    ...rows.filter((row) => row !== null),
    { foot: checksText(one), command: factsCommand(typed, seen.isRoot, seen.reader) },
  ]
}

/** Returns how many rules were tried, and how many of them speak against a restart. */
function checksText({ why }: Explained): Printable {
  if (typeof why === 'string') return say`All that is known of it`
  const against = why.filter(({ answer }) => answer === 'decides' || answer === 'objects').length
  if (against === 0) return say`All ${why.length} checks passed`
  return say`${against} of ${why.length} checks spoke against "safe"`
}

const MAX_PIDS = 8
/** The processes that stand with their names, where these differ. */
const MAX_NAMED = 4

function runningRow({ case: { processes: all }, finding }: Explained, now: Date): Row {
  const sorted = finding.processes.toSorted((a, b) => Number(b.main) - Number(a.main))
  const isNamed = new Set(all.map(({ comm }) => comm)).size > 1 && all.length <= MAX_NAMED
  const pids = sorted.map(
    ({ pid, comm }) => say`${pid}${isNamed ? say` (${nameLabel(comm)})` : say``}`,
  )
  const since = runningSince(finding, now)
  const { shown, more } = bounded(pids, MAX_PIDS)
  if (more.length === 0) return textRow(say`Running`, joined([...shown, ...since], ', '))
  return { label: say`Running`, parts: [joined([...shown, ...more], ', '), ...since] }
}

/** Returns since when the processes of a finding run, as one part of a list or none. */
function runningSince({ processes }: Finding, now: Date): readonly Printable[] {
  const starts = processes.flatMap(({ startedAt }) =>
    startedAt === null ? [] : [new Date(startedAt)],
  )
  const oldest = first(starts)
  if (oldest === null) return []
  const differ = new Set(starts.map((start) => timeText(start, now))).size > 1
  return [say`${differ ? 'the oldest since' : 'since'} ${timeText(oldest, now)}`]
}

function freshOwnerBlocks(about: AboutOwner, seen: Extent): readonly ScreenBlock[] {
  const { members, unread, ignoredBy } = about
  const reason = ignoredBy?.reason == null ? say`` : say`: ${ignoredBy.reason}`
  const denied =
    unread.length === members.length
      ? say`only root may look at these processes`
      : say`only root may look at ${pidsText(unread)}`
  const rows: readonly Row[] = [
    ...(ignoredBy === null
      ? []
      : [textRow(say`Ignored`, say`by the rule ${ignoredBy.rule}${reason}`)]),
    textRow(say`Running`, pidsText(members)),
    ...(unread.length === 0 ? [] : [textRow(say`Not seen`, denied)]),
  ]
  return [{ headline: say`${freshLabel(about)}: ${freshText(about, seen)}` }, ...rows]
}

function pidsText(pids: readonly number[]): Printable {
  const { shown, more } = bounded(
    pids.map((pid) => say`${pid}`),
    MAX_PIDS,
  )
  return joined([...shown, ...more], ', ')
}

/** Returns the name of what is not old: that of its unit, with the process that was asked about. */
function freshLabel({ name, owner }: AboutOwner): Printable {
  const unit = owner?.unit ?? null
  if (!/^\d+$/.test(name)) return unit === null ? nameLabel(name) : shortName(unit)
  return unit === null ? say`PID ${name}` : say`PID ${name} of ${shortName(unit)}`
}

function freshText({ unread, members, ignoredBy }: AboutOwner, { isWhole }: Extent): Printable {
  if (ignoredBy !== null) return say`it uses old code, and the configuration ignores that.`
  if (unread.length === members.length) return say`it could not be looked at.`
  return unread.length === 0 && isWhole
    ? say`nothing to do. It uses no old code.`
    : say`nothing to do, as far as was seen.`
}
