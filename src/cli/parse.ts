import { ignoreGlob } from '../core/config/config.ts'
import type { IgnoreSubject } from '../core/config/config.ts'
import type { Command, Format, LogLevel, ScanOptions } from '../core/options.ts'
import { declare } from './declare.ts'
import { DEFAULTS } from './defaults.ts'

/** Returns what any command line asks for. It loads yargs. */
export async function parseWords(argv: readonly string[], version: string): Promise<Command> {
  const { default: yargs } = await import('yargs')
  const parser = declare(yargs([], '/')).version(version)
  let command: Command | null = null
  await parser.parseAsync(
    [...argv],
    {},
    (error: Error | undefined, args: unknown, output: string) => {
      command = commandOf(argv, error, args as Arguments, output)
    },
  )
  return command ?? usageError('The command line could not be read')
}

/** What yargs returns for the command lines that `declare` describes. */
type Arguments = {
  readonly _: readonly (string | number)[]
  readonly [name: string]: unknown
}

/** yargs reads `--all=maybe` as false. */
const SWITCH_WITH_VALUE = /^--(?:hook|all|system|user|exit-code|anonymize)=/
const REPEATABLE = new Set(['_', '--', 'ignore-unit', 'ignoreUnit', 'ignore-path', 'ignorePath'])

function commandOf(
  argv: readonly string[],
  error: Error | undefined,
  args: Arguments,
  output: string,
): Command {
  if (error) return usageError(error.message)
  if (output !== '') return { kind: 'show', text: `${output}\n` }
  const switched = argv.find((word) => SWITCH_WITH_VALUE.test(word))
  if (switched !== undefined) return usageError(`${switched}: this option takes no value`)
  const [verb = 'scan', ...words] = args._.map(String)
  const subjects = args['UNIT'] ?? args['PID']
  const repeated = Object.entries(args).find(
    ([name, value]) => Array.isArray(value) && !REPEATABLE.has(name) && value !== subjects,
  )
  if (repeated !== undefined && verb !== 'explain')
    return usageError(`--${repeated[0]} is given more than once`)
  const surplus = verb === 'explain' ? undefined : words[0]
  if (surplus !== undefined) return usageError(`Unknown argument: ${surplus}`)
  const options = optionsOf(args)
  const wrong = problemOf(options)
  if (wrong !== null) return usageError(wrong)
  if (verb === 'explain')
    return { kind: 'explain', subjects: [...(subjects as string[]), ...words], options }
  if (verb !== 'record') return { kind: 'scan', options }
  const directory = String(args['DIR'])
  if (directory === '') return usageError('record: the name of the directory is empty')
  return { kind: 'record', directory, anonymize: args['anonymize'] === true, options }
}

function optionsOf(args: Arguments): ScanOptions {
  const textOf = (name: string) => args[name] as string | undefined
  const listOf = (name: string) => (args[name] ?? []) as readonly string[]
  return {
    format: (textOf('format') ?? DEFAULTS.format) as Format,
    hook: args['hook'] === true,
    targets: textOf('targets') ?? null,
    all: args['all'] === true,
    side: args['system'] ? 'system' : args['user'] ? 'user' : 'both',
    ignoreUnits: listOf('ignore-unit'),
    ignorePaths: listOf('ignore-path'),
    config: textOf('config') ?? null,
    exitCode: args['exit-code'] === true,
    color: (textOf('color') ?? DEFAULTS.color) as ScanOptions['color'],
    output: textOf('output') ?? null,
    proc: textOf('proc') ?? DEFAULTS.proc,
    root: textOf('root') ?? DEFAULTS.root,
    from: textOf('from') ?? null,
    logLevel: textOf('log-level') as LogLevel,
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
