import type { Printable } from '../core/printable.ts'
import type { ScanOptions } from '../core/options.ts'

/** Colour as a value: it is put around a line that is safe to print. */
export type Style = { readonly strong: (line: Printable) => string }

/** Text as it is. */
export const PLAIN: Style = { strong: (line) => line }

/** Text with the sequences "Select Graphic Rendition" of ECMA-48 (console_codes(4)). */
export const COLOURED: Style = { strong: (line) => `\u001b[1m${line}\u001b[22m` }

/**
 * Returns the style of a text. The flag decides first, then no-color.org, then force-color.org,
 * then the terminal. The text of a hook also goes to pacman.log, so it has colour only where the
 * flag says `always`.
 *
 * @param isTerminal called last, because the answer loads the support of terminals
 */
export function styleOf(
  { color, hook, output }: Pick<ScanOptions, 'color' | 'hook' | 'output'>,
  environment: Readonly<Record<string, string | undefined>>,
  isTerminal: () => boolean,
): Style {
  if (color !== 'auto') return color === 'always' ? COLOURED : PLAIN
  if (hook || output !== null || environment['NO_COLOR']) return PLAIN
  if (environment['FORCE_COLOR']) return COLOURED
  return isTerminal() && environment['TERM'] !== 'dumb' ? COLOURED : PLAIN
}
