import { words } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Reader } from '../../core/report/reader.ts'

/** Returns a command for root as the reader pastes it. */
export function rootCommand(
  { asRoot }: Pick<Reader, 'asRoot'>,
  command: readonly Printable[],
): readonly Printable[] {
  return asRoot === null ? command : [...words(asRoot), ...command]
}
