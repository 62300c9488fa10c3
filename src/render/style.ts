import type { ScanOptions } from '../core/options.ts'

/** Colour as a value: what turns text into stronger text, or leaves it alone. */
export type Style = {
  readonly strong: (text: string) => string
  readonly dim: (text: string) => string
}

export const PLAIN: Style = { strong: (text) => text, dim: (text) => text }

/** Select Graphic Rendition of ECMA-48, as console_codes(4) has it. */
export const COLOURED: Style = {
  strong: (text) => `\u001b[1m${text}\u001b[22m`,
  dim: (text) => `\u001b[2m${text}\u001b[22m`,
}

/**
 * Returns how the text is to look: the flag first, then no-color.org, then force-color.org, then
 * the terminal. A hook's text also goes to pacman.log, so it has colour only where the flag says
 * `always`.
 *
 * @param isTerminal asked last, because the answer costs the loading of terminal support
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
