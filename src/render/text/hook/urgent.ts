import type { Answer } from '../../../core/answer/answer.ts'
import type { Urgent } from '../../../core/answer/urgent.ts'
import type { BlockCommand } from '../../../core/answer/blocks.ts'
import { say } from '../../../core/printable.ts'
import type { Printable } from '../../../core/printable.ts'
import type { Reader } from '../../../core/report/reader.ts'
import type { Line } from '../../door.ts'
import { placedName } from '../../words/names.ts'
import { enumerated } from '../../words/words.ts'
import type { Page } from '../layout.ts'
import { paragraph } from '../paragraph.ts'
import { failText, rebootSentenceOf, staysText, urgentSentences, usesText } from '../sentences.ts'
import { blockCommandRows, commandForms, lookText } from '../typed.ts'
import { costsOfSafe, costsOfUrgent, costsPart } from './costs.ts'
import { numberText } from './named.ts'
import { RANK } from './shorten.ts'
import type { Part } from './shorten.ts'

const COMMAND_INDENT = 2

/** Returns what may fail, with what renewing it costs, and what renews it. */
export function urgentParts(answer: Answer, page: Page): readonly Part[] {
  const { urgent, share, reboot, reader } = answer
  if (urgent === null) return []
  const items = urgent.parts.flatMap(({ count }) => count.items)
  const safe = items.filter(({ group }) => group === 'restart')
  const later = items.filter(({ group }) => group === 'later')
  const stays: Part = { rank: RANK.stays, forms: [paragraph(staysText(urgent.stays), page), []] }
  const command = commandsPart(urgent, reader, page)
  const linesOfCosts = (texts: readonly Printable[]) =>
    texts.flatMap((text) => paragraph(text, page))
  if (share !== null && reboot?.kind === 'soon') {
    if (urgent.commands.length === 0) return []
    const still = say`If it cannot be today, make sure that you can still get in:`
    const costs = costsPart(costsOfSafe(safe, page), urgent.commands, reader, linesOfCosts)
    return [{ rank: null, forms: [paragraph(still, page)] }, costs, command, stays]
  }
  const about = reboot?.kind === 'soon' ? [] : [rebootSentenceOf(reboot)]
  const linesOf = (sentences: readonly Printable[]) =>
    paragraph([...sentences, ...about], page, 'soon')
  const forms = [
    linesOf(urgentSentences(urgent, answer, page, true)),
    linesOf(urgentSentences(urgent, answer, page, false)),
    linesOf(fewSentences(urgent)),
  ]
  const texts = [...costsOfSafe(safe, page), ...costsOfUrgent(later, page)]
  return [
    { rank: RANK.urgent, forms },
    costsPart(texts, urgent.commands, reader, linesOfCosts),
    command,
    stays,
  ]
}

/** The characters of names in few words: the commands name them too. */
const MOST_NAMED = 32

/** Returns what may fail in few words. */
function fewSentences({ parts }: Urgent): readonly Printable[] {
  return parts.map(({ code, count }) => {
    const names = enumerated(count.items.map(placedName))
    const isNamed = count.total === 1 || names.length <= MOST_NAMED
    const who = isNamed ? names : numberText(count.items)
    if (code !== 'parts')
      return say`${failText(code, count)}: ${who} ${usesText(count, true)} old code.`
    if (isNamed) return say`${failText(code, count)}.`
    return say`${who} may fail when they load a part of themselves.`
  })
}

const MOST_ROWS = 2

/** Returns the commands. One that takes many lines has a shorter one that does the same. */
function commandsPart({ commands }: Urgent, reader: Reader, page: Page): Part {
  const rowsOf = (command: BlockCommand) => blockCommandRows(command, reader, COMMAND_INDENT, page)
  const shortOf = (command: BlockCommand): readonly Line[] => {
    if (command.by === 'systemctl')
      return commandForms(command, reader, COMMAND_INDENT, page).at(-1) ?? []
    const rows = rowsOf(command)
    return rows.length <= MOST_ROWS
      ? rows
      : paragraph(say`A command for each: ${lookText(reader)}`, page)
  }
  return { rank: RANK.urgent, forms: [commands.flatMap(rowsOf), commands.flatMap(shortOf)] }
}
