import { REEXEC_OF_ROOT } from '../../core/answer/blocks.ts'
import type { BlockCommand } from '../../core/answer/blocks.ts'
import { printableText, say, words } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Reader } from '../../core/report/reader.ts'
import type { Line } from '../door.ts'
import { rootCommand } from '../words/commands.ts'
import { commandLine, quoted } from '../words/words.ts'
import { blanks } from './layout.ts'
import type { Page } from './layout.ts'

/** Returns the command that looks again, as the reader types it. */
export function lookText(reader: Reader): Printable {
  return commandLine(rootCommand(reader, words('stale-libs')))
}

/** Returns the words of the command of a block, as the reader types them. */
export function typedCommand(command: BlockCommand, reader: Reader): readonly Printable[] {
  if (command.by === 'reexec-of-root') return rootCommand(reader, words(...REEXEC_OF_ROOT))
  if (command.by === 'systemctl')
    return rootCommand(reader, [...words('systemctl'), ...behindDashes(command.words)])
  const own = [...words('stale-libs', 'restart'), ...(command.isUser ? words('--user') : [])]
  const whole = [...own, ...behindDashes(command.names)]
  return command.isUser ? whole : rootCommand(reader, whole)
}

/** The unit of the root directory is `-.mount`: a dash in front would make an option of it. */
function behindDashes(given: readonly string[]): readonly Printable[] {
  const isDashed = given.some((one) => one.startsWith('-'))
  return [...(isDashed ? words('--') : []), ...given.map(printableText)]
}

const SHOWS_FIRST = say`    (shows the list and asks first)`

/**
 * Returns the command of a block as lines.
 *
 * @param indent the columns in front of it
 */
export function blockCommandRows(
  command: BlockCommand | null,
  reader: Reader,
  indent: number,
  page: Page,
): readonly Line[] {
  if (command === null) return []
  const rows = shellRows(typedCommand(command, reader), indent, page)
  const isWhole = command.by === 'restart' && !command.isUser && command.names.length === 0
  const room = page.width - page.columns(rows[0] ?? '')
  const isSaid = page.isHook && isWhole && rows.length === 1 && SHOWS_FIRST.length <= room
  return rows.map((row) => ({
    spans: [
      { text: row, tone: 'strong' as const },
      ...(isSaid ? [{ text: SHOWS_FIRST, tone: 'detail' as const }] : []),
    ],
  }))
}

/**
 * Returns the forms of the command of a block, the longest first: where names take several lines,
 * `stale-libs restart` does all that is safe, and shows the list first.
 */
export function commandForms(
  command: BlockCommand | null,
  reader: Reader,
  indent: number,
  page: Page,
): readonly (readonly Line[])[] {
  const rows = blockCommandRows(command, reader, indent, page)
  if (rows.length < 2 || command?.by !== 'systemctl') return [rows]
  const short: BlockCommand = { by: 'restart', isUser: false, names: [] }
  return [rows, blockCommandRows(short, reader, indent, page)]
}

/**
 * Returns a command as lines. A long one continues over several lines in the form that a shell
 * reads.
 *
 * @param indent the columns in front of its first line
 */
export function shellRows(
  command: readonly Printable[],
  indent: number,
  { width, columns }: Pick<Page, 'width' | 'columns'>,
): readonly Printable[] {
  const lines: Printable[] = []
  let line = blanks(indent)
  for (const [at, word] of command.map(quoted).entries()) {
    const isFirst = at === 0 || line.trim() === ''
    if (!isFirst && columns(line) + columns(word) + 3 > width) {
      lines.push(say`${line} \\`)
      line = say`${blanks(indent + 2)}${word}`
    } else line = isFirst ? say`${line}${word}` : say`${line} ${word}`
  }
  return [...lines, line]
}
