import { answerOfHook } from '../../../core/answer/answer.ts'
import type { Answer } from '../../../core/answer/answer.ts'
import type { Count } from '../../../core/answer/count.ts'
import { hasSomethingToSay } from '../../../core/hook/part.ts'
import { joined, say } from '../../../core/printable.ts'
import type { Printable } from '../../../core/printable.ts'
import { changesOf, severityOf } from '../../../core/report/fixed-advisories.ts'
import type { Report } from '../../../core/report/report.ts'
import type { Line } from '../../door.ts'
import { fixesText } from '../../words/packages.ts'
import { placedName } from '../../words/names.ts'
import { failedNumber, failedTexts } from '../failed.ts'
import { headingOf } from '../hand/sections.ts'
import { blockForms, commandsIn, safeParts } from './blocks.ts'
import { costsOfSafe, costsPart } from './costs.ts'
import { coveredShort, coveredText, reasonForms } from './reboot.ts'
import type { Page } from '../layout.ts'
import { paragraph } from '../paragraph.ts'
import { notSeenText, unseenText } from './not-seen.ts'
import {
  beforeTexts,
  countFirst,
  oldCode,
  rebootSentenceOf,
  soonSentence,
  staysText,
  usesText,
  whoText,
} from '../sentences.ts'
import { fitting, RANK } from './shorten.ts'
import { urgentParts } from './urgent.ts'
import type { Part } from './shorten.ts'
import { blockCommandRows, lookText } from '../typed.ts'

const MAX_FAILED = 2
const SINCE = say`this upgrade began`
const COMMAND_INDENT = 2

/** Returns the lines of a hook. */
export function hookLines(report: Report, page: Page): readonly Line[] {
  const answer = answerOfHook(report)
  const parts = hasSomethingToSay(report) ? partsOf(answer, page) : []
  const said = parts.filter(({ forms }) => (forms[0]?.length ?? 0) > 0)
  const { findings, unseenOfSystem } = report
  const isNothing = said.length === 0 && findings.length === 0
  if (isNothing) return unseenText(report).flatMap((text) => paragraph(text, page))
  // What is not known of packages limits what is said, and so only where something is.
  if (said.length === 0 && unseenOfSystem === 0) return []
  const seen = notSeenText(report).flatMap((text) => paragraph(text, page))
  return fitting([...said, { rank: null, forms: [seen] }])
}

/** Returns the parts of a hook in their order. */
function partsOf(answer: Answer, page: Page): readonly Part[] {
  const isSoon = answer.reboot?.kind === 'soon'
  const first = { rank: RANK.urgent, forms: firstForms(answer, page) }
  const urgent = urgentParts(answer, page)
  return [
    failedPart(answer, page),
    ...(isSoon ? [first, ...rebootParts(answer, page), ...urgent] : [...urgent, first]),
    ...(isSoon ? [] : rebootParts(answer, page)),
    fixesPart(answer, page),
    ...blockParts(answer, page),
    ...(answer.safe === null ? [] : safeParts(answer.safe, answer, page)),
    beforePart(answer, page),
    ...(answer.isShutdownEnough && answer.blocks.length > 0
      ? [{ rank: RANK.shutdown, forms: [[SHUTDOWN], []] }]
      : []),
  ]
}

/** Returns what the change of one package fixed: the worst that is known. */
function fixesPart({ count, urgent }: Answer, page: Page): Part {
  const items = [
    ...(count?.items ?? []),
    ...(urgent?.parts ?? []).flatMap((one) => one.count.items),
  ]
  const changes = items
    .flatMap(({ finding }) => changesOf(finding))
    .filter(({ advisories = [] }) => advisories.length > 0)
    .toSorted((a, b) => severityOf(b) - severityOf(a))
  const texts = changes.slice(0, 1).flatMap((change) => fixesText(change, 1))
  return { rank: RANK.fixes, forms: [texts.flatMap((text) => paragraph(say`${text}.`, page)), []] }
}

/** Returns the blocks. Where there is one service, the first sentence has named it. */
function blockParts(answer: Answer, page: Page): readonly Part[] {
  const blocks = answer.blocks.filter(({ group }) => group !== 'reboot')
  const [only] = blocks
  const isNamed = answer.count?.total === 1 && answer.urgent === null && answer.share === null
  if (!isNamed || blocks.length !== 1 || only?.group !== 'restart')
    return blocks.flatMap((block, at) => blockForms(block, answer, page, blocks[at - 1] ?? null))
  const stays = paragraph(staysText(answer.stays), page)
  const below = (texts: readonly Printable[]) => texts.flatMap((text) => paragraph(text, page))
  return [
    costsPart(costsOfSafe(only.items, page), commandsIn(only), answer.reader, below),
    kept(blockCommandRows(only.command, answer.reader, COMMAND_INDENT, page)),
    { rank: RANK.stays, forms: [stays, []] },
  ]
}

