import { answerByHand } from '../../../core/answer/answer.ts'
import type { Answer } from '../../../core/answer/answer.ts'
import { hidesProcesses, isAboutPackages, mayHideMore } from '../../../core/limits.ts'
import type { Limit } from '../../../core/limits.ts'
import { joined, printableText, say } from '../../../core/printable.ts'
import type { Printable } from '../../../core/printable.ts'
import type { ScanOptions } from '../../../core/options.ts'
import type { Report } from '../../../core/report/report.ts'
import type { Line } from '../../door.ts'
import { placedName, withCapital } from '../../words/names.ts'
import { nameLabel } from '../../words/labels.ts'
import { limitText } from '../../words/limits.ts'
import { enumerated } from '../../words/words.ts'
import { isFolded, sectionsByHand } from './sections.ts'
import { failedTexts } from '../failed.ts'
import { hanging, wrapped } from '../layout.ts'
import type { Page } from '../layout.ts'
import { paragraph } from '../paragraph.ts'
import { addedLines, hiddenLines } from './hidden.ts'
import {
  ageText,
  countFirst,
  failText,
  fewWords,
  looked,
  oldCode,
  rebootSentenceOf,
  soonSentence,
  usesText,
} from '../sentences.ts'
import { HEADING, tableLines } from '../table.ts'
import type { Section } from '../table.ts'
import { lookText } from '../typed.ts'

/** The side that is looked at. */
type Side = Pick<ScanOptions, 'side' | 'of'>
/** What is shown. */
type Shown = Side & Pick<ScanOptions, 'all'>

const SINCE = say`the last upgrade began`

/** Returns the lines of a run by hand: limits, the answer, and a row for each finding. */
export function handLines(
  report: Report,
  { all: isAll, ...side }: Shown,
  page: Page,
): readonly Line[] {
  const answer = answerByHand(report)
  const sections = [
    ...sectionsByHand(answer, isAll, page),
    ...(report.isRoot ? [] : [NOT_SEEN_SYSTEM]),
  ]
  const table = tableLines(sections, page)
  const broken = { since: SINCE, look: lookText(report.reader) }
  const isTable = sections.length > (report.isRoot ? 0 : 1)
  return [
    ...failedTexts(answer.failed, Infinity, broken).flatMap((text) =>
      paragraph(text, page, 'soon'),
    ),
    ...unseenTexts(report, answer).flatMap((text) => paragraph(text, page)),
    ...paragraph(firstTexts(answer, report, side, page), page, 'strong'),
    ...(isTable ? [say``, ...table] : []),
    ...(isFolded(answer) && !isAll ? [say`A row for each: ${lookText(report.reader)} --all`] : []),
    ...(isAll ? addedLines(report, page.width, page.columns) : hiddenLines(report)),
    ...noteLines(report, page),
  ]
}

/** A user sees nothing of the system's services. */
const NOT_SEEN_SYSTEM: Section = { heading: say`System`, rows: [{ text: say`not seen` }] }

/** Returns the answer in one sentence or two, and what is said of a reboot. */
function firstTexts(answer: Answer, report: Report, side: Side, page: Page): readonly Printable[] {
  const { count, share, reboot } = answer
  if (count === null) return nothingTexts(answer, report, side)
  const isCut = report.isRoot && report.limits.some(mayHideMore)
  const age = ageText(count, page)
  const many = report.isRoot ? fewWords(count) : ofYours(count)
  const who = isCut ? say`At least ${many}` : countFirst(count, many)
  const uses = usesText(count, false)
  const all =
    share === null
      ? say`${who} ${uses} old code${age}.`
      : say`${share.old} of ${share.programs} programs use ${oldCode(count)}${age}.`
  const soon = reboot?.kind === 'soon' ? soonSentence(reboot.why) : rebootSentenceOf(reboot)
  return [all, ...urgentTexts(answer), soon]
}

