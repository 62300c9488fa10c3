import { shortName } from '../../core/act/names.ts'
import type { Plan } from '../../core/act/plan.ts'
import { words } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Reader } from '../../core/report/reader.ts'
import { rootCommand } from '../words/commands.ts'
import { commandLine } from '../words/words.ts'

/** Returns a command of systemctl to one manager, about units where there are any. */
export function systemctlCommand(
  isOfUser: boolean,
  verb: 'restart' | 'status' | 'daemon-reexec' | 'daemon-reload' | 'list-jobs' | '--failed',
  units: readonly Printable[] = [],
): readonly Printable[] {
  const manager = isOfUser ? words('systemctl', '--user') : words('systemctl')
  return [...manager, ...words(verb), ...argumentsOf(units)]
}

/** Returns the command that shows the journal of a unit, at its end. */
export function journalCommand(isOfUser: boolean, unit: Printable): readonly Printable[] {
  const journal = isOfUser ? words('journalctl', '--user') : words('journalctl')
  return [...journal, ...words('-eu'), shortName(unit)]
}

/**
 * Returns a command of this program about units.
 */
export function ownCommand(
  { isOfUser }: Pick<Plan, 'isOfUser'>,
  verb: 'restart' | 'mark',
  units: readonly Printable[],
  reader: Pick<Reader, 'asRoot'>,
): readonly Printable[] {
  const own = words('stale-libs', verb)
  if (isOfUser) return [...own, ...words('--user'), ...argumentsOf(units)]
  return rootCommand(reader, [...own, ...argumentsOf(units)])
}

/** Returns the command that takes all marks of one manager back. */
export function clearCommand(
  isOfUser: boolean,
  reader: Pick<Reader, 'asRoot'>,
): readonly Printable[] {
  const own = words('stale-libs', 'mark')
  if (isOfUser) return [...own, ...words('--user', '--clear')]
  return rootCommand(reader, [...own, ...words('--clear')])
}

/** Returns the command that looks again. */
export function lookCommand(reader: Pick<Reader, 'asRoot'>): Printable {
  return commandLine(rootCommand(reader, words('stale-libs')))
}

/** The unit of the root directory is `-.mount`: a dash in front would make an option of it. */
function argumentsOf(units: readonly Printable[]): readonly Printable[] {
  const isDashed = units.some((unit) => unit.startsWith('-'))
  return [...(isDashed ? words('--') : []), ...units.map(shortName)]
}
