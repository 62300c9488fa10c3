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

/** Returns what must be said beside a result that has no room for it: what could not be seen. */
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

/** Returns every fact behind verdicts; its words are loaded only for this. */
export async function renderExplained(explanations: readonly Explanation[]): Promise<string> {
  const { renderExplanations } = await import('./explain.ts')
  return renderExplanations(explanations)
}

/** Returns the message of an error: there is nothing of this name to explain. */
export async function renderUnknownSubject(unknown: UnknownSubject): Promise<string> {
  const { unknownSubjectText } = await import('./explain.ts')
  return unknownSubjectText(unknown)
}

/** Returns the report in the wanted format, each line ended. */
export function render(report: Report, options: ScanOptions, style: Style): string {
  return RENDERERS[options.format](report, options, style)
}
