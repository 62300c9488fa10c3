import { joined, printableText } from '../core/printable.ts'
import type { Printable } from '../core/printable.ts'
import { PLAIN } from './style.ts'
import type { Style, Tone } from './style.ts'

/** A part of a line with a colour of its own. */
export type Span = { readonly text: Printable; readonly tone: Tone }

/** A line of a text, without its end. Colour is a property of it, and no part of its characters. */
export type Line =
  Printable | { readonly strong: Printable } | { readonly spans: readonly (Printable | Span)[] }

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
  return lines.map((line) => `${writtenLine(line, style, guard)}\n`).join('')
}

function writtenLine(line: Line, style: Style, guard: Guard): string {
  if (typeof line === 'string') return guard(line)
  if ('strong' in line) return style.toned('strong', guard(line.strong))
  const parts = line.spans.map((part) =>
    typeof part === 'string' ? guard(part) : style.toned(part.tone, guard(part.text)),
  )
  return parts.join('')
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
  if (typeof line === 'string') return line
  if ('strong' in line) return line.strong
  return joined(
    line.spans.map((part) => (typeof part === 'string' ? part : part.text)),
    '',
  )
}
