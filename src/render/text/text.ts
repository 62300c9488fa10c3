import { say } from '../../core/printable.ts'
import type { ScanOptions } from '../../core/options.ts'
import type { Report } from '../../core/report/report.ts'
import type { Line } from '../door.ts'
import { handLines } from './hand/hand.ts'
import { hookLines } from './hook/hook.ts'
import { USUAL_WIDTH } from '../width.ts'
import { ASCII_COLUMNS } from './layout.ts'
import type { Columns } from './layout.ts'

/** pacman writes the title of a hook at the left edge. */
const BEHIND_PACMAN = say`  `

type TextOptions = Pick<ScanOptions, 'hook' | 'all'> & Partial<Pick<ScanOptions, 'side' | 'of'>>

/**
 * Returns the report for people: the answer in one sentence, and what to do in groups.
 *
 * @param columns counts the columns of a text on a terminal
 * @param width the columns of a line
 */
export function renderText(
  report: Report,
  { hook: isHook, all, side = 'both', of = null }: TextOptions,
  columns: Columns = ASCII_COLUMNS,
  width = USUAL_WIDTH,
): readonly Line[] {
  const page = { isHook, columns, width, now: report.at }
  if (!isHook) return handLines(report, { all, side, of }, page)
  return hookLines(report, { ...page, width: USUAL_WIDTH - BEHIND_PACMAN.length }).map(behindPacman)
}

function behindPacman(line: Line): Line {
  if (typeof line === 'string') return say`${BEHIND_PACMAN}${line}`
  if ('strong' in line) return { strong: say`${BEHIND_PACMAN}${line.strong}` }
  return { spans: [BEHIND_PACMAN, ...line.spans] }
}
