import { printableText } from '../core/printable.ts'
import type { Printable } from '../core/printable.ts'
import { PLAIN } from './style.ts'
import type { Style } from './style.ts'

/** A line of a text, without its end. Colour is a property of it, and no part of its characters. */
export type Line = Printable | { readonly strong: Printable }

/**
 * Returns a line that is safe to print. What is left in it is escaped, since no report may be lost
 * for a name in it. Tests pass a guard that throws.
 */
export type Guard = (text: string) => Printable

/**
 * Returns lines as the text that is written. Colour and line ends stand behind the guard, so that
 * no text can bring its own.
 */
export function written(
  lines: readonly Line[],
  style: Style = PLAIN,
  guard: Guard = printableText,
): string {
  return lines
    .map((line) => `${typeof line === 'string' ? guard(line) : style.strong(guard(line.strong))}\n`)
    .join('')
}

/** Returns a document as the lines of JSON. Each text in it goes through the guard. */
export function documentLines(document: object, guard: Guard = printableText): readonly Line[] {
  const text = JSON.stringify(
    document,
    (_, value: unknown) => (typeof value === 'string' ? guard(value) : value),
    2,
  )
  return text.split('\n').map(guard)
}

/** Returns the characters of a line. */
export function textOf(line: Line): Printable {
  return typeof line === 'string' ? line : line.strong
}
