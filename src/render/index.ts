import { joined, printableText, say } from '../core/printable.ts'
import type { Printable } from '../core/printable.ts'
import type { Format, ScanOptions } from '../core/options.ts'
import type { QuietAnswer } from '../core/report/exit-status.ts'
import type { Report } from '../core/report/report.ts'
import type { Explanation, UnknownSubject } from '../core/explain/explanation.ts'
import { written } from './door.ts'
import type { Guard, Line } from './door.ts'
import { renderJson } from './json.ts'
import { renderNagios, unknownLine } from './nagios.ts'
import { renderNames } from './names.ts'
import { renderPrometheus } from './prometheus.ts'
import type { Style } from './style.ts'
import { ASCII_COLUMNS } from './text/layout.ts'
import type { Columns } from './text/layout.ts'
import { renderText } from './text/text.ts'
import type { PageSize } from './width.ts'
import { limitText } from './words/limits.ts'

/**
 * Returns what is written to standard error: the limits, where the format has no room for them, and
 * one line about them where a quiet scan says nothing else.
 */
export function notesBeside(
  { limits, isRoot }: Report,
  { format }: ScanOptions,
  said: QuietAnswer,
): readonly Printable[] {
  if (said === 'nothing') return []
  const unseen = limits.map((limit) => limitText(limit, isRoot))
  if (said === 'report') return format === 'names' ? unseen : []
  const all = joined(unseen, '; ')
  return [say`nothing that uses old code was found, but not everything was seen: ${all}`]
}

type Page = {
  readonly report: Report
  readonly options: ScanOptions
  readonly width: number
  readonly columns: Columns
  readonly guard: Guard
}

const RENDERERS = {
  text: ({ report, options, columns, width }) => renderText(report, options, columns, width),
  json: ({ report, guard }) => renderJson(report, guard),
  names: ({ report }) => renderNames(report),
  prometheus: ({ report }) => renderPrometheus(report),
  nagios: ({ report, options }) => renderNagios(report, options),
} as const satisfies Record<Format, (page: Page) => readonly Line[]>

/**
 * Returns the report in the format of the options, as it is written. Each line ends with a newline.
 *
 * @param page the page of a text for people
 * @param guard makes sure of each line once more
 */
export async function render(
  report: Report,
  options: ScanOptions,
  style: Style,
  page: PageSize,
  guard: Guard = printableText,
): Promise<string> {
  const inColumns = (columns: Columns) =>
    written(RENDERERS[options.format]({ report, options, ...page, columns, guard }), style, guard)
  const text = inColumns(ASCII_COLUMNS)
  if (options.format !== 'text' || /^[\0-\x7f]*$/.test(text)) return text
  return inColumns(await columnsOfAnyText())
}

/** Returns the report as it is written, or nothing where a quiet scan says nothing of it. */
export async function renderSaid(
  said: QuietAnswer,
  report: Report,
  options: ScanOptions,
  style: Style,
  page: PageSize,
): Promise<string> {
  return said === 'report' ? await render(report, options, style, page) : ''
}

/** Loads what counts columns. Where that is missing, a line may be longer, and nothing is lost. */
async function columnsOfAnyText(): Promise<Columns> {
  try {
    return (await import('./text/columns.ts')).columnsOf
  } catch {
    return ASCII_COLUMNS
  }
}

/** Returns the text of explanations. Its words are loaded only here. */
export async function renderExplained(
  explanations: readonly Explanation[],
  isFacts: boolean,
  style: Style,
  page: PageSize,
  guard: Guard = printableText,
): Promise<string> {
  const { renderExplanations } = await import('./explain/explain.ts')
  return written(renderExplanations(explanations, isFacts, page), style, guard)
}

/** Returns the message of an error about a name that nothing has. */
export async function renderUnknownSubject(unknown: UnknownSubject): Promise<Printable> {
  const { unknownSubjectText } = await import('./explain/explain.ts')
  return unknownSubjectText(unknown)
}

/** Returns the answer of a check that failed. A monitoring system reads standard output only. */
export function renderUnknown(message: string): string {
  return written([unknownLine(message)])
}

/** Returns the line that says what was recorded. */
export function renderRecorded(recorded: number, processes: number, directory: string): string {
  const where = printableText(directory)
  return written([say`Recorded ${recorded} of ${processes} processes to ${where}`])
}

/** Returns a text of the command line, such as the help. */
export function renderHelp(text: string): string {
  return written(text.replace(/\n$/, '').split('\n').map(printableText))
}
