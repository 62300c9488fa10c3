import { printableText, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import { ROOT_PROGRAMS } from '../../core/report/reader.ts'

/** Returns the number of columns that a text takes on a terminal. */
export type Columns = (text: string) => number

/** The columns of a text that is ASCII, as most are. `columns.ts` counts those of any text. */
export const ASCII_COLUMNS: Columns = (text) => text.length

/** The page that a text is written on. */
export type Page = {
  readonly isHook: boolean
  /** The columns of a line. */
  readonly width: number
  readonly columns: Columns
  readonly now: Date
}

/** The columns of a sentence that is not broken over two lines. */
const SHORT_SENTENCE = 30

/** Returns sentences as lines. A short one stands on one line, behind others where it fits. */
export function flowed(
  sentences: readonly Printable[],
  { width, columns }: Pick<Page, 'width' | 'columns'>,
): readonly Printable[] {
  const lines: Printable[] = []
  for (const sentence of sentences.filter((text) => text !== '')) {
    const last = lines.pop()
    const text = last === undefined ? sentence : say`${last} ${sentence}`
    const isBroken = columns(text) > width && columns(sentence) <= SHORT_SENTENCE
    const more = isBroken && last !== undefined ? [last, sentence] : wrapped(text, width, columns)
    lines.push(...more)
  }
  return lines
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
  const whole = withRoot(withCommand(wordsOf(text), width, columns), width, columns)
  const words = withPairs(whole, width, columns)
  for (const word of words.flatMap(pieces)) {
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

const ROOT: ReadonlySet<string> = new Set(ROOT_PROGRAMS)
const COMMANDS: ReadonlySet<string> = new Set(['systemctl', 'journalctl', 'stale-libs', ...ROOT])

/** Returns the words, the command behind the last colon as one, where it fits. */
function withCommand(words: readonly string[], width: number, columns: Columns): readonly string[] {
  const start = words.findLastIndex(
    (word, at) => COMMANDS.has(word) && words[at - 1]?.endsWith(':') === true,
  )
  const command = words.slice(start).join(' ')
  const isOne = start > 0 && columns(command) <= width
  return isOne ? [...words.slice(0, start), command] : words
}

/** Returns the words, the one that makes root of a user and its command as one, where it fits. */
function withRoot(words: readonly string[], width: number, columns: Columns): readonly string[] {
  const joint: string[] = []
  for (const word of words) {
    const last = joint.at(-1) ?? ''
    const isCommand = ROOT.has(last) && COMMANDS.has(word.replace(/[.,;]$/, ''))
    const both = `${last} ${word}`
    if (isCommand && columns(both) <= width) joint.splice(-1, 1, both)
    else joint.push(word)
  }
  return joint
}

/** Returns the words with two versions and the arrow between them as one, where it fits. */
function withPairs(words: readonly string[], width: number, columns: Columns): readonly string[] {
  const joint: string[] = []
  for (let at = 0; at < words.length; at += 1) {
    const pair = words.slice(at, at + 3).join(' ')
    const isPair = words[at + 1] === '->' && columns(pair) <= width
    joint.push(isPair ? pair : (words[at] ?? ''))
    if (isPair) at += 2
  }
  return joint
}

/**
 * Cuts a word into pieces that fit. The blanks of what stands in quotes are escaped: a piece of a
 * stranger's name could read like a line of this program.
 */
function cut(word: string, width: number, columns: Columns): readonly string[] {
  if (columns(word) <= width) return [word]
  const pieces: string[] = []
  let rest = word.replaceAll(' ', String.raw`\x20`)
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
