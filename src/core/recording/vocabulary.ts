import microcode from '../../../share/reboot-packages.json' with { type: 'json' }
import systemRows from '../../../share/system-words.json' with { type: 'json' }
import type { Account } from '../machine/passwd.ts'
import { classify } from '../proc/classify.ts'
import { temporaryCodeRule } from '../proc/temporary-code.ts'
import { RUNNERS, SHIPPED_TABLES } from '../advice/sensitive-units.ts'

/** A word: a run of letters and digits, those of other scripts and escaped bytes too. */
export const WORD = String.raw`(?:[0-9A-Za-z]|[^\x00-\x7f]|\\x(?!20|2d|2e|2f|5f|40)[0-9a-f]{2}|\\u\{[0-9a-f]+\})+`

/** Words of paths that stay anywhere, since they say what kind of a file it is. */
export const SHAPES: ReadonlySet<string> = new Set(wordsOf('path'))

/** The globs of units that the tables have. */
const UNITS: readonly string[] = [
  ...SHIPPED_TABLES.sensitive,
  ...SHIPPED_TABLES.lifelines,
  ...RUNNERS,
].flatMap(({ units }) => units)

/**
 * The words that the program's own rules know. No report about them says who chose them. Of a glob
 * of units it is the first word: the others may be of an instance too (`backup@client-a.service`).
 */
export const MEANT: ReadonlySet<string> = new Set([
  ...SHAPES,
  ...wordsOf('name'),
  ...UNITS.flatMap((glob) => wordsIn(glob).slice(0, 1)),
  ...microcode.flatMap(({ packages }) => packages.flatMap(wordsIn)),
])

/** The beginnings of units that the tables have, by their first words, the longest first. */
const BEGINNINGS: ReadonlyMap<string, readonly string[]> = beginningsOf(UNITS)

function beginningsOf(globs: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const glob of globs) {
    const pattern = glob.search(/[*?[]/)
    const beginning = pattern === -1 ? glob : glob.slice(0, pattern)
    const [first = ''] = wordsIn(beginning)
    found.set(first, [...(found.get(first) ?? []), beginning])
  }
  for (const beginnings of found.values()) beginnings.sort((a, b) => b.length - a.length)
  return found
}

/**
 * Returns how much of a text is the beginning of a unit that the tables have, where a word begins;
 * 0 for none. In a text a unit begins at its start, behind a blank or behind a slash.
 */
export function knownBeginning(text: string, at: number, word: string): number {
  if (at > 0 && !/[\s/]/.test(text.charAt(at - 1))) return 0
  const found = BEGINNINGS.get(word)?.find((beginning) => {
    const after = text.charAt(at + beginning.length)
    const isWhole = /[^0-9A-Za-z]$/.test(beginning) || !/[0-9A-Za-z]/.test(after)
    return isWhole && text.startsWith(beginning, at)
  })
  return found?.length ?? 0
}

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

/** A random number has more digits than a version, and begins like no date. */
const MANY_DIGITS = '99999999'

/**
 * Returns a path without the words of people that is temporary code where it was before. Names of
 * temporary code are random, and a word in their place need not be.
 */
export function ofSameKind(before: string, path: string): string {
  if (temporaryCodeRule(before) === undefined || temporaryCodeRule(path) !== undefined) return path
  const name = path.lastIndexOf('/') + 1
  const number = path.slice(name).replaceAll(/\D+/g, '0') || '0'
  // A library counts with any permission, and another file where it is executable.
  const instead =
    classify(before, false) === null
      ? `jna${number}.tmp`
      : `jffi${MANY_DIGITS}${number.slice(-12)}.so`
  return `${path.slice(0, name)}${instead}`
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
