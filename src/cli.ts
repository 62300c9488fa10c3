import type { Argv } from 'yargs'
import { compileGlob } from './core/glob.ts'
import { FORMATS, LOG_LEVELS } from './core/types.ts'
import type { Command, Format, LogLevel, ScanOptions } from './core/types.ts'

export const DEFAULTS: ScanOptions = {
  format: 'text',
  hook: false,
  all: false,
  side: 'both',
  ignoreUnits: [],
  ignorePaths: [],
  exitCode: false,
  color: 'auto',
  output: null,
  proc: '/proc',
  root: '/',
  logLevel: 'silent',
}

/**
 * Returns what a command line asks for. It neither prints nor exits.
 *
 * yargs is loaded only for a command line that needs it: the two that are run every day, by hand and by
 * pacman, do not, and loading it takes as long as reading the maps of a hundred processes.
 */
export async function parseCommand(argv: readonly string[], version: string): Promise<Command> {
  if (argv.length === 0) return { kind: 'scan', options: DEFAULTS }
  if (argv.length === 1 && argv[0] === '--hook')
    return { kind: 'scan', options: { ...DEFAULTS, hook: true } }
  const { default: yargs } = await import('yargs')
  return parsed(declare(yargs([])), argv, version)
}

/** yargs reads `--all=maybe` as false. */
const SWITCH_WITH_VALUE = /^--(?:hook|all|system|user|exit-code)=/

/** What yargs makes of the command line that `declare` describes. */
type Arguments = Awaited<ReturnType<typeof declare>['argv']>

function parsed(
  parser: ReturnType<typeof declare>,
  argv: readonly string[],
  version: string,
): Command {
  let result: Command | null = null
  parser
    .version(version)
    .parse([...argv], {}, (error: Error | undefined, args: Arguments, output: string) => {
      const switched = argv.find((word) => SWITCH_WITH_VALUE.test(word))
      if (error) result = usageError(error.message)
      else if (switched !== undefined)
        result = usageError(`${switched}: this option takes no value`)
      else if (output !== '') result = { kind: 'show', text: `${output}\n` }
      else result = commandOf(args)
    })
  return result ?? usageError('The command line could not be read')
}

function declare(parser: Argv) {
  const text = { type: 'string', requiresArg: true } as const
  return parser
    .scriptName('stale-libs')
    .usage('Usage: $0 [scan] [options]\n\nSays what to restart after an upgrade.')
    .parserConfiguration({
      'dot-notation': false,
      'duplicate-arguments-array': true,
      'greedy-arrays': false,
      'boolean-negation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .command(['scan', '$0'], 'look, and say what to restart (default)')
    .options({
      format: {
        ...text,
        choices: FORMATS,
        default: DEFAULTS.format,
        describe: 'form of the result',
      },
      hook: {
        type: 'boolean',
        describe: 'as pacman calls it: short, silent when nothing is stale',
      },
      all: { type: 'boolean', describe: 'also show temporary code and what rules ignore' },
      system: { type: 'boolean', describe: 'only what belongs to the system' },
      user: { type: 'boolean', describe: 'only what belongs to users' },
      'ignore-unit': { ...text, array: true, describe: 'leave out units that match GLOB' },
      'ignore-path': { ...text, array: true, describe: 'leave out files that match GLOB' },
      'exit-code': { type: 'boolean', describe: 'exit with 1 when something is stale' },
      color: {
        ...text,
        choices: ['auto', 'always', 'never'] as const,
        default: DEFAULTS.color,
        describe: 'colour of the text',
      },
      output: { ...text, describe: 'write the result to FILE' },
      proc: { ...text, default: DEFAULTS.proc, describe: 'proc file system to look at' },
      root: { ...text, default: DEFAULTS.root, describe: 'root directory to look at' },
      'log-level': {
        ...text,
        choices: LOG_LEVELS,
        default: DEFAULTS.logLevel,
        describe: 'diagnostic log on standard error',
      },
    })
    .conflicts('system', 'user')
    .strict()
    .locale('en')
    .help()
    .wrap(80)
    .epilogue(
      'Exit status: 0 looked, 1 something is stale (only with --exit-code),\n' +
        '2 the command line is wrong, 3 could not look or not write the result.',
    )
}

function commandOf(args: Arguments): Command {
  const repeated = Object.entries(args).find(
    ([name, value]) => Array.isArray(value) && name !== '_' && !name.startsWith('ignore'),
  )
  if (repeated !== undefined) return usageError(`--${repeated[0]} is given more than once`)
  const surplus = args._.find((word) => word !== 'scan')
  if (surplus !== undefined) return usageError(`Unknown argument: ${surplus}`)
  const options = optionsOf(args)
  const wrong = problemOf(options)
  return wrong === null ? { kind: 'scan', options } : usageError(wrong)
}

function optionsOf(args: Arguments): ScanOptions {
  return {
    format: args.format as Format,
    hook: args.hook ?? false,
    all: args.all ?? false,
    side: args.system ? 'system' : args.user ? 'user' : 'both',
    ignoreUnits: args.ignoreUnit ?? [],
    ignorePaths: args.ignorePath ?? [],
    exitCode: args.exitCode ?? false,
    color: args.color,
    output: args.output ?? null,
    proc: args.proc,
    root: args.root,
    logLevel: args.logLevel as LogLevel,
  }
}

function problemOf(options: ScanOptions): string | null {
  const { hook, format, output } = options
  if (hook && format !== 'text') return `--hook does not go with --format ${format}`
  for (const name of ['proc', 'root'] as const)
    if (!options[name].startsWith('/'))
      return `--${name} "${options[name]}" is not an absolute path`
  if (output === '') return '--output "" names no file'
  for (const glob of options.ignoreUnits) {
    const wrong = globProblem(glob)
    if (wrong !== null) return `--ignore-unit "${glob}": ${wrong}`
    if (glob.includes('/')) return `--ignore-unit "${glob}": the name of a unit has no "/"`
  }
  for (const glob of options.ignorePaths) {
    const wrong = globProblem(glob)
    if (wrong !== null) return `--ignore-path "${glob}": ${wrong}`
    if (!/^[/*?[]/.test(glob)) return `--ignore-path "${glob}": it must begin with "/" or "*"`
  }
  return null
}

function globProblem(glob: string): string | null {
  const compiled = compileGlob(glob)
  return typeof compiled === 'string' ? compiled : null
}

/** yargs writes its lists of choices over several lines; an error is one. */
function usageError(message: string): Command {
  return { kind: 'usage-error', message: message.trim().replaceAll(/\s*\n\s*/g, ' ') }
}