/** Returns what is counted of a user who looks at the own programs. */
function ofYours(count: NonNullable<Answer['count']>): Printable {
  const isSaid = count.total === 1 || count.isYourSession
  return isSaid ? fewWords(count) : say`${fewWords(count)} of yours`
}

function urgentTexts({ urgent, reboot }: Answer): readonly Printable[] {
  if (reboot?.kind === 'soon' && reboot.why.includes('libc')) return []
  return (urgent?.parts ?? []).map(({ code, count }) => {
    const they = count.total === 1 ? say`it` : say`they`
    const who = code === 'parts' ? they : enumerated(count.items.map(placedName))
    const are = count.total === 1 ? say`is` : say`are`
    return say`${failText(code, count)} until ${who} ${are} restarted.`
  })
}

/** Returns the all-clear, as far as it was looked. */
function nothingTexts(
  { reboot, blocks }: Answer,
  report: Report,
  side: Side,
): readonly Printable[] {
  const what = blocks.length > 0 ? say`Nothing needs a restart` : nothingOf(report, side)
  if (reboot?.kind === 'soon') {
    const soon = soonSentence(reboot.why)
    return [say`${what}, but ${printableText(soon.replace(/^R/, 'r'))}`]
  }
  const others = needsRootText(report)
  return [
    say`${what} (${looked(report.read)}).`,
    rebootSentenceOf(reboot),
    ...(others === null ? [] : [say`${withCapital(others)}: ${lookText(report.reader)}`]),
  ]
}

function nothingOf({ isRoot, limits }: Report, { side, of }: Side): Printable {
  const seen = isRoot && limits.some(mayHideMore) ? say` that was seen` : say``
  if (of !== null) return say`Nothing of user ${nameLabel(printableText(of))}${seen} uses old code`
  if (!isRoot) return say`Nothing of yours uses old code`
  if (side === 'both') return say`Nothing${seen} uses old code`
  const whose = side === 'user' ? say`users` : say`the system`
  return say`Nothing of ${whose}${seen} uses old code`
}

/** Says whether a limit stands above the answer. What is not known of packages is a detail. */
function isSaidFirst(limit: Limit): boolean {
  return hidesProcesses(limit) && !isAboutPackages(limit)
}

/** Returns what was not seen, which limits every line below. */
function unseenTexts(report: Report, { count, reboot }: Answer): readonly Printable[] {
  const { limits, isRoot, read, reader } = report
  const rest = limits.filter((limit) => isSaidFirst(limit) && !isOfOthers(limit, report))
  const others = needsRootText(report)
  const isSaidBehind = count === null && reboot?.kind !== 'soon'
  const own = read === 1 ? say`program was` : say`${read} programs were`
  return [
    ...(others === null || isSaidBehind
      ? []
      : [say`Only your own ${own} looked at; ${others}: ${lookText(reader)}`]),
    ...(rest.length === 0
      ? []
      : [
          say`Not everything was seen: ${joined(
            rest.map((limit) => limitText(limit, isRoot)),
            '; ',
          )}.`,
        ]),
  ]
}

/** Says whether a limit is about processes of others, which only root reads. */
function isOfOthers({ code }: Limit, { isRoot }: Report): boolean {
  return !isRoot && (code === 'maps-denied' || code === 'processes-hidden')
}

/** Returns what only root sees; `null` where that is nothing. */
function needsRootText(report: Report): Printable | null {
  if (!report.limits.some((limit) => isOfOthers(limit, report))) return null
  const { unreadable } = report
  return unreadable > 0 ? say`${unreadable} others need root` : say`what others run needs root`
}

function noteLines({ limits, isRoot }: Report, { width, columns }: Page): readonly Line[] {
  return limits
    .filter((limit) => !isSaidFirst(limit))
    .flatMap((limit) => {
      const text = wrapped(say`Note: ${limitText(limit, isRoot)}.`, width - HEADING, columns)
      return hanging(say``, 6, text)
    })
}
