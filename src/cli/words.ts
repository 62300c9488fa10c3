import { COMMANDS, isVerb } from './declare.ts'
import type { Option, Options, CommandName } from './declare.ts'

/** A word of a command line that is no option: the command, or a name behind it. */
export type NameWord = { readonly kind: 'name'; readonly typed: string }

/** An option of a command line. */
export type OptionWord = {
  readonly kind: 'option'
  /** With its hyphens, without its value. */
  readonly typed: string
  /** The long form without hyphens; the text as it is typed where there is no such option. */
  readonly name: string
  /** `null` where no value follows. */
  readonly value: string | null
}

/** One word of a command line with its value, in front of `--`. */
export type Word = NameWord | OptionWord

/** The options that each command has, beside its own. */
const ALWAYS: Options = {
  help: { type: 'boolean', alias: 'h', describe: '' },
  version: { type: 'boolean', alias: 'V', describe: '' },
}

const ALL: ReadonlyMap<string, Option> = new Map(
  [ALWAYS, ...Object.values<Options>(COMMANDS)].flatMap((some) => Object.entries(some)),
)
const SHORT: ReadonlyMap<string, string> = new Map(
  [...ALL].flatMap(([name, { alias }]) => (alias === undefined ? [] : [[alias, name] as const])),
)

/** Returns the options of a command, with those of every program. */
export function optionsOf(verb: CommandName): Options {
  return { ...COMMANDS[verb], ...ALWAYS }
}

/** Returns the commands that have an option; none for an option that there is not. */
export function commandsWith(name: string): readonly string[] {
  return Object.entries<Options>(COMMANDS).flatMap(([verb, options]) =>
    Object.hasOwn(options, name) ? [verb] : [],
  )
}

/** The values that begin with a hyphen: `-`, and negative numbers. */
const HYPHENED = /^-(?:\d+(?:\.\d+)?|\.\d+)?$/

/** Returns the words in front of `--`, each with its value. */
export function readWords(words: readonly string[]): readonly Word[] {
  const read: Word[] = []
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    const short = shortOptions(word)
    if (!word.startsWith('-')) read.push({ kind: 'name', typed: word })
    else if (short !== null) read.push(...short)
    else {
      const option = optionWord(word)
      const next = words[at + 1]
      const isNext = ALL.get(option.name)?.type === 'string' && option.value === null
      const value = isNext && next !== undefined && isValue(next) ? next : null
      if (value !== null) at += 1
      read.push(value === null ? option : { ...option, value })
    }
  }
  return read
}

function isValue(word: string): boolean {
  return !word.startsWith('-') || HYPHENED.test(word)
}

/** Returns the options of one word such as `-aq`; `null` where the word is none. */
function shortOptions(word: string): readonly Word[] | null {
  if (!/^-[a-z]+$/i.test(word)) return null
  const letters = word.slice(1).split('')
  const options = letters.flatMap((letter): readonly Word[] => {
    const name = SHORT.get(letter)
    return name === undefined ? [] : [{ kind: 'option', typed: `-${letter}`, name, value: null }]
  })
  return options.length === letters.length ? options : null
}

function optionWord(word: string): OptionWord {
  const equals = word.indexOf('=')
  const typed = equals === -1 ? word : word.slice(0, equals)
  const value = equals === -1 ? null : word.slice(equals + 1)
  const short = /^-[a-z]$/i.test(typed) ? SHORT.get(typed.slice(1)) : undefined
  const long = /^--[^-]/.test(typed) ? typed.slice(2) : typed
  return { kind: 'option', typed, name: short ?? long, value }
}

/** Returns an option so that yargs takes no other word for its value. */
export function spelledOut({ name, value }: OptionWord): string {
  return `--${name}=${value ?? 'true'}`
}

/** What the words ask for, as far as the names among them tell. */
export type Asked = {
  readonly verb: CommandName
  /** The names behind the command. */
  readonly names: readonly string[]
  /** Set where the command is not typed: a name alone is explained. */
  readonly isImplied: boolean
}

/** Returns the command that words ask for. */
export function askedOf(words: readonly Word[]): Asked {
  const names = words.flatMap((word) => (word.kind === 'name' ? [word.typed] : []))
  const [first] = names
  if (isVerb(first)) return { verb: first, names: names.slice(1), isImplied: false }
  return { verb: first === undefined ? 'scan' : 'explain', names, isImplied: first !== undefined }
}
