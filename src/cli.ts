import type { Argv } from 'yargs'
import { ignoreGlob } from './core/config/config.ts'
import type { IgnoreSubject } from './core/config/config.ts'
import { FORMATS, LOG_LEVELS } from './core/options.ts'
import type { Command, Format, LogLevel, ScanOptions } from './core/options.ts'

/** The options of `scan` without arguments. */
export const DEFAULTS: ScanOptions = {
  format: 'text',
  hook: false,
  targets: null,
  all: false,
  side: 'both',
  ignoreUnits: [],
  ignorePaths: [],
  config: null,
  exitCode: false,
  color: 'auto',
  output: null,
  proc: '/proc',
  root: '/',
  from: null,
  logLevel: 'silent',
}

/**
 * The command lines that people, pacman and monitoring systems run every day. yargs is not loaded
 * for them: loading it takes as long as reading the maps of fifty processes.
 */
export const EVERYDAY: readonly {
  readonly line: readonly string[]
  readonly options: Partial<ScanOptions>
}[] = [
  { line: [], options: {} },
  { line: ['--hook'], options: { hook: true } },
  { line: ['--hook', '--targets', '-'], options: { hook: true, targets: '-' } },
  ...FORMATS.map((format) => ({ line: ['--format', format], options: { format } })),
]

/** Returns what a command line asks for. It neither prints nor exits. */
export async function parseCommand(argv: readonly string[], version: string): Promise<Command> {
  const everyday = EVERYDAY.find(
    ({ line }) => line.length === argv.length && line.every((word, at) => word === argv[at]),
  )
  if (everyday !== undefined) return { kind: 'scan', options: { ...DEFAULTS, ...everyday.options } }
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

/**
 * Says whether a monitoring system runs the program: it reads the answer of a plugin even to a
 * wrong command line.
 */
export function isForMonitoring(argv: readonly string[]): boolean {
  return argv.some(
    (word, at) => word === '--format=nagios' || (word === 'nagios' && argv[at - 1] === '--format'),
  )
}

const text = { type: 'string', requiresArg: true } as const
const flag = { type: 'boolean' } as const

/** The options of every command that say where to look. */
const WORLD = {
  config: { ...text, describe: 'read FILE instead of the configuration' },
  proc: { ...text, default: DEFAULTS.proc, describe: 'proc file system to look at' },
  root: { ...text, default: DEFAULTS.root, describe: 'root directory to look at' },
  'log-level': {
    ...text,
    choices: LOG_LEVELS,
    default: DEFAULTS.logLevel,
    describe: 'diagnostic log on standard error',
  },
} as const

const FROM = { from: { ...text, describe: 'replay the recording in DIR' } } as const

const SCAN = {
  format: { ...text, choices: FORMATS, default: DEFAULTS.format, describe: 'form of the result' },
  hook: { ...flag, describe: 'as pacman calls it: short, silent when all is well' },
  targets: { ...text, describe: 'with --hook: what the transaction changed, in FILE (- is stdin)' },
  all: { ...flag, describe: 'also show temporary code and what rules ignore' },
  system: { ...flag, describe: 'only what belongs to the system' },
  user: { ...flag, describe: 'only what belongs to users' },
  'ignore-unit': { ...text, array: true, describe: 'leave out units that match GLOB' },
  'ignore-path': { ...text, array: true, describe: 'leave out files that match GLOB' },
  'exit-code': { ...flag, describe: 'exit with 1 when something is stale' },
  color: {
    ...text,
    choices: ['auto', 'always', 'never'] as const,
    default: DEFAULTS.color,
    describe: 'colour of the text',
  },
  output: { ...text, describe: 'write the result to FILE' },
} as const

function declare(parser: Argv): Argv {
  return parser
    .scriptName('stale-libs')
    .usage('Usage: $0 [command] [options]\n\nSays what to restart after an upgrade.')
    .parserConfiguration({
      'dot-notation': false,
      'duplicate-arguments-array': true,
      'greedy-arrays': false,
      'boolean-negation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .command(['scan', '$0'], 'look, and say what to restart (default)', (of) =>
      of.options({ ...SCAN, ...WORLD, ...FROM }).conflicts('system', 'user'),
    )
    .command(
      'explain <UNIT|PID..>',
      'every fact behind a verdict, and the rule that made it',
      (of) => of.options({ ...WORLD, ...FROM }),
    )
    .command('record <DIR>', 'save what a scan reads, for a bug report', (of) =>
      of.options({
        ...WORLD,
        anonymize: { ...flag, describe: 'replace words that people chose: names, parts of paths' },
      }),
    )
    .strict()
    .locale('en')
    .help()
    .wrap(80)
    .epilogue(
      'Exit status: 0 looked, 1 something is stale (only with --exit-code),\n' +
        '2 the command line or the configuration is wrong, 3 could not look or not\n' +
        'write the result. With --format nagios: 0 OK, 1 WARNING, 2 CRITICAL,\n' +
        '3 UNKNOWN, also when something is wrong.',
    )
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
