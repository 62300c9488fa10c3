import { ignoreGlob } from '../core/config/config.ts'
import type { IgnoreSubject } from '../core/config/config.ts'
import type { Command, Format, LogLevel, OfferedFor, ScanOptions } from '../core/options.ts'
import { problemOfWords } from './check.ts'
import { declare, isVerb } from './declare.ts'
import type { CommandName } from './declare.ts'
import { DEFAULTS } from './defaults.ts'
import { helpOf, MAIN_HELP } from './help.ts'
import { askedOf, readWords, spelledOut } from './words.ts'
import type { Asked, Word } from './words.ts'

/** Returns what any command line asks for. It loads yargs where options are to be read. */
export async function parseWords(argv: readonly string[], version: string): Promise<Command> {
  const end = argv.indexOf('--')
  const words = readWords(end === -1 ? argv : argv.slice(0, end))
  const behind = end === -1 ? [] : argv.slice(end + 1)
  const asked = askedOf(words)
  const shown = shownText(words, version)
  if (shown !== null) return { kind: 'show', text: `${shown}\n` }
  const problem = problemOfWords(words, asked, behind)
  if (problem !== null) return usageError(problem)
  return await readOptions(words, asked, behind)
}

/** Returns the help or the version where they are asked for, whatever else is typed. */
function shownText(words: readonly Word[], version: string): string | null {
  const has = (name: string) =>
    words.some((word) => word.kind === 'option' && word.name === name && word.value === null)
  const verb = words.find(({ kind }) => kind === 'name')?.typed
  if (has('help')) return isVerb(verb) ? helpOf(verb) : MAIN_HELP
  return has('version') ? version : null
}

/** Returns what words without a mistake of their own ask for. */
async function readOptions(
  words: readonly Word[],
  { verb, names }: Asked,
  behind: readonly string[],
): Promise<Command> {
  const { default: yargs } = await import('yargs')
  const options = words.flatMap((word) => (word.kind === 'option' ? [spelledOut(word)] : []))
  let command: Command | null = null
  await declare(yargs([], '/')).parseAsync(
    [verb, ...options, '--', ...names, ...behind],
    {},
    (error: Error | undefined, args: unknown) => {
      command = error ? usageError(error.message) : commandOf(verb, args as Arguments)
    },
  )
  return command ?? usageError('the command line could not be read')
}

/** What yargs returns for the command lines that `declare` describes. */
type Arguments = Readonly<Record<string, unknown>>

function commandOf(verb: CommandName, args: Arguments): Command {
  const names = listOf(args, '--')
  if (verb === 'restart') return restartOf(args, names)
  if (verb === 'mark') return markOf(args, names)
  const options = optionsOf(args)
  const wrong = problemOf(options) ?? problemOfPairs(args, options)
  if (wrong !== null) return usageError(wrong)
  if (verb === 'explain')
    return { kind: 'explain', subjects: names, isFacts: args['facts'] === true, options }
  if (args['complete'] !== undefined) {
    const command = args['complete'] as OfferedFor
    return { kind: 'complete', command, isUser: args['user'] === true, options }
  }
  if (verb === 'scan') return { kind: 'scan', options }
  const [directory = ''] = names
  if (directory === '') return usageError('record: the name of the directory is empty')
  return { kind: 'record', directory, anonymize: args['anonymize'] === true, options }
}

const listOf = (args: Arguments, name: string) => (args[name] ?? []) as readonly string[]
const textOf = (args: Arguments, name: string) => args[name] as string | undefined

/** The longest wait for restarts, in seconds: a day. */
const LONGEST_WAIT = 86_400
/** The wait for restarts without `--wait`, in seconds. */
const DEFAULT_WAIT = '120'

function restartOf(args: Arguments, units: readonly string[]): Command {
  const wait = textOf(args, 'wait') ?? DEFAULT_WAIT
  const waitSeconds = /^\d+$/.test(wait) ? Number(wait) : 0
  if (waitSeconds < 1 || waitSeconds > LONGEST_WAIT)
    return usageError(`--wait "${wait}" is not a whole number of seconds from 1 to ${LONGEST_WAIT}`)
  const acting = actingOf(args)
  if (typeof acting === 'string') return usageError(acting)
  return { kind: 'restart', units, except: listOf(args, 'except'), waitSeconds, ...acting }
}

function markOf(args: Arguments, units: readonly string[]): Command {
  const without = ['clear', 'yes', 'dry-run'].find((name) => args[name] === true)
  if (args['list'] === true && without !== undefined)
    return usageError(`--list does not go with --${without}`)
  if (args['list'] === true && units[0] !== undefined)
    return usageError(`--list shows all that is marked, and takes no NAME: "${units[0]}"`)
  const acting = actingOf(args)
  if (typeof acting === 'string') return usageError(acting)
  const verb = args['list'] === true ? 'list' : args['clear'] === true ? 'clear' : 'set'
  return { kind: 'mark', verb, units, ...acting }
}

