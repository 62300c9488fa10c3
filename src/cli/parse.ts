import { ignoreGlob } from '../core/config/config.ts'
import type { IgnoreSubject } from '../core/config/config.ts'
import type { Command, Format, LogLevel, ScanOptions } from '../core/options.ts'
import { declare, helpOf, SWITCHES, VALUED } from './declare.ts'
import { DEFAULTS } from './defaults.ts'

/** Returns what any command line asks for. It loads yargs. */
export async function parseWords(argv: readonly string[], version: string): Promise<Command> {
  const end = argv.indexOf('--')
  const words = end === -1 ? argv : argv.slice(0, end)
  const misread = misreadOf(words)
  if (misread !== null) return usageError(misread)
  const { default: yargs } = await import('yargs')
  const parser = declare(yargs([], '/')).version(version)
  let command: Command | null = null
  await parser.parseAsync(
    [...words.map(spelledOut), ...argv.slice(words.length)],
    {},
    (error: Error | undefined, args: unknown, output: string) => {
      command = commandOf(error, args as Arguments, output)
    },
  )
  return command ?? usageError('The command line could not be read')
}

/** The switches that yargs brings. */
const BUILT_IN: ReadonlySet<string> = new Set(['--help', '--version'])

/**
 * Returns what is wrong with the options of a command line where yargs would go on without saying
 * so. It reads `--all=maybe` as false. It takes the name of a positional argument for an option.
 * It drops `-`, `---` and `--$0` together with what stands behind them.
 *
 * @param words those in front of `--`
 */
function misreadOf(words: readonly string[]): string | null {
  for (const [at, word] of words.entries()) {
    const [name = ''] = word.split('=', 1)
    const isValue = VALUED.has(words[at - 1] ?? '') && HYPHENED.test(word)
    if (!word.startsWith('-') || isValue || VALUED.has(name)) continue
    const isSwitch = word.startsWith('-y') || SWITCHES.has(name) || BUILT_IN.has(name)
    if (!isSwitch) return `Unknown argument: ${name.replace(/^--(?=[^-])/, '')}`
    if (word !== name || /^-y./.test(word)) return `${word}: this option takes no value`
  }
  return null
}

/** The values that yargs takes though they begin with a hyphen: `-`, and negative numbers. */
const HYPHENED = /^-(?:\d+(?:\.\d+)?|\.\d+)?$/

/** Returns a switch so that yargs does not take a unit named `true` for its value. */
function spelledOut(word: string): string {
  if (word === '-y') return '--yes=true'
  return SWITCHES.has(word) ? `${word}=true` : word
}

/** What yargs returns for the command lines that `declare` describes. */
type Arguments = {
  readonly _: readonly (string | number)[]
  readonly [name: string]: unknown
}

/** What may have many values: yargs makes a list also of an option that is given twice. */
const REPEATABLE: ReadonlySet<string> = new Set(
  '_ -- UNIT PID ignore-unit ignore-path except'.split(' '),
)

function commandOf(error: Error | undefined, args: Arguments, output: string): Command {
  if (error) return usageError(error.message)
  if (output !== '') {
    const own = args['help'] === true ? helpOf(String(args._[0])) : null
    return { kind: 'show', text: `${own ?? output}\n` }
  }
  const repeated = Object.entries(args).find(
    ([name, value]) => Array.isArray(value) && !REPEATABLE.has(name),
  )
  if (repeated !== undefined) return usageError(`--${repeated[0]} is given more than once`)
  const verb = args._[0] ?? 'scan'
  const behind = listOf(args, '--')
  const units = [...listOf(args, 'UNIT'), ...behind]
  if (verb === 'restart') return restartOf(args, units)
  if (verb === 'mark') return markOf(args, units)
  const options = optionsOf(args)
  const wrong = problemOf(options)
  if (wrong !== null) return usageError(wrong)
  if (verb === 'explain')
    return { kind: 'explain', subjects: units, isFacts: args['facts'] === true, options }
  if (behind[0] !== undefined) return usageError(`Unknown argument: ${behind[0]}`)
  if (verb !== 'record') return { kind: 'scan', options }
  const directory = String(args['DIR'])
  if (directory === '') return usageError('record: the name of the directory is empty')
  return { kind: 'record', directory, anonymize: args['anonymize'] === true, options }
}

const listOf = (args: Arguments, name: string) => (args[name] ?? []) as readonly string[]
const textOf = (args: Arguments, name: string) => args[name] as string | undefined

/** The longest time to wait for jobs, in seconds: a day. */
const LONGEST_WAIT = 86_400

function restartOf(args: Arguments, units: readonly string[]): Command {
  const wait = textOf(args, 'wait') ?? ''
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
    return usageError(`--list shows all that is marked, and takes no UNIT: "${units[0]}"`)
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
  return { config: textOf(args, 'config') ?? null, logLevel: textOf(args, 'log-level') as LogLevel }
}

function optionsOf(args: Arguments): ScanOptions {
  return {
    format: (textOf(args, 'format') ?? DEFAULTS.format) as Format,
    hook: args['hook'] === true,
    targets: textOf(args, 'targets') ?? null,
    all: args['all'] === true,
    side: args['system'] ? 'system' : args['user'] ? 'user' : 'both',
    ignoreUnits: listOf(args, 'ignore-unit'),
    ignorePaths: listOf(args, 'ignore-path'),
    ...everyOf(args),
    exitCode: args['exit-code'] === true,
    color: (textOf(args, 'color') ?? DEFAULTS.color) as ScanOptions['color'],
    output: textOf(args, 'output') ?? null,
    proc: textOf(args, 'proc') ?? DEFAULTS.proc,
    root: textOf(args, 'root') ?? DEFAULTS.root,
    from: textOf(args, 'from') ?? null,
  }
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

/** Returns the error as one line: yargs writes its lists of choices over several. */
function usageError(message: string): Command {
  return { kind: 'usage-error', message: oneLine(message) }
}

function oneLine(message: string): string {
  const lines = message.split('\n').map((line) => line.trim())
  return lines.filter((line) => line !== '').join(' ')
}
