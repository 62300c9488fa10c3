import leven from 'leven'
import { compareText } from '../printable.ts'
import { UNIT_TYPES, unitType } from '../systemd/unit-name.ts'

/** A shorter text is a part of too many names. */
const SHORTEST_PART = 2
const SERVICE = '.service'

/**
 * Returns the names that may have been meant by a text that is none of them, the nearest first: for
 * "did you mean". A name that begins with the text is nearer than any other. Of the others, a name
 * is near where at most a third of its letters differ (the bound of rustc's `find_best_match`),
 * where it has the same letters and one of them stands elsewhere, or where the text is its last
 * words. Capital letters and `.service` do not count. Nothing is near to a number, since a process
 * id says nothing about its neighbours.
 *
 * @param most how many are returned at most
 * @returns the names in the form of the text: with `.service` where it has it, and else without
 */
export function nearestNames(text: string, names: Iterable<string>, most = 3): readonly string[] {
  if (/^\d*$/.test(text)) return []
  const isWhole = text.endsWith(SERVICE)
  const typed = stemOf(text)
  const ranked = [...new Set(names)].flatMap((name) => {
    const stem = stemOf(name)
    // A type that was mistyped is no type, and stays a part of the text.
    const forms = isWhole || !typed.includes('.') ? [stem] : [stem, name.toLowerCase()]
    const ranks = forms.flatMap((form) => rankOf(typed, form) ?? [])
    if (ranks.length === 0) return []
    return [{ name: isWhole ? name : withoutService(name), rank: Math.min(...ranks), stem }]
  })
  const sorted = ranked.toSorted(
    (a, b) => a.rank - b.rank || a.stem.length - b.stem.length || compareText(a.name, b.name),
  )
  return [...new Set(sorted.map(({ name }) => name))].slice(0, most)
}

/** Says whether one letter of a name was mistyped, left out or too many. Capitals do not count. */
export function isOneLetterOff(text: string, name: string): boolean {
  return leven(text.toLowerCase(), name.toLowerCase(), { maxDistance: 2 }) <= 1
}

/** Returns how far a name is from a text: 0 is the nearest; `null` where it is not near at all. */
function rankOf(text: string, name: string): number | null {
  const isPart = text.length >= SHORTEST_PART
  if (isPart && name.startsWith(text)) return 0
  if (isPart && name.endsWith(`-${text}`)) return 1
  const bound = Math.floor(Math.max(text.length, name.length) / 3)
  const distance = leven(text, name, { maxDistance: Math.max(bound, 2) + 1 })
  if (distance === 2 && lettersOf(text) === lettersOf(name)) return 1
  return distance <= bound ? distance : null
}

const lettersOf = (text: string) => [...text].toSorted(compareText).join('')

function stemOf(name: string): string {
  return (name.endsWith(SERVICE) ? name.slice(0, -SERVICE.length) : name).toLowerCase()
}

/** Returns a name without `.service`, which stays where the rest ends in a type of its own. */
function withoutService(name: string): string {
  if (!name.endsWith(SERVICE)) return name
  const rest = name.slice(0, -SERVICE.length)
  return rest.includes('.') && UNIT_TYPES.has(unitType(rest)) ? name : rest
}