const SHUTDOWN = say`The next shutdown does all of this as well (suspend does not).`

function kept(lines: readonly Line[]): Part {
  return { rank: null, forms: [lines] }
}

const MAX_FIRST = 3

/** Returns the sentence that counts, with what is said of a reboot. */
function firstForms(answer: Answer, page: Page): readonly (readonly Line[])[] {
  const { count, share, reboot, urgent, reasons } = answer
  if (share !== null && share.count !== null) return [shareLines(share, share.count, reboot, page)]
  const about = reboot?.kind === 'soon' ? soonSentence(reboot.why) : rebootSentenceOf(reboot)
  if (reboot?.kind === 'soon') return [paragraph(about, page, 'soon')]
  if (count === null) {
    const isSaid = urgent !== null || answer.before !== null || reasons.length > 0
    return [urgent === null && isSaid ? paragraph(about, page, 'strong') : []]
  }
  const textOf = (code: Printable) => {
    const who = countFirst(count, whoText(count, urgent !== null))
    const what = say`${who} ${usesText(count, true)} ${code}.`
    return paragraph([what, ...(urgent === null ? [about] : [])], page, 'strong')
  }
  const whole = textOf(oldCode(count))
  const short = [textOf(oldCode(count, false)), textOf(say`old code`)]
  return whole.length <= MAX_FIRST ? [whole, ...short] : short
}

/** Returns what broke: a sentence for each, or one for each kind, or their number. */
function failedPart({ failed, reader }: Answer, page: Page): Part {
  const linesOf = (texts: readonly Printable[]) =>
    texts.flatMap((text) => paragraph(text, page, 'soon'))
  const broken = { since: SINCE, look: lookText(reader) }
  const long = linesOf(failedTexts(failed, MAX_FAILED, broken))
  if (failed.length === 1) {
    const isListed = failed[0]?.code === 'failed'
    const one = say`1 service has failed since ${SINCE}: systemctl --failed`
    return { rank: RANK.failed, forms: [long, ...(isListed ? [linesOf([one])] : [])] }
  }
  const short = [linesOf(failedTexts(failed, 1, broken)), linesOf([failedNumber(failed, broken)])]
  return { rank: RANK.failed, forms: [long, ...(failed.length === 0 ? [] : short)] }
}

/** Returns what was old before. Those that are named become fewer. */
function beforePart(answer: Answer, page: Page): Part {
  const { before } = answer
  if (before === null) return kept([])
  const linesOf = (most: number) => {
    const lifelines = before.lifelines.slice(0, most)
    return paragraph(beforeTexts({ ...before, lifelines }, answer, page), page)
  }
  return { rank: RANK.before, forms: [linesOf(Infinity), linesOf(3), linesOf(1)] }
}

/** Returns the lines where nearly everything uses old code. */
function shareLines(
  share: NonNullable<Answer['share']>,
  count: Count,
  reboot: Answer['reboot'],
  page: Page,
): readonly Line[] {
  const isSoon = reboot?.kind === 'soon'
  const when = isSoon ? say`Reboot soon` : say`Reboot when it suits`
  const first = say`${when}: ${share.old} of ${share.programs} programs still use ${oldCode(count)}.`
  const then = joined(
    [
      say`What runs goes on working. Until the reboot a new login,`,
      say`a scheduled job or a program that loads a part of itself later can fail.`,
    ],
    ' ',
  )
  return [
    ...paragraph(first, page, isSoon ? 'soon' : 'strong'),
    ...(isSoon && reboot.why.includes('libc') ? paragraph(then, page) : []),
  ]
}

/** Returns the reasons to reboot, and what the reboot does too. */
function rebootParts(answer: Answer, page: Page): readonly Part[] {
  const block = answer.blocks.find(({ group }) => group === 'reboot')
  const isAdvised = answer.reboot?.kind === 'soon' || answer.reboot?.kind === 'whenever'
  if (!isAdvised || (answer.share !== null && answer.reasons.length === 0)) return []
  const items = block?.items ?? []
  const names = items.map(placedName)
  const also = [coveredText(answer, names), coveredShort(answer, items)] as const
  return reasonForms(answer, headingOf({ group: 'reboot', user: null }), also, page)
}
