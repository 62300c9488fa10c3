import { joined, printableText, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import { columnsOf } from '../text/columns.ts'
import { blanks, hanging, padded, wrapped } from '../text/layout.ts'

/** The columns of a screen of explain. */
export const EXPLAIN_WIDTH = 80
/** The columns of the labels of rows, and of the indent in front of them. */
const LABELS = 12
const INDENT = 2
/** The columns that the text of a row has. */
export const ROOM = EXPLAIN_WIDTH - INDENT - LABELS

/** One row of a screen: its label, and its text as lines. */
export type Row = { readonly label: Printable; readonly lines: readonly Printable[] }

/** Returns a row with a text, which takes as many lines as it needs. */
export function textRow(label: Printable, text: Printable): Row {
  return { label, lines: filled(text) }
}

/** Returns a text as lines that fit behind a label. */
export function filled(text: Printable): readonly Printable[] {
  return wrapped(text, ROOM, columnsOf)
}

/** Returns the lines of rows, the label in front of the first line of each. */
export function rowLines(rows: readonly Row[]): readonly Printable[] {
  return rows.flatMap(({ label, lines }) => {
    const isLong = columnsOf(label) >= LABELS
    const start = say`${blanks(INDENT)}${padded(label, LABELS, columnsOf)}`
    if (!isLong) return hanging(start, INDENT + LABELS, lines)
    const heads = wrapped(label, EXPLAIN_WIDTH - INDENT, columnsOf)
    const rest = hanging(blanks(INDENT + LABELS), INDENT + LABELS, lines)
    return [...heads.map((line) => say`${blanks(INDENT)}${line}`), ...rest]
  })
}

/** Returns a sentence at the left edge as lines, the later ones indented. */
export function headline(text: Printable): readonly Printable[] {
  if (columnsOf(text) <= EXPLAIN_WIDTH) return [text]
  return hanging(say``, 4, wrapped(text, EXPLAIN_WIDTH - 4, columnsOf))
}

/** Returns a line of a screen's foot, indented by two, its later lines by six. */
export function footLines(text: Printable): readonly Printable[] {
  return hanging(say`  `, 6, wrapped(text, EXPLAIN_WIDTH - 6, columnsOf))
}

/** Returns a command behind a text: whole on one line with it, or alone below it. */
export function footCommand(text: Printable, command: Printable): readonly Printable[] {
  const line = say`  ${text}: ${command}`
  if (columnsOf(line) <= EXPLAIN_WIDTH) return [line]
  return [...footLines(say`${text}:`), say`    ${command}`]
}

/** Returns two columns. A pair that no line has room for stands below each other. */
export function twoColumns(
  pairs: readonly (readonly [left: Printable, right: Printable])[],
): readonly Printable[] {
  const right = Math.max(0, ...pairs.map(([, other]) => columnsOf(other)))
  const isFitting = (one: Printable) => columnsOf(one) + 2 + right <= ROOM
  const left = Math.max(0, ...pairs.map(([one]) => (isFitting(one) ? columnsOf(one) : 0)))
  return pairs.flatMap(([one, other]) =>
    isFitting(one)
      ? [trimmed(say`${padded(one, left + 2, columnsOf)}${other}`)]
      : [...filled(one), ...hanging(say`  `, 2, wrapped(other, ROOM - 2, columnsOf))],
  )
}

function trimmed(line: Printable): Printable {
  return printableText(line.trimEnd())
}

/** Returns the first of some names, as many as fit in so many columns, and how many more. */
export function namesIn(names: readonly Printable[], width: number): Printable {
  const line = (most: number) => {
    const more = names.length - most
    return joined([...names.slice(0, most), ...(more > 0 ? [say`${more} more`] : [])], ', ')
  }
  for (let most = Math.min(names.length, width); most > 1; most -= 1)
    if (columnsOf(line(most)) <= width) return line(most)
  return line(1)
}

/** Returns the first of some texts, and where the others are shown. */
export function bounded<Text extends Printable>(
  texts: readonly Text[],
  most: number,
): { readonly shown: readonly Text[]; readonly more: readonly Printable[] } {
  // One line more is as long as the line that counts it.
  if (texts.length <= most + 1) return { shown: texts, more: [] }
  return { shown: texts.slice(0, most), more: [say`and ${texts.length - most} more: --facts`] }
}
