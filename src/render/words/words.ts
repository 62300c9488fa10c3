import { joined, printableText, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'

type Noun =
  | 'application'
  | 'container'
  | 'file'
  | 'finding'
  | 'important service uses'
  | 'mapping'
  | 'note'
  | 'open terminal'
  | 'process'
  | 'service'
  | 'unit'
  | 'user'
  | 'user manager'
  | 'user service'
type Nouns = 'processes' | `${Exclude<Noun, 'process'>}s`
/** What is counted, also with the word that follows it. */
type Counted =
  | `${'' | 'more '}${Noun | Nouns}`
  | 'important services use'
  | 'finding is'
  | 'findings are'
  | 'process that uses'
  | 'processes that use'
  | 'process runs'
  | 'processes run'

/** Returns a number with its noun. */
export function counted(number: number, one: Counted, many: Counted): Printable {
  return say`${number} ${number === 1 ? one : many}`
}

/** Returns the first names, and the number of the others. */
export function listed(names: readonly Printable[], most: number): Printable {
  const more = names.length - most
  return joined([...names.slice(0, most), ...(more > 0 ? [say`${more} more`] : [])], ', ')
}

/** Returns names as `a, b and c`. */
export function enumerated(names: readonly Printable[]): Printable {
  const last = names.at(-1)
  if (last === undefined || names.length === 1) return last ?? say``
  return say`${joined(names.slice(0, -1), ', ')} and ${last}`
}

/** Returns a word in the form that a POSIX shell reads as the text itself. */
export function quoted(word: Printable): Printable {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word)
    ? word
    : say`'${printableText(word.replaceAll("'", String.raw`'\''`))}'`
}

/** Returns a command in the form that a person pastes into a shell. */
export function commandLine(command: readonly Printable[]): Printable {
  return joined(command.map(quoted), ' ')
}
