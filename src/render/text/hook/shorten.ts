import type { Line } from '../../door.ts'

/** The order in which the parts of a hook are shortened. */
export const RANK = {
  shutdown: 0,
  close: 1,
  logout: 1,
  own: 2,
  fixes: 2,
  later: 3,
  reboot: 4,
  restart: 5,
  stays: 6,
  before: 7,
  safe: 8,
  urgent: 9,
  failed: 10,
  costs: 11,
} as const

/** A part of a hook's text. */
export type Part = {
  /** The order in which parts are shortened, the lowest first; `null`: it stays as it is. */
  readonly rank: number | null
  /** The forms of its lines, the longest first. */
  readonly forms: readonly (readonly Line[])[]
  /** Whether it is left out where all shortest forms are too long: a sentence has counted it. */
  readonly isCounted?: boolean
}

/** The bound on the lines of a hook, whatever happened. */
export const MOST_LINES = 20

/**
 * Returns the lines of all parts in their order, as long as they fit: one part after the other
 * takes its next shorter form, and then what is counted elsewhere is left out.
 */
export function fitting(parts: readonly Part[]): readonly Line[] {
  const chosen = parts.map(({ forms: [first = []] }) => first)
  const order = parts
    .map(({ rank, forms, isCounted = false }, at) => ({ rank, forms, isCounted, at }))
    .filter(({ rank }) => rank !== null)
    .toSorted((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
  const isLong = () => chosen.reduce((sum, lines) => sum + lines.length, 0) > MOST_LINES
  for (const { at, forms } of order)
    for (const form of forms.slice(1)) if (isLong()) chosen[at] = form
  for (const { at, isCounted } of order) if (isCounted && isLong()) chosen[at] = []
  return chosen.flat()
}
