import { shortName } from '../../core/act/names.ts'
import type { RuleCode } from '../../core/advice/advice.ts'
import type { Explained } from '../../core/explain/explained.ts'
import { say, words } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Reader } from '../../core/report/reader.ts'
import type { Finding } from '../../core/report/report.ts'
import { userLabel } from '../words/labels.ts'
import { commandLine } from '../words/words.ts'

/** Returns a command for root as the reader pastes it. */
export function forRoot(
  { asRoot }: Pick<Reader, 'asRoot'>,
  command: readonly Printable[],
): readonly Printable[] {
  return asRoot === null ? command : [...words(asRoot), ...command]
}

/**
 * The rules about units whose restart would end the terminal that a command is pasted into. No
 * command is printed for them.
 */
const ENDS_CALLER: ReadonlySet<RuleCode> = new Set([
  'you-are-inside',
  'own-job',
  'ends-your-connection',
  'display-manager',
])

/** Returns the command that does what a verdict says, as a line; `null` where there is none. */
export function commandText(one: Explained, reader: Reader): Printable | null {
  const { finding } = one
  if (one.isChoice) return choiceText(one, reader)
  switch (finding.action) {
    case 'restart':
    case 'user-restart':
    case 'reexec':
    case 'user-reexec':
      return stepCommand(finding, reader)
    default:
      return null
  }
}

/** Returns the command for a restart that costs something. It asks first. */
function choiceText({ named }: Explained, reader: Reader): Printable | null {
  const { unit, kind, rule } = named
  if (unit === null || ENDS_CALLER.has(rule)) return null
  const own = words('stale-libs', 'restart')
  const name = shortName(unit)
  const command =
    kind === 'user-service' ? [...own, ...words('--user'), name] : forRoot(reader, [...own, name])
  return say`${commandLine(command)}    (asks first)`
}

function stepCommand({ action, unit, user, command, kind }: Finding, reader: Reader) {
  if (command === null) {
    if (user === null) return null
    const names = kind === 'user-service' && unit !== null ? [shortName(unit)] : []
    const line = commandLine([...words('stale-libs', 'restart', '--user'), ...names])
    return reader.uid === user.uid
      ? say`${line}    (without ${reader.asRoot ?? 'sudo'})`
      : say`${line}    (as ${userLabel(user)})`
  }
  const isOwn = command.includes(say`--user`)
  const short =
    action === 'restart' || action === 'user-restart'
      ? command
          .filter((word) => word !== '--')
          .map((word) => (word === unit ? shortName(word) : word))
      : command
  return commandLine(isOwn ? short : forRoot(reader, short))
}

/** Returns the command that shows everything behind an explanation. */
export function factsCommand(typed: Printable, isRoot: boolean, reader: Reader): Printable {
  const command = [...words('stale-libs', 'explain'), typed, ...words('--facts')]
  return commandLine(isRoot ? forRoot(reader, command) : command)
}

/** Returns the command that explains another meaning, or another finding. */
export function explainCommandLine(name: Printable, isRoot: boolean, reader: Reader): Printable {
  const command = [...words('stale-libs', 'explain'), name]
  return commandLine(isRoot ? forRoot(reader, command) : command)
}
