import type { Style } from '../style.ts'

/** The columns of a line of a run by hand. */
export const WIDTH = 98

/** The columns of a line of a hook: 80 of a screen, less an indent of two. */
export const HOOK_WIDTH = 78

/** The page that a text is written on. */
export type Page = {
  readonly isHook: boolean
  readonly width: number
  readonly style: Style
  /** The packages that were named already, each with its versions. */
  readonly said: Set<string>
}

/**
 * Returns the number of rows that lines take on the screen of a hook. The name of a unit is never
 * cut, and may take several rows.
 */
export function rowsOf(lines: readonly string[]): number {
  return lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(line.length / HOOK_WIDTH)), 0)
}

/** Returns a text as lines, the first indented by two and the others by four. */
export function indented(text: string, page: Page): readonly string[] {
  return wrapped(text, page.width - 4).map((line, at) => `${at === 0 ? '  ' : '    '}${line}`)
}

/**
 * Breaks a text at blanks. A word that is longer than a line is cut, since a path can have any
 * length.
 */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').flatMap((long) => cut(long, width))) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ''
    }
    line += line === '' ? word : ` ${word}`
  }
  // Blanks at the end of both a text and a line begin no other line.
  return line === '' && lines.length > 0 ? lines : [...lines, line]
}

function cut(word: string, width: number): readonly string[] {
  if (word.length <= width) return [word]
  return word.match(new RegExp(`.{1,${Math.max(1, width)}}`, 'gsu')) ?? ['']
}

/** Cuts a text to so many characters, and marks the cut with `...`. */
export function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 3)}...`
}
