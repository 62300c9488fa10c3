import { parseSubject } from '../core/explain/subject.ts'
import { nearestNames } from '../core/report/nearest.ts'
import { isVerb, VERBS } from './declare.ts'
import type { CommandName } from './declare.ts'
import { commandsWith, optionsOf } from './words.ts'
import type { Asked, OptionWord, Word } from './words.ts'

/**
 * Returns what is wrong with the words of a command line, as one line, or `null`. yargs tells less
 * of it, in words of its own, and goes on without saying so where an option is `-` or `--$0`.
 *
 * @param behind the words behind `--`
 */
export function problemOfWords(
  words: readonly Word[],
  asked: Asked,
  behind: readonly string[],
): string | null {
  return (
    problemOfVerb(words, asked) ??
    firstOf(words, (word) => (word.kind === 'option' ? problemOfOption(word, asked) : null)) ??
    problemOfRepeated(words, asked) ??
    problemOfNames(asked, behind)
  )
}

function firstOf(words: readonly Word[], problemOf: (word: Word) => string | null): string | null {
  for (const word of words) {
    const problem = problemOf(word)
    if (problem !== null) return problem
  }
  return null
}

/** Returns "Did you mean A or B?", or where the options stand if nothing is near. */
function meant(suggestions: readonly string[], verb: CommandName = 'scan'): string {
  if (suggestions.length > 0) return `. Did you mean ${suggestions.join(' or ')}?`
  return `: see stale-libs ${verb === 'scan' ? '' : `${verb} `}--help`
}

/** Words that people try as commands, and the options that they mean. */
const OPTION_OF_WORD: ReadonlyMap<string, string> = new Map([
  ['help', '--help'],
  ['version', '--version'],
])

function problemOfVerb(words: readonly Word[], { names, verb, isImplied }: Asked): string | null {
  const user = words.findIndex((word) => word.kind === 'option' && word.name === 'user')
  const next = user === -1 ? undefined : words[user + 1]
  if (next?.kind === 'name' && (isImplied || verb === 'scan') && next.typed !== 'scan')
    return takesNoValue('--user', next.typed, 'scan')
  const [first = ''] = names
  if (!isImplied) return null
  const option = OPTION_OF_WORD.get(first)
  const verbs = /^[a-z]+$/i.test(first) ? nearestNames(first, VERBS, 1) : []
  const near = option === undefined ? verbs : [option]
  return near.length === 0 ? null : `unknown command "${first}"${meant(near)}`
}

function problemOfOption(word: OptionWord, asked: Asked): string | null {
  const { typed, name, value } = word
  const { verb } = asked
  const options = optionsOf(verb)
  const option = Object.hasOwn(options, name) ? options[name] : undefined
  if (option === undefined) return problemOfStranger(word, asked)
  if (option.type === 'boolean') return value === null ? null : takesNoValue(typed, value, verb)
  if (value === null)
    return `${typed} needs a value: ${option.choices?.join(', ') ?? `${typed} ${option.value}`}`
  if (option.choices === undefined || option.choices.includes(value)) return null
  const near = nearestNames(value, option.choices, 1)
  const none = `${typed}: "${value}" is none of ${option.choices.join(', ')}`
  return near.length === 0 ? none : `${none}${meant(near)}`
}

/** Returns what is wrong with an option that the command does not have. */
function problemOfStranger({ typed, name }: OptionWord, { verb, names, isImplied }: Asked): string {
  const others = commandsWith(name)
  if (others.length > 0) {
    if (isImplied)
      return `${typed} does not go with a name. Did you mean stale-libs explain ${names[0]}?`
    return verb === 'scan'
      ? `${typed} goes only with ${others.join(' and ')}`
      : `${typed} does not go with ${verb}`
  }
  // Where the command is not typed, the name may be the value that the option was to have.
  const options = { ...(isImplied ? optionsOf('scan') : {}), ...optionsOf(verb) }
  const near = nearestNames(typed.replace(/^-+/, ''), Object.keys(options), 2)
  return `unknown option ${typed}${meant(
    near.map((one) => `--${one}`),
    isImplied ? 'scan' : verb,
  )}`
}

function takesNoValue(typed: string, value: string, verb: CommandName): string {
  const isOf = typed === '--user' && verb === 'scan' && value !== ''
  return `${typed} takes no value${isOf ? meant([`--of ${value}`]) : ''}`
}

function problemOfRepeated(words: readonly Word[], { verb }: Asked): string | null {
  const options = optionsOf(verb)
  const seen = new Set<string>()
  return firstOf(words, (word) => {
    if (word.kind === 'name') return null
    const { name } = word
    const isAgain = seen.has(name) && options[name]?.type === 'string' && !options[name].array
    seen.add(name)
    return isAgain ? `--${name} is given more than once` : null
  })
}

function problemOfNames({ verb, names }: Asked, behind: readonly string[]): string | null {
  const [first, second] = [...names, ...behind]
  if (verb === 'scan' && first !== undefined)
    return `scan takes no name: "${first}"${meant(isVerb(first) ? [] : [`stale-libs explain ${first}`])}`
  // A variable of a shell that is not set is an empty name.
  const isEmpty = (name: string) => parseSubject(name).text === ''
  if (verb === 'explain' && (first === undefined || [...names, ...behind].some(isEmpty)))
    return 'explain what? A unit, a PID, a package or a file: stale-libs explain sshd'
  if (verb !== 'record') return null
  if (names.length === 0) return 'record to where? A new directory: stale-libs record DIR'
  return second === undefined ? null : `record takes one directory, and "${second}" is another`
}
