import type { Argv } from 'yargs'
import { FORMATS, LOG_LEVELS } from '../core/options.ts'
import { DEFAULTS } from './defaults.ts'

const text = { type: 'string', requiresArg: true } as const
const flag = { type: 'boolean' } as const

/** The options of every command. */
const EVERY = {
  config: { ...text, describe: 'read FILE instead of the configuration' },
  'log-level': {
    ...text,
    choices: LOG_LEVELS,
    default: DEFAULTS.logLevel,
    describe: 'diagnostic log on standard error',
  },
} as const

/** The options that say where to look. A command that acts has none: it acts on this machine. */
const WORLD = {
  proc: { ...text, default: DEFAULTS.proc, describe: 'proc file system to look at' },
  root: { ...text, default: DEFAULTS.root, describe: 'root directory to look at' },
  ...EVERY,
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

const RECORD = {
  anonymize: { ...flag, describe: 'replace words that people chose: names, parts of paths' },
} as const

/** The options of the commands that act. */
const ACT = {
  user: { ...flag, describe: 'your own services, not those of the system' },
  yes: { ...flag, alias: 'y', describe: 'do not ask' },
  'dry-run': { ...flag, describe: 'show what would be done, and do nothing' },
} as const

const RESTART = {
  except: { ...text, array: true, describe: 'leave UNIT alone (repeatable)' },
  ...ACT,
  wait: { ...text, default: '120', describe: 'SECONDS to wait for the end of the restarts' },
} as const

const MARK = {
  clear: { ...flag, describe: 'take the marks back' },
  list: { ...flag, describe: 'show what is marked, and what acts on it' },
  ...ACT,
} as const

const DECLARED = { ...SCAN, ...WORLD, ...FROM, ...RECORD, ...RESTART, ...MARK }

/** Returns the options of a type as they are typed. */
function optionsOfType(type: 'boolean' | 'string'): readonly string[] {
  const some = Object.entries(DECLARED).filter(([, option]) => option.type === type)
  return some.map(([name]) => `--${name}`)
}

/** The options of all commands that take no value, without those of yargs itself. */
export const SWITCHES: ReadonlySet<string> = new Set(optionsOfType('boolean'))
/** The options of all commands that take one. */
export const VALUED: ReadonlySet<string> = new Set(optionsOfType('string'))

/** Declares the commands and their options to a parser. */
export function declare(parser: Argv): Argv {
  const configured = parser
    .scriptName('stale-libs')
    .usage('Usage: $0 [command] [options]\n\nSays what to restart after an upgrade.')
    .parserConfiguration({
      'dot-notation': false,
      'camel-case-expansion': false,
      'populate--': true,
      'duplicate-arguments-array': true,
      'greedy-arrays': false,
      'boolean-negation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
  return declareActing(declareLooking(configured))
    .strict()
    .locale('en')
    .help()
    .wrap(80)
    .epilogue(
      'Exit status: 0 looked, 1 something is stale (only with --exit-code),\n' +
        '2 the command line or the configuration is wrong, 3 could not look or not\n' +
        'write the result, 4 something did not restart, or is still old (only restart).\n' +
        'With --format nagios: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN, also when\n' +
        'something is wrong.',
    )
}

/** Declares the commands that look, and change nothing. */
function declareLooking(parser: Argv): Argv {
  return parser
    .command(['scan', '$0'], 'look, and say what to restart (default)', (of) =>
      of.options({ ...SCAN, ...WORLD, ...FROM }).conflicts('system', 'user'),
    )
    .command(
      'explain <UNIT|PID..>',
      'every fact behind a verdict, and the rule that made it',
      (of) => of.options({ ...WORLD, ...FROM }),
    )
    .command('record <DIR>', 'save what a scan reads, for a bug report', (of) =>
      of.options({ ...WORLD, ...RECORD }),
    )
}

/** Declares the commands that act. */
function declareActing(parser: Argv): Argv {
  return parser
    .command('restart [UNIT..]', 'restart what is safe, or UNIT; asks first', (of) =>
      of
        .options({ ...RESTART, ...EVERY })
        .epilogue(
          'Exit status: 0 done, or nothing to do, 2 wrong request, nothing is done,\n' +
            '3 could not look or act, 4 something did not restart, or is still old.',
        ),
    )
    .command('mark [UNIT..]', 'let systemd restart it with a later upgrade', (of) =>
      of
        .options({ ...MARK, ...EVERY })
        .epilogue(
          'Without UNIT it marks what is safe, and asks first. Exit status: 0 done, or\n' +
            'nothing to do, 2 wrong request, nothing is done, 3 could not look or act.',
        ),
    )
}
