import type { Argv } from 'yargs'
import { FORMATS, LOG_LEVELS } from '../core/options.ts'
import { DEFAULTS } from './defaults.ts'
import { helpText } from './help.ts'

const text = { type: 'string', requiresArg: true } as const
const flag = { type: 'boolean' } as const

/** The options of every command. */
const EVERY = {
  config: { ...text, value: 'FILE', describe: 'read FILE instead of the configuration' },
  'log-level': {
    ...text,
    value: 'LEVEL',
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

const EXPLAIN = {
  facts: { ...flag, describe: 'every fact and rule behind the verdict' },
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
  except: {
    ...text,
    array: true,
    value: 'UNIT',
    describe: 'leave UNIT alone (may be given again)',
  },
  ...ACT,
  wait: {
    ...text,
    value: 'SECONDS',
    default: '120',
    describe: 'watch the restarts so long (120), and cancel nothing',
  },
} as const

const MARK = {
  clear: { ...flag, describe: 'take the marks back, of all units or of UNIT' },
  list: { ...flag, describe: 'show what is marked, and what restarts it' },
  ...ACT,
} as const

const DECLARED = { ...SCAN, ...WORLD, ...FROM, ...EXPLAIN, ...RECORD, ...RESTART, ...MARK }

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
        'write the result, 4 restart or mark did not do all of it.\n' +
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
      (of) => of.options({ ...EXPLAIN, ...WORLD, ...FROM }),
    )
    .command('record <DIR>', 'save what a scan reads, for a bug report', (of) =>
      of.options({ ...WORLD, ...RECORD }),
    )
}

/** Declares the commands that act. `helpOf` has their help. */
function declareActing(parser: Argv): Argv {
  return parser
    .command('restart [UNIT..]', 'restart what is safe, or UNIT; asks first', (of) =>
      of.options({ ...RESTART, ...EVERY }),
    )
    .command('mark [UNIT..]', 'mark what is safe, or UNIT, to restart later', (of) =>
      of.options({ ...MARK, ...EVERY }),
    )
}

const RESTART_HELP = helpText(
  'stale-libs restart [UNIT]...',
  `Restarts services that use old code, and looks again. Shows what it will do,
and asks first. Without UNIT: all that can be restarted safely. A UNIT that is
named is restarted also where that costs something.`,
  { ...RESTART, ...EVERY },
  `  sudo stale-libs restart --dry-run     what would be restarted, and what not?
  sudo stale-libs restart nginx         only nginx

Exit status: 0 done, or nothing to do; 2 wrong request, nothing was done;
3 could not look or act; 4 a unit did not restart, still uses old code, or was
left alone though it was named, or another unit failed. More: man stale-libs`,
)

const MARK_HELP = helpText(
  'stale-libs mark [UNIT]...',
  `Marks services that use old code, and restarts nothing: systemd restarts marked
units later, without a question. Asks first. Without UNIT: all that can be
restarted safely. Where a restart costs something, a UNIT is not marked.`,
  { ...MARK, ...EVERY },
  `Exit status: 0 done, or nothing to do; 2 wrong request, nothing was done;
3 could not look or act; 4 a unit could not be marked. More: man stale-libs`,
)

/** Returns the help of a command that acts; `null` for another, whose help is that of yargs. */
export function helpOf(verb: string): string | null {
  return verb === 'restart' ? RESTART_HELP : verb === 'mark' ? MARK_HELP : null
}
