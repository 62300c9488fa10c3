import { shortName } from '../../core/act/names.ts'
import { REEXEC_OF_ROOT } from '../../core/answer/blocks.ts'
import type { Explained } from '../../core/explain/explained.ts'
import { say, words } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import { endsReader, endsSomething } from '../../core/report/ends-reader.ts'
import type { Reader } from '../../core/report/reader.ts'
import type { Finding } from '../../core/report/report.ts'
import { typedCommand } from '../text/typed.ts'
import { rootCommand } from '../words/commands.ts'
import { userLabel } from '../words/labels.ts'
import type { TypedCommand } from './layout.ts'

/** Returns the command that does what a verdict says; `null` where there is none. */
export function commandFor(one: Explained, reader: Reader): TypedCommand | null {
  const { finding } = one
  if (one.isChoice) return choiceCommand(one, reader)
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
function choiceCommand({ named }: Explained, reader: Reader): TypedCommand | null {
  const { unit, kind } = named
  // Who asks about one unit reads beside the command what its restart costs.
  const cautions = named.cautions.filter(({ code }) => code !== 'carries-remote-logins')
  if (unit === null || endsReader({ ...named, cautions })) return null
  if (kind === 'user-service' && named.user?.uid === 0) return null
  return askingCommand(unit, kind === 'user-service', reader)
}

/** Returns the command that restarts a unit, and asks first. */
function askingCommand(unit: Printable, isUser: boolean, reader: Reader): TypedCommand {
  const command = typedCommand({ by: 'restart', isUser, names: [shortName(unit)] }, reader)
  return { command, remark: say`(asks first)` }
}

function stepCommand(finding: Finding, reader: Reader): TypedCommand | null {
  const { action, unit, user, command, kind } = finding
  if (command === null) {
    if (user === null) return null
    if (user.uid === 0) return rootsCommand([action], reader)
    const names = kind === 'user-service' && unit !== null ? [shortName(unit)] : []
    const isReader = reader.uid === user.uid
    return {
      command: [...words('stale-libs', 'restart', '--user'), ...names],
      remark: isReader ? say`(without ${reader.asRoot ?? 'sudo'})` : say`(as ${userLabel(user)})`,
    }
  }
  const isOwn = command.includes(say`--user`)
  if (unit !== null && endsSomething(finding)) return askingCommand(unit, isOwn, reader)
  const short =
    action === 'restart' || action === 'user-restart'
      ? command
          .filter((word) => word !== '--')
          .map((word) => (word === unit ? shortName(word) : word))
      : command
  return { command: isOwn ? short : rootCommand(reader, short) }
}

/** Returns what root types for what is root's own; `null` where nothing may be. */
export function rootsCommand(
  actions: readonly Finding['action'][],
  reader: Reader,
): TypedCommand | null {
  if (!actions.includes('user-reexec')) return null
  return { command: rootCommand(reader, words(...REEXEC_OF_ROOT)) }
}

/** Returns the command that shows everything behind an explanation. */
export function factsCommand(typed: Printable, isRoot: boolean, reader: Reader) {
  const command = [...words('stale-libs', 'explain'), typed, ...words('--facts')]
  return isRoot ? rootCommand(reader, command) : command
}

/** Returns the command that explains another meaning, or another finding. */
export function explainCommand(name: Printable, isRoot: boolean, reader: Reader) {
  const command = [...words('stale-libs', 'explain'), name]
  return isRoot ? rootCommand(reader, command) : command
}