/** Returns what the commands that act have in common, or what is wrong with it. */
function actingOf(args: Arguments) {
  const isYes = args['yes'] === true
  const isDryRun = args['dry-run'] === true
  if (isYes && isDryRun) return '--dry-run does nothing, so --yes does not go with it'
  const options = { ...DEFAULTS, ...everyOf(args) }
  return problemOf(options) ?? { isUser: args['user'] === true, isYes, isDryRun, options }
}

/** Returns the options that every command has. */
function everyOf(args: Arguments): Pick<ScanOptions, 'config' | 'logLevel'> {
  return {
    config: textOf(args, 'config') ?? null,
    logLevel: (textOf(args, 'log-level') ?? DEFAULTS.logLevel) as LogLevel,
  }
}

function optionsOf(args: Arguments): ScanOptions {
  const of = textOf(args, 'of') ?? null
  return {
    format: (textOf(args, 'format') ?? (args['json'] ? 'json' : DEFAULTS.format)) as Format,
    hook: args['hook'] === true,
    targets: textOf(args, 'targets') ?? null,
    all: args['all'] === true,
    quiet: args['quiet'] === true,
    side: args['system'] ? 'system' : args['user'] || of !== null ? 'user' : 'both',
    of,
    ignoreUnits: listOf(args, 'ignore-unit'),
    ignorePaths: listOf(args, 'ignore-path'),
    ...everyOf(args),
    exitCode: args['exit-code'] === true,
    color: (textOf(args, 'color') ??
      (args['no-color'] ? 'never' : DEFAULTS.color)) as ScanOptions['color'],
    output: textOf(args, 'output') ?? null,
    proc: textOf(args, 'proc') ?? DEFAULTS.proc,
    root: textOf(args, 'root') ?? DEFAULTS.root,
    from: textOf(args, 'from') ?? null,
  }
}

/** Returns the options that contradict each other, though each is right. */
function problemOfPairs(
  args: Arguments,
  { format, color, quiet, hook }: ScanOptions,
): string | null {
  if (args['json'] && format !== 'json') return `--json does not go with --format ${format}`
  if (args['no-color'] && color !== 'never') return `--no-color does not go with --color ${color}`
  if (quiet && hook) return '--hook does not go with --quiet: it is silent when all is well'
  const asked = ['hook', 'format', 'json', 'output', 'quiet'].find((name) => args[name])
  if (args['complete'] !== undefined && asked !== undefined)
    return `--complete does not go with --${asked}`
  // Their readers take no answer for an answer that is missing.
  if (quiet && format !== 'text' && format !== 'names')
    return `--quiet does not go with --format ${format}`
  const without = ['user', 'of'].find((name) => args[name] !== undefined)
  if (args['system'] && without !== undefined) return `--system does not go with --${without}`
  return null
}

function problemOf(options: ScanOptions): string | null {
  const { hook, format, from } = options
  if (hook && format !== 'text') return `--hook does not go with --format ${format}`
  if (options.targets !== null && !hook) return '--targets goes only with --hook'
  for (const name of ['proc', 'root'] as const)
    if (!options[name].startsWith('/'))
      return `--${name} "${options[name]}" is not an absolute path`
  for (const name of ['output', 'config', 'from', 'targets'] as const)
    if (options[name] === '') return `--${name} "" names no file`
  if (options.output === '-')
    return '--output - names no file: without it, all goes to standard output'
  if (options.of === '') return '--of "" names no user'
  if (from !== null && (options.proc !== DEFAULTS.proc || options.root !== DEFAULTS.root))
    return '--from does not go with --proc and --root'
  return (
    globProblem('--ignore-unit', options.ignoreUnits, 'unit') ??
    globProblem('--ignore-path', options.ignorePaths, 'path')
  )
}

function globProblem(
  option: string,
  globs: readonly string[],
  subject: IgnoreSubject,
): string | null {
  for (const source of globs) {
    const glob = ignoreGlob(source, subject)
    if (typeof glob === 'string') return `${option} "${source}": ${glob}`
  }
  return null
}

/** Returns the error as one line: yargs would write its own over several. */
function usageError(message: string): Command {
  return { kind: 'usage-error', message: oneLine(message) }
}

function oneLine(message: string): string {
  const lines = message.split('\n').map((line) => line.trim())
  return lines.filter((line) => line !== '').join(' ')
}
