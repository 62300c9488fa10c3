import type { Printable } from '../core/printable.ts'
import type { ScanOptions } from '../core/options.ts'

/**
 * What a part of a line is for. `strong`: headings and commands. `soon`: what may fail. `costs`: a
 * choice. `detail`: what only supports the rest. The words say all of it, too.
 */
export type Tone = 'strong' | 'soon' | 'costs' | 'detail'

/** Colour as a value: it is put around a text that is safe to print. */
export type Style = { readonly toned: (tone: Tone, text: Printable) => string }

/** Text as it is. */
export const PLAIN: Style = { toned: (_, text) => text }

/** The parameters of "Select Graphic Rendition" of ECMA-48 that begin and end each tone. */
const PARAMETERS: Readonly<Record<Tone, readonly [begin: number, end: number]>> = {
  strong: [1, 22],
  soon: [31, 39],
  costs: [33, 39],
  detail: [2, 22],
}

/** Text with the sequences "Select Graphic Rendition" (console_codes(4)). */
export const COLOURED: Style = {
  toned(tone, text) {
    const [begin, end] = PARAMETERS[tone]
    return text === '' ? '' : `\u001b[${begin}m${text}\u001b[${end}m`
  },
}

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
