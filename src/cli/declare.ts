import type { Argv } from 'yargs'
import { FORMATS, LOG_LEVELS, OFFERED_FOR } from '../core/options.ts'

/** An option of a command. */
export type Option = {
  readonly type: 'boolean' | 'string'
  readonly describe: string
  /** The word for the value of an option; a switch has none. */
  readonly value?: string
  readonly choices?: readonly string[]
  /** Whether it can be given again. A switch always can. */
  readonly array?: true
  /** The short form, without its hyphen. */
  readonly alias?: string
  /** Set for an option for programs and tests: it stands in the manual only. */
  readonly isHidden?: true
}

/** The options of a command by their names, without hyphens. */
export type Options = Readonly<Record<string, Option>>

const flag = { type: 'boolean' } as const
const text = (value: string) => ({ type: 'string', value }) as const
const hidden = { isHidden: true } as const

/** The options of every command. */
const EVERY: Options = {
  config: { ...text('FILE'), describe: 'read FILE instead of the configuration' },
  'log-level': {
    ...text('LEVEL'),
    ...hidden,
    choices: LOG_LEVELS,
    describe: 'diagnostic log on standard error',
  },
}

/** The options that say where to look. A command that acts has none: it acts on this machine. */
const WORLD: Options = {
  proc: { ...text('DIR'), ...hidden, describe: 'proc file system to look at' },
  root: { ...text('DIR'), ...hidden, describe: 'root directory to look at' },
  ...EVERY,
}

const FROM: Options = { from: { ...text('DIR'), ...hidden, describe: 'replay a recording' } }

const SCAN: Options = {
  format: { ...text('FORM'), choices: FORMATS, describe: FORMATS.join(', ') },
  json: { ...flag, describe: 'short for --format json' },
  all: { ...flag, alias: 'a', describe: 'also what is ignored, and code that programs made' },
  quiet: { ...flag, alias: 'q', describe: 'nothing when nothing is old (for cron)' },
  system: { ...flag, describe: 'only what belongs to the system' },
  user: { ...flag, describe: 'only what belongs to users' },
  of: { ...text('NAME'), describe: 'only what belongs to the user NAME, or to a uid' },
  'ignore-unit': { ...text('GLOB'), array: true, describe: 'leave out units like GLOB' },
  'ignore-path': { ...text('GLOB'), array: true, describe: 'leave out files like GLOB' },
  'exit-code': { ...flag, describe: 'exit with 1 when something is old' },
  color: {
    ...text('WHEN'),
    choices: ['auto', 'always', 'never'],
    describe: 'colour: auto, always or never',
  },
  'no-color': { ...flag, describe: 'short for --color never' },
  output: { ...text('FILE'), describe: 'write the result to FILE, whole or not at all' },
  hook: { ...flag, ...hidden, describe: 'as pacman calls it' },
  targets: { ...text('FILE'), ...hidden, describe: 'with --hook: what was changed' },
  complete: {
    ...text('COMMAND'),
    ...hidden,
    choices: OFFERED_FOR,
    describe: 'the names that a shell offers for COMMAND',
  },
}

const EXPLAIN: Options = {
  facts: { ...flag, describe: 'every fact and rule behind the verdict' },
}

const RECORD: Options = {
  anonymize: { ...flag, describe: 'replace words that people chose: names, parts of paths' },
}

/** The options of the commands that act. */
const ACT: Options = {
  user: { ...flag, describe: 'your own services, not those of the system' },
  yes: { ...flag, alias: 'y', describe: 'do not ask' },
  'dry-run': { ...flag, describe: 'show what would be done, and do nothing' },
}

const RESTART: Options = {
  except: { ...text('NAME'), array: true, describe: 'leave NAME alone (may be given again)' },
  ...ACT,
  wait: {
    ...text('SECONDS'),
    describe: 'watch the restarts so long (120), and cancel nothing',
  },
}

const MARK: Options = {
  clear: { ...flag, describe: 'take the marks back, of all units or of NAME' },
  list: { ...flag, describe: 'show what is marked, and what restarts it' },
  ...ACT,
}

/** The options of all commands, by the name of the command. */
export const COMMANDS = {
  scan: { ...SCAN, ...WORLD, ...FROM },
  explain: { ...EXPLAIN, ...WORLD, ...FROM },
  restart: { ...RESTART, ...EVERY },
  mark: { ...MARK, ...EVERY },
  record: { ...RECORD, ...WORLD },
} as const satisfies Readonly<Record<string, Options>>

/** The name of a command. */
export type CommandName = keyof typeof COMMANDS

/** The names of all commands, in the order of the help. */
export const VERBS = Object.keys(COMMANDS) as readonly CommandName[]

/** Says whether a word is the name of a command. */
export function isVerb(word: string | undefined): word is CommandName {
  return word !== undefined && Object.hasOwn(COMMANDS, word)
}

/**
 * Declares the commands and their options to a parser. `check` has looked at the words before, and
 * the names of a command stand behind `--`.
 */
export function declare(parser: Argv): Argv {
  const configured = parser.scriptName('stale-libs').parserConfiguration({
    'dot-notation': false,
    'camel-case-expansion': false,
    'populate--': true,
    'duplicate-arguments-array': true,
    'greedy-arrays': false,
    'boolean-negation': false,
    'parse-numbers': false,
    'parse-positional-numbers': false,
  })
  const commands = VERBS.reduce(
    (declared, verb) => declared.command(verb, '', (of) => of.options(COMMANDS[verb])),
    configured,
  )
  return commands.strict().locale('en').help(false).version(false)
}
