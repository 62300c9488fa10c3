import { printableText, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import { textOf } from '../door.ts'
import type { Line } from '../door.ts'
import { listed } from '../words/words.ts'

/** The columns of a line of a run by hand. */
export const WIDTH = 98

/** The columns of a line of a hook: 80 of a screen, less an indent of two. */
export const HOOK_WIDTH = 78

/** Returns the number of columns that a text takes on a terminal. */
export type Columns = (text: string) => number

/** The columns of a text that is ASCII, as most are. `columns.ts` counts those of any text. */
export const ASCII_COLUMNS: Columns = (text) => text.length

/** The page that a text is written on. */
export type Page = {
  readonly isHook: boolean
  readonly width: number
  readonly columns: Columns
  /** The packages that were named already, each with its versions. */
  readonly said: Set<string>
}

/**
 * Returns the number of rows that lines take on the screen of a hook. The name of a unit is never
 * cut, and may take several rows.
 */
export function rowsOf(lines: readonly Line[], { columns }: Pick<Page, 'columns'>): number {
  const rows = lines.map((line) => Math.max(1, Math.ceil(columns(textOf(line)) / HOOK_WIDTH)))
  return rows.reduce((sum, some) => sum + some, 0)
}

/** Returns a text as lines, the first indented by two and the others by four. */
export function indented(text: Printable, page: Page): readonly Printable[] {
  return hanging(say`  `, 4, wrapped(text, page.width - 4, page.columns))
}

/** Returns lines, the first behind a text and the others indented by so many blanks. */
export function hanging(
  start: Printable,
  indent: number,
  lines: readonly Printable[],
): readonly Printable[] {
  return lines.map((line, at) => (at === 0 ? say`${start}${line}` : say`${blanks(indent)}${line}`))
}

/** Deeper than any line of this program begins. */
export const HANGING = 6
const MAX_NAMES_LINES = 3

/** Returns names after a text, as many as three lines take, and the number of the others. */
export function namesLines(
  start: Printable,
  names: readonly Printable[],
  { width, columns }: Page,
): readonly Printable[] {
  // Each name takes a character at least, and a comma with a blank.
  for (let most = Math.min(names.length, width); most > 0; most -= 1) {
    const text = say`${start}${listed(names, most)}`
    const lines = hanging(say``, HANGING, wrapped(text, width - HANGING, columns))
    if (lines.length <= MAX_NAMES_LINES) return lines
  }
  return []
}

/** Returns so many blanks. */
export function blanks(number: number): Printable {
  return printableText(' '.repeat(Math.max(0, number)))
}

/** Returns a text with blanks up to so many columns. */
export function padded(text: Printable, width: number, columns: Columns): Printable {
  return say`${text}${blanks(width - columns(text))}`
}

/**
 * Breaks a text at blanks, but not inside of quotes: a part of a stranger's name could read like a
 * line of this program. A word that is longer than a line is cut, since a path can have any length.
 *
 * @param isWhole says of a word that it is never cut
 */
export function wrapped(
  text: Printable,
  width: number,
  columns: Columns,
  isWhole: (word: string) => boolean = () => false,
): readonly Printable[] {
  const lines: string[] = []
  let line = ''
  const pieces = (word: string) => (isWhole(word) ? [word] : cut(word, width, columns))
  for (const word of wordsOf(text).flatMap(pieces)) {
    if (line !== '' && columns(line) + 1 + columns(word) > width) {
      lines.push(line)
      line = ''
    }
    line += line === '' ? word : ` ${word}`
  }
  // Blanks at the end of both a text and a line begin no other line.
  return (line === '' && lines.length > 0 ? lines : [...lines, line]).map(printableText)
}

/** Returns the words between blanks. What stands in quotes is one, if every quote has an end. */
function wordsOf(text: string): readonly string[] {
  const parts = text.split(' ')
  const words: string[][] = []
  let isOpen = false
  for (const part of parts) {
    if (isOpen) words.at(-1)?.push(part)
    else words.push([part])
    if (part.split('"').length % 2 === 0) isOpen = !isOpen
  }
  return isOpen ? parts : words.map((some) => some.join(' '))
}

/** Cuts a word into pieces that fit. */
function cut(word: string, width: number, columns: Columns): readonly string[] {
  const pieces: string[] = []
  let rest = word
  do {
    const piece = beginningOf(rest, width, columns)
    pieces.push(piece)
    rest = rest.slice(piece.length)
  } while (rest !== '')
  return pieces
}

/** A character with the marks on it. A mark without its character would be escaped. */
const CHARACTER = /\P{M}\p{M}*|\p{M}+/gsu

/** Returns as much of a text as fits, and at least one character. */
function beginningOf(text: string, width: number, columns: Columns): string {
  let end = 0
  let used = 0
  for (const [character] of text.matchAll(CHARACTER)) {
    used += columns(character)
    if (used > width && end > 0) break
    end += character.length
  }
  return text.slice(0, end)
}

/** Cuts a text to so many columns, and marks the cut with `...`. */
export function shortened(text: Printable, most: number, columns: Columns): Printable {
  if (columns(text) <= most) return text
  return say`${printableText(beginningOf(text, most - 3, columns))}...`
}
