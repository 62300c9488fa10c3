import { joined, printableText, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import { textOf } from '../door.ts'
import type { Line, Span } from '../door.ts'
import { columnsOf } from '../text/columns.ts'
import { blanks, hanging, padded, wrapped } from '../text/layout.ts'
import { shellRows } from '../text/typed.ts'
import type { PageSize } from '../width.ts'

/** The columns of the labels of rows, and of the indent in front of them. */
const LABELS = 12
const INDENT = 2

/** A command, and what is said of it in brackets. */
export type TypedCommand = { readonly command: readonly Printable[]; readonly remark?: Printable }

/** What a row says behind its label: a text takes as many lines as it needs. */
export type RowPart =
  | Printable
  | TypedCommand
  | { readonly pairs: readonly (readonly [left: Printable, right: Printable])[] }
  /** Names behind a text, as many as one line has room for. */
  | { readonly start: Printable; readonly names: readonly Printable[] }

/** One row of a screen: its label, and what it says. */
export type Row = { readonly label: Printable; readonly parts: readonly RowPart[] }

/** A part of a screen that is laid out where the width of the page is known. */
export type ScreenBlock =
  | Printable
  | Row
  /** The first sentences: what to do, and what may fail until then. */
  | { readonly headline: Printable; readonly risks?: Printable }
  /** What stands below the rows, with the command that it is about. */
  | { readonly foot: Printable; readonly command?: readonly Printable[] }

/** Returns a row with a text. */
export function textRow(label: Printable, text: Printable): Row {
  return { label, parts: [text] }
}

/** Returns the blocks of a screen as lines of a page. */
export function laidOut(blocks: readonly ScreenBlock[], page: PageSize): readonly Line[] {
  return blocks.flatMap((block) => {
    if (typeof block === 'string') return [block]
    if ('label' in block) return rowLines(block, page)
    return 'headline' in block ? headLines(block, page) : footLines(block, page)
  })
}

function headLines(
  { headline, risks = say`` }: Extract<ScreenBlock, { readonly headline: Printable }>,
  { width }: PageSize,
): readonly Line[] {
  const text = say`${headline}${risks}`
  const lines = columnsOf(text) <= width ? [text] : wrapped(text, width - 4, columnsOf)
  let start = 0
  return lines.map((line, at) => {
    const room = Math.min(Math.max(0, headline.length - start), line.length)
    start += line.length + 1
    const strong: Span = { text: printableText(line.slice(0, room)), tone: 'strong' }
    const soon: Span = { text: printableText(line.slice(room)), tone: 'soon' }
    const parts = [strong, soon].filter((span) => span.text !== '')
    return { spans: at === 0 ? parts : [blanks(4), ...parts] }
  })
}

function footLines(
  { foot, command }: Extract<ScreenBlock, { readonly foot: Printable }>,
  page: PageSize,
): readonly Line[] {
  const lines = (text: Printable) => hanging(say`  `, 6, wrapped(text, page.width - 6, columnsOf))
  const dim = (texts: readonly Printable[]) =>
    texts.map((text): Line => ({ spans: [{ text, tone: 'detail' }] }))
  if (command === undefined) return dim(lines(foot))
  const line = say`  ${foot}: ${commandOnOneLine(command)}`
  if (columnsOf(line) <= page.width) return dim([line])
  return dim([...lines(say`${foot}:`), ...shellRows(command, 4, withColumns(page))])
}

function commandOnOneLine(command: readonly Printable[]): Printable {
  return joined(shellRows(command, 0, { width: Infinity, columns: columnsOf }), '')
}

function withColumns({ width }: PageSize) {
  return { width, columns: columnsOf }
}

function rowLines({ label, parts }: Row, page: PageSize): readonly Line[] {
  const isLong = columnsOf(label) >= LABELS
  const start = say`${blanks(INDENT)}${padded(label, LABELS, columnsOf)}`
  const texts = parts.flatMap((part) => partLines(part, page))
  const lines = texts.map((line, at) =>
    behind(at === 0 && !isLong ? start : blanks(INDENT + LABELS), line),
  )
  if (!isLong) return lines
  const heads = wrapped(label, page.width - INDENT, columnsOf)
  return [...heads.map((line) => say`${blanks(INDENT)}${line}`), ...lines]
}

function behind(start: Printable, line: Line): Line {
  if (typeof line === 'string') return say`${start}${line}`
  return { spans: [start, ...('spans' in line ? line.spans : [textOf(line)])] }
}

function partLines(part: RowPart, { width }: PageSize): readonly Line[] {
  const room = width - INDENT - LABELS
  if (typeof part === 'string') return wrapped(part, room, columnsOf)
  if ('pairs' in part) return twoColumns(part.pairs, room)
  if ('command' in part) return commandLines(part, room)
  const line = say`${part.start}${namesIn(part.names, room - columnsOf(part.start))}`
  if (columnsOf(line) <= room) return [line]
  const lines = [trimmed(part.start), namesIn(part.names, room)]
  return lines.flatMap((text) => wrapped(text, room, columnsOf))
}

function commandLines({ command, remark }: TypedCommand, room: number): readonly Line[] {
  const rows = shellRows(command, 0, { width: room, columns: columnsOf })
  const lines = rows.map((text): Span => ({ text, tone: 'strong' }))
  if (remark === undefined) return lines.map((span) => ({ spans: [span] }))
  const last = lines.at(-1)
  const behindIt: Span = { text: say`    ${remark}`, tone: 'detail' }
  const isFitting = columnsOf(last?.text ?? '') + columnsOf(behindIt.text) <= room
  if (last === undefined || !isFitting)
    return [...lines, { ...behindIt, text: remark }].map((span) => ({ spans: [span] }))
  return [...lines.slice(0, -1).map((span) => ({ spans: [span] })), { spans: [last, behindIt] }]
}

/** Returns two columns. A pair that no line has room for stands below each other. */
function twoColumns(
  pairs: readonly (readonly [left: Printable, right: Printable])[],
  room: number,
): readonly Printable[] {
  const right = Math.max(0, ...pairs.map(([, other]) => columnsOf(other)))
  const isFitting = (one: Printable) => columnsOf(one) + 2 + right <= room
  const left = Math.max(0, ...pairs.map(([one]) => (isFitting(one) ? columnsOf(one) : 0)))
  return pairs.flatMap(([one, other]) =>
    isFitting(one)
      ? [trimmed(say`${padded(one, left + 2, columnsOf)}${other}`)]
      : [
          ...(columnsOf(one) <= room
            ? [one]
            : hanging(say``, 4, wrapped(one, room - 4, columnsOf))),
          ...hanging(say`  `, 2, wrapped(other, room - 2, columnsOf)),
        ],
  )
}

function trimmed(line: Printable): Printable {
  return printableText(line.trimEnd())
}

/** Returns the first of some names, as many as fit in so many columns, and how many more. */
function namesIn(names: readonly Printable[], width: number): Printable {
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
