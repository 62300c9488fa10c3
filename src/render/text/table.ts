import { joined, printableText, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Line, Span } from '../door.ts'
import type { Tone } from '../style.ts'
import { blanks, padded, wrapped } from './layout.ts'
import type { Page } from './layout.ts'

/** One row: a name, what it uses, and what it has to say. */
export type TableRow = {
  readonly name: Printable
  readonly packages: Printable
  readonly note: Printable
  readonly tone?: Tone
}

/** A part of a table with a heading in its first line. */
export type Section = {
  readonly heading: Printable
  readonly tone?: Tone
  /** Rows, and texts as wide as the page. */
  readonly rows: readonly (TableRow | { readonly text: Printable })[]
  /** What stands below them, as it is. */
  readonly below?: readonly Line[]
}

/** The columns of a heading: the longest has eleven letters. */
export const HEADING = 13
/** A command stands deeper than the text that it is about. */
export const COMMAND = HEADING + 2

const GAP = 2
const MAX_NAME = 28
const MAX_PACKAGES = 20
/** A column of text that is narrower helps no reader. */
const MIN_NOTE = 26
/** Where only longer names stand alone on their lines, the columns begin behind so many. */
const LEAST_NAME = 8
const DEEPER = 4

type Widths = { readonly name: number; readonly packages: number }

/** Returns sections as lines. The columns are as wide as what stands in them. */
export function tableLines(sections: readonly Section[], page: Page): readonly Line[] {
  const rows = sections.flatMap((section) => section.rows.filter((row) => 'name' in row))
  const packages = packagesWidth(rows, page) + GAP
  const most = Math.min(MAX_NAME, page.width - HEADING - packages - GAP - MIN_NOTE)
  const names = rows.map(({ name }) => page.columns(name)).filter((columns) => columns <= most)
  const widths = { name: (names.length === 0 ? LEAST_NAME : Math.max(...names)) + GAP, packages }
  return sections.flatMap((section) => sectionLines(section, widths, page))
}

/** Returns the columns of packages: no name of one is broken but one longer than a name may be. */
function packagesWidth(rows: readonly TableRow[], { columns }: Page): number {
  const texts = rows.map(({ packages }) => packages)
  const longest = (some: readonly string[]) => Math.max(0, ...some.map(columns))
  const word = longest(texts.flatMap((text) => text.split(' ')))
  return Math.max(Math.min(longest(texts), MAX_PACKAGES), Math.min(word, MAX_NAME))
}

function sectionLines(section: Section, widths: Widths, page: Page): readonly Line[] {
  const { heading, tone = 'strong', rows, below = [] } = section
  const lines = rows.flatMap((row) =>
    'name' in row ? rowLines(row, widths, page) : textLines(row.text, page),
  )
  const isLong = page.columns(heading) > HEADING - GAP
  const first = lines[0] ?? []
  const top: Line[] = isLong
    ? [{ spans: [{ text: heading, tone }] }, line(blanks(HEADING), first)]
    : [line({ text: padded(heading, HEADING, page.columns), tone }, first)]
  return [...top, ...lines.slice(1).map((parts) => line(blanks(HEADING), parts)), ...below]
}

type Parts = readonly (Printable | Span)[]

function line(start: Printable | Span, parts: Parts): Line {
  return { spans: [start, ...parts] }
}

function textLines(text: Printable, { width, columns }: Page): readonly Parts[] {
  return wrapped(text, width - HEADING, columns).map((one) => [one])
}

function rowLines(row: TableRow, { name, packages }: Widths, page: Page): readonly Parts[] {
  const { columns, width } = page
  const room = width - HEADING - name - packages
  if (room < MIN_NOTE) return narrowLines(row, page)
  const said = row.packages === '' ? packages + room : room
  const uses = row.packages === '' ? [] : wrapped(row.packages, packages - GAP, columns)
  const notes = row.note === '' ? [] : wrapped(row.note, said, columns)
  const isLong = columns(row.name) > name - GAP
  const height = Math.max(uses.length, notes.length, isLong ? 0 : 1)
  const lines = Array.from({ length: height }, (_, at): Parts => {
    const label = at === 0 && !isLong ? padded(row.name, name, columns) : blanks(name)
    const use = row.packages === '' ? say`` : padded(uses[at] ?? say``, packages, columns)
    return trimmed([label, use, toned(notes[at] ?? say``, row.tone)])
  })
  const names = isLong ? wrapped(row.name, width - HEADING, columns) : []
  return [...names.map((one): Parts => [one]), ...lines]
}

/** Returns a row without columns: what is said stands below the name. */
function narrowLines({ name, packages, note, tone }: TableRow, { width, columns }: Page) {
  const said = [packages, note].filter((text) => text !== '')
  const lines = wrapped(joined(said, ': '), width - HEADING - DEEPER, columns)
  return [
    ...wrapped(name, width - HEADING, columns).map((one): Parts => [one]),
    ...(said.length === 0 ? [] : lines.map((text): Parts => [blanks(DEEPER), toned(text, tone)])),
  ]
}

function toned(text: Printable, tone: Tone | undefined): Printable | Span {
  return tone === undefined || text === '' ? text : { text, tone }
}

/** Returns the parts of a line without blanks at its end. */
function trimmed(parts: Parts): Parts {
  const isFull = (part: Printable | Span) =>
    (typeof part === 'string' ? part : part.text).trim() !== ''
  const last = parts.findLastIndex(isFull)
  return parts
    .slice(0, last + 1)
    .map((part, at) => (at === last && typeof part === 'string' ? trimEnd(part) : part))
}

function trimEnd(text: Printable): Printable {
  return printableText(text.trimEnd())
}
