import microcode from '../../../share/reboot-packages.json' with { type: 'json' }
import systemRows from '../../../share/system-words.json' with { type: 'json' }
import type { Account } from '../machine/passwd.ts'
import { SHIPPED_TABLES } from '../advice/sensitive-units.ts'

/** A word: a run of letters and digits, those of other scripts and escaped bytes too. */
export const WORD = String.raw`(?:[0-9A-Za-z]|[^\x00-\x7f]|\\x(?!20|2d|2e|2f|5f|40)[0-9a-f]{2}|\\u\{[0-9a-f]+\})+`

/** Words of paths that stay anywhere, since they say what kind of a file it is. */
export const SHAPES: ReadonlySet<string> = new Set(wordsOf('path'))

/** The words that the program's own rules know. No report about them says who chose them. */
export const MEANT: ReadonlySet<string> = new Set([
  ...SHAPES,
  ...wordsOf('name'),
  ...[...SHIPPED_TABLES.sensitive, ...SHIPPED_TABLES.lifelines].flatMap(({ units }) =>
    units.flatMap(wordsIn),
  ),
  ...microcode.flatMap(({ packages }) => packages.flatMap(wordsIn)),
])

function wordsOf(place: 'path' | 'name'): readonly string[] {
  return systemRows.flatMap(({ of, words }) => (of === place ? words : []))
}

/** Returns the words of a text. */
export function wordsIn(text: string): readonly string[] {
  return text.match(new RegExp(WORD, 'g')) ?? []
}

/**
 * Returns the words that the machine's own system has: those of the paths below `/usr` in a text,
 * without `/usr/local`.
 *
 * @param homes directories of people, which may lie below `/usr` too
 */
export function systemWords(text: string, homes: Iterable<string>): readonly string[] {
  const below = [...homes].filter((home) => home.startsWith('/usr/'))
  return [...text.matchAll(/(?<=^|[\s":=])\/usr\/(?!local\/)[^\s":]*/gm)].flatMap(([path]) =>
    below.some((home) => `${path}/`.startsWith(`${home}/`)) ? [] : wordsIn(path),
  )
}

/** Returns the people by their homes. A home directly below `/` is no path of its own. */
export function homesOf(people: readonly Account[]): ReadonlyMap<string, Account> {
  const homes = new Map<string, Account>()
  for (const account of people) {
    let { home } = account
    while (home.endsWith('/')) home = home.slice(0, -1)
    if (home.lastIndexOf('/') > 0) homes.set(home, account)
  }
  return homes
}
