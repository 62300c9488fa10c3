import type { Format, ScanOptions } from '../core/options.ts'
import type { Report } from '../core/report/report.ts'
import type { Explanation, UnknownSubject } from '../core/report/explanation.ts'
import { renderJson } from './json.ts'
import { renderNagios, renderUnknown } from './nagios.ts'
import { renderNames } from './names.ts'
import { renderPrometheus } from './prometheus.ts'
import type { Style } from './style.ts'
import { renderText } from './text/text.ts'
import { limitText } from './words/limits.ts'

export { renderUnknown }

/**
 * Returns the limits that are written to standard error, because the format has no room for them.
 */
export function notesBeside(
  { limits, isRoot }: Report,
  { format }: ScanOptions,
): readonly string[] {
  return format === 'names' ? limits.map((limit) => limitText(limit, isRoot)) : []
}

type Renderer = (report: Report, options: ScanOptions, style: Style) => string

const RENDERERS = {
  text: renderText,
  json: renderJson,
  names: renderNames,
  prometheus: renderPrometheus,
  nagios: renderNagios,
} as const satisfies Record<Format, Renderer>

/** Returns the text of explanations. Its words are loaded only here. */
export async function renderExplained(explanations: readonly Explanation[]): Promise<string> {
  const { renderExplanations } = await import('./explain.ts')
  return renderExplanations(explanations)
}

/** Returns the message of an error about a name that nothing has. */
export async function renderUnknownSubject(unknown: UnknownSubject): Promise<string> {
  const { unknownSubjectText } = await import('./explain.ts')
  return unknownSubjectText(unknown)
}

/** Returns the report in the format of the options. Each line ends with a newline. */
export function render(report: Report, options: ScanOptions, style: Style): string {
  return RENDERERS[options.format](report, options, style)
}
