import type { ScanOptions } from '../core/options.ts'

/** The size of the page that a text for people is written on. */
export type PageSize = {
  /** In columns of a terminal. */
  readonly width: number
}

/** The columns of a text that is for no terminal, or for one that does not tell its width. */
export const USUAL_WIDTH = 80

/** The bounds on the width of a text: names do not fit in less, and eyes lose longer lines. */
const LEAST = 40
const MOST = 200

/**
 * Returns the columns of a text for people: `COLUMNS` (POSIX, Environment Variables) where standard
 * output is a terminal, else what the terminal tells.
 *
 * @param terminalColumns returns the columns of the terminal, 0 where it does not tell them, and
 *   `undefined` where there is none; called last, because the answer loads the support of terminals
 */
export function widthOf(
  { hook, output }: Pick<ScanOptions, 'hook' | 'output'>,
  environment: Readonly<Record<string, string | undefined>>,
  terminalColumns: () => number | undefined,
): number {
  const own = hook || output !== null ? undefined : terminalColumns()
  if (own === undefined) return USUAL_WIDTH
  const width = wholeNumber(environment['COLUMNS']) || own || USUAL_WIDTH
  return Math.min(Math.max(width, LEAST), MOST)
}

function wholeNumber(text = ''): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : 0
}
