import type { Argv } from 'yargs'
import { FORMATS, LOG_LEVELS } from '../core/options.ts'
import { DEFAULTS } from './defaults.ts'

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

/** Declares the commands and their options to a parser. */
export function declare(parser: Argv): Argv {
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
