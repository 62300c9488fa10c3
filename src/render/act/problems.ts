import type { NameProblem, WrongName } from '../../core/act/names.ts'
import { shortName } from '../../core/act/names.ts'
import { joined, printableText, say, words } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Reader } from '../../core/report/reader.ts'
import type { PageSize } from '../width.ts'
import { rootCommand } from '../words/commands.ts'
import { nameLabel } from '../words/labels.ts'
import { commandLine, enumerated } from '../words/words.ts'
import { sentence } from './layout.ts'

/** The command that a request was made to. */
export type Verb = 'restart' | 'mark'

const NOTHING_DONE = {
  restart: say`Nothing was restarted.`,
  mark: say`No mark was changed.`,
} as const satisfies Readonly<Record<Verb, Printable>>

const NAME_PROBLEMS: Readonly<Record<NameProblem, (name: Printable) => Printable>> = {
  empty: () => say`the name of a unit is empty`,
  option: (name) => say`${name} is no unit: the name of a service begins with no dash`,
  pattern: (name) => say`${name} is a pattern: name each unit`,
  template: (name) => say`${name} is a template: name an instance, such as ${instanceOf(name)}`,
  'no-name': (name) => say`${name} cannot be the name of a unit`,
}

function instanceOf(name: Printable): Printable {
  return printableText(name.replaceAll('"', '').replace(/@.*$/, '@NAME'))
}

/** Returns why a name that was typed cannot be that of a unit. */
export function wrongNameText({ typed, problem }: WrongName, verb: Verb): Printable {
  return say`${NAME_PROBLEMS[problem](typedLabel(typed))}. ${NOTHING_DONE[verb]}`
}

/** A name as it was typed stands in quotes, and is cut where it is long. */
function typedLabel(typed: Printable): Printable {
  const label = nameLabel(typed)
  return label.startsWith('"') ? label : say`"${label}"`
}

/**
 * Returns that there is no such unit, and which are meant.
 *
 * @param nearest see `nearestNames`
 */
export function unknownUnitText(
  typed: Printable,
  nearest: readonly Printable[],
  verb: Verb,
): Printable {
  const mean = nearest.length === 0 ? [] : [say`Did you mean ${joined(nearest, ' or ')}?`]
  return joined([say`no unit is called ${typedLabel(typed)}.`, ...mean, NOTHING_DONE[verb]], ' ')
}

/**
 * Returns that only root does it, with the whole command.
 *
 * @param typed the words behind the name of this program
 */
export function onlyRootText(
  typed: readonly string[],
  verb: Verb,
  reader: Pick<Reader, 'asRoot'>,
): Printable {
  const does = verb === 'restart' ? say`restarts` : say`marks`
  const command = rootCommand(reader, [...words('stale-libs'), ...typed.map(printableText)])
  return say`only root ${does} services of the system: ${commandLine(command)}`
}

/**
 * Returns that root does nothing for users, with the command that a user runs.
 *
 * @param typed the words behind the name of this program
 */
export function userAsRootText(typed: readonly string[]): Printable {
  const command = commandLine([...words('stale-libs'), ...typed.map(printableText)])
  return say`--user is not for root: run it as the user: ${command}`
}

/** Returns that systemd does not run, so that nothing can be done. */
export function notBootedText(verb: Verb): Printable {
  return say`systemd does not run here. ${NOTHING_DONE[verb]}`
}

/** Returns that nobody can be asked. */
export function noTerminalText(verb: Verb): Printable {
  return say`there is no terminal to ask at: give --yes. ${NOTHING_DONE[verb]}`
}

/** Returns that another restart runs, and that this one waits for it. */
export function otherRunsText(): Printable {
  return say`Another stale-libs restart runs: waiting for its end.`
}

/** Returns that another restart still ran when the waiting was over. */
export function stillBusyText(): Printable {
  return say`another stale-libs restart still runs. ${NOTHING_DONE.restart}`
}

/** Returns that the caller said no. */
export function saidNoText(verb: Verb): Printable {
  return NOTHING_DONE[verb]
}

/** Returns that nothing was done, since the plan was only to be shown. */
export function dryRunText(verb: Verb): Printable {
  return say`This was a dry run. ${NOTHING_DONE[verb]}`
}

/** Returns which units are left alone because something is no longer as it was shown. */
export function changedLines(units: readonly Printable[], page: PageSize): readonly Printable[] {
  const names = enumerated(units.map(shortName))
  return sentence(say`Left alone, since something has changed meanwhile: ${names}.`, page)
}
