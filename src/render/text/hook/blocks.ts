import type { Answer } from '../../../core/answer/answer.ts'
import type { Block, BlockCommand } from '../../../core/answer/blocks.ts'
import { endsReader } from '../../../core/report/ends-reader.ts'
import { say } from '../../../core/printable.ts'
import type { Printable } from '../../../core/printable.ts'
import type { Line } from '../../door.ts'
import { commandLine } from '../../words/words.ts'
import { headingOf, headingTone } from '../hand/sections.ts'
import type { Page } from '../layout.ts'
import { paragraph } from '../paragraph.ts'
import { staysText, whoText } from '../sentences.ts'
import { costs, costsOfSafe, costsPart } from './costs.ts'
import { asManyAs, namedOf, numberText, ordered } from './named.ts'
import { MOST_LINES, RANK } from './shorten.ts'
import type { Part } from './shorten.ts'
import { COMMAND, tableLines } from '../table.ts'
import { blockCommandRows, commandForms, lookText, typedCommand } from '../typed.ts'

/** Returns a block of a hook as parts. */
export function blockForms(
  block: Block,
  answer: Answer,
  page: Page,
  before: Block | null,
): readonly Part[] {
  switch (block.group) {
    case 'restart':
      return restartParts(block, answer, page)
    case 'later':
      return [laterPart(block, answer, page)]
    case 'own':
      return [ownPart(block, answer, page, before)]
    case 'logout':
    case 'close':
      return [countedPart(block, answer, page)]
    default:
      return []
  }
}

function under(
  block: Pick<Block, 'group' | 'user'>,
  answer: Answer,
  texts: readonly Printable[],
  page: Page,
) {
  return underHeading(headingOf(block), block, answer, texts, page)
}

function underHeading(
  heading: Printable,
  { group }: Pick<Block, 'group'>,
  answer: Answer,
  texts: readonly Printable[],
  page: Page,
): readonly Line[] {
  const rows = texts.map((text) => ({ text }))
  return tableLines([{ heading, tone: headingTone(group, answer), rows }], page)
}

const MOST_NAME_LINES = 3

function restartParts(block: Block, answer: Answer, page: Page): readonly Part[] {
  const names = ordered(block.items)
  const some = (lines: number) => under(block, answer, [asManyAs(names, lines, page)], page)
  const long = some(MOST_NAME_LINES)
  const blank = { group: block.group, user: null }
  const below = (texts: readonly Printable[]) =>
    texts.length === 0 ? [] : underHeading(say``, blank, answer, texts, page)
  const stays = staysText(answer.stays)
  return [
    { rank: RANK.restart, forms: [long, ...(long.length > 1 ? [some(1)] : [])] },
    costsPart(costsOfSafe(block.items, page), commandsIn(block), answer.reader, below),
    { rank: RANK.urgent, forms: commandForms(block.command, answer.reader, COMMAND, page) },
    { rank: RANK.restart, forms: [below(stays === '' ? [] : [stays]), []] },
  ]
}

/** Returns the command of a block as a list. */
export function commandsIn({ command }: Pick<Block, 'command'>): readonly BlockCommand[] {
  return command === null ? [] : [command]
}

/** Returns what costs something: names that share a cost, then the command for those that can. */
function laterPart(block: Block, answer: Answer, page: Page): Part {
  const { items, command } = block
  const can = items.filter(({ finding }) => !endsReader(finding))
  const cannot = items.filter(({ finding }) => endsReader(finding))
  const rows = blockCommandRows(command, answer.reader, COMMAND, page)
  const blank = { group: block.group, user: null }
  const last = costs(cannot, page)
  const texts = costs(can, page)
  const long =
    texts.length === 0
      ? under(block, answer, last, page)
      : [
          ...under(block, answer, texts, page),
          ...rows,
          ...(last.length === 0 ? [] : underHeading(say``, blank, answer, last, page)),
        ]
  const look = lookText(answer.reader)
  const room = { ...page, width: page.width - look.length - 2 }
  const names = say`${asManyAs(namedOf(items), 1, room)}: ${look}`
  const count = say`${numberText(items)}: ${look}`
  return {
    rank: RANK.later,
    forms: [long, under(block, answer, [names], page), under(block, answer, [count], page)],
  }
}

/** Returns what users restart themselves: with its command where the reader is the user. */
function ownPart(block: Block, answer: Answer, page: Page, before: Block | null): Part {
  const { user, items, command } = block
  const isReaders = user !== null && user.uid === answer.reader.uid
  if (!isReaders) {
    const users = new Set(items.map(({ finding }) => finding.user?.uid))
    const heading = users.size === 1 ? headingOf(block) : say`As others`
    const whose = users.size === 1 ? say`` : say` of ${users.size} users`
    const text = say`${numberText(items)}${whose}: ${lookText(answer.reader)}`
    return {
      rank: RANK.own,
      forms: [underHeading(heading, block, answer, [text], page)],
      isCounted: true,
    }
  }
  const heading = before?.group === 'restart' || before?.group === 'later' ? say`` : say`Restart`
  const rows = blockCommandRows(command, answer.reader, COMMAND, page)
  const names = asManyAs(namedOf(items), MOST_LINES, page)
  const short =
    command === null ? numberText(items) : commandLine(typedCommand(command, answer.reader))
  return {
    rank: RANK.own,
    isCounted: true,
    forms: [
      [...underHeading(heading, block, answer, [say`yours: ${names}`], page), ...rows],
      underHeading(heading, block, answer, [say`yours: ${short}`], page),
    ],
  }
}

/** Returns what a person ends: by name, or counted. */
function countedPart(block: Block, answer: Answer, page: Page): Part {
  const { leaving } = answer
  const also =
    block.group === 'logout' && leaving !== null ? say` (also does ${whoText(leaving)})` : say``
  const names = asManyAs(namedOf(block.items), MOST_LINES, page)
  const long = under(block, answer, [say`${names}${also}`], page)
  const short = under(block, answer, [say`${numberText(block.items)}${also}`], page)
  const rank = block.group === 'close' ? RANK.close : RANK.logout
  return { rank, forms: [long, short], isCounted: true }
}

/** Returns the safe part of what a reboot that should be soon does anyway. */
export function safeParts(safe: Block, answer: Answer, page: Page): readonly Part[] {
  const { reader } = answer
  const all = { by: 'restart', isUser: !answer.isRoot, names: [] } as const
  const first = say`Without a reboot, the safe part (${numberText(safe.items)}):`
  const short = say`${first} ${commandLine(typedCommand(all, reader))}`
  const stays = staysText(answer.stays)
  const linesOf = (texts: readonly Printable[]) => texts.flatMap((text) => paragraph(text, page))
  return [
    {
      rank: RANK.safe,
      forms: [
        [...paragraph(first, page), ...blockCommandRows(safe.command, reader, 2, page)],
        paragraph(short, page),
      ],
    },
    { ...costsPart(costsOfSafe(safe.items, page), [], reader, linesOf), isCounted: true },
    { rank: RANK.stays, forms: [paragraph(stays, page), []] },
  ]
}
