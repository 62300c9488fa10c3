import type { Answer } from '../../../core/answer/answer.ts'
import type { Placed } from '../../../core/answer/placed.ts'
import { joined, say } from '../../../core/printable.ts'
import type { Printable } from '../../../core/printable.ts'
import { placedName } from '../../words/names.ts'
import { reasonRow } from '../../words/reasons.ts'
import type { ReasonRow } from '../../words/reasons.ts'
import { enumerated } from '../../words/words.ts'
import { headingTone } from '../hand/sections.ts'
import type { Page } from '../layout.ts'
import { fewWords, oldCode, usesText, whoText } from '../sentences.ts'
import { tableLines } from '../table.ts'
import type { TableRow } from '../table.ts'
import { numberText } from './named.ts'
import { RANK } from './shorten.ts'
import type { Part } from './shorten.ts'

/** Returns what a reboot does beside its reasons; empty where that is nothing. */
export function coveredText(
  { covered, reboot, blocks, reasons }: Answer,
  names: readonly Printable[],
): Printable {
  const isFirst = reasons.length === 0
  const others = blocks.some(({ group }) => group !== 'reboot')
  const alone = names.length === 0 ? [] : [say`Nothing else renews ${enumerated(names)}.`]
  const also =
    covered === null
      ? []
      : [
          reboot?.kind === 'soon'
            ? say`It also renews ${whoText(covered)}, which ${usesText(covered, false)} ${oldCode(covered, false)}.`
            : say`It also renews ${whoText(covered)}.`,
        ]
  const does = isFirst && (others || covered !== null) ? [say`does all of this.`] : []
  return joined([...(reboot?.kind === 'soon' ? [] : does), ...alone, ...also], ' ')
}

/** Returns in few words what a reboot does beside its reasons. */
export function coveredShort({ covered }: Answer, items: readonly Placed[]): Printable {
  const names = enumerated(items.map(placedName))
  const who = names.length > MOST_ALONE ? numberText(items) : names
  const alone = items.length === 0 ? [] : [say`Nothing else renews ${who}.`]
  const also =
    covered === null
      ? []
      : [
          say`It also renews ${covered.total === 1 ? numberText(covered.items) : fewWords(covered)}.`,
        ]
  return joined([...alone, ...also], ' ')
}

/** The characters of names in few words. */
const MOST_ALONE = 24

/**
 * Returns the reasons to reboot, and what it does too: in full, in one line each, and with one line
 * of few words.
 */
export function reasonForms(
  answer: Answer,
  heading: Printable,
  [also, few]: readonly [also: Printable, few: Printable],
  page: Page,
): readonly Part[] {
  const rows = answer.reasons.map(reasonRow)
  if (rows.length === 0 && also === '') return []
  const tone = headingTone('reboot', answer)
  const linesOf = (some: readonly (TableRow | { readonly text: Printable })[], last: Printable) =>
    tableLines([{ heading, tone, rows: [...some, ...(last === '' ? [] : [{ text: last }])] }], page)
  const tableRow = (row: ReasonRow, note: Printable) => ({ name: row.name, packages: say``, note })
  const short = merged(rows)
  const forms = [
    linesOf(
      rows.map((row) => tableRow(row, row.text)),
      also,
    ),
    linesOf(
      short.map((row) => tableRow(row, row.short)),
      also,
    ),
    linesOf(
      short.map((row) => ({ text: say`${row.name}: ${row.short}` })),
      few,
    ),
  ]
  return [{ rank: RANK.reboot, forms }]
}

/** Returns rows, those that say the same as one. */
function merged(rows: readonly ReasonRow[]): readonly ReasonRow[] {
  const byText = new Map<Printable, ReasonRow>()
  for (const row of rows) {
    const known = byText.get(row.short)
    const name = known === undefined ? row.name : say`${known.name}, ${row.name}`
    byText.set(row.short, { ...row, name })
  }
  return [...byText.values()]
}
