import type { Printable } from '../core/printable.ts'
import { progressLine } from '../render/act/question.ts'
import type { OpenManager } from './open.ts'

/** The least time between two lines, where no line can be rewritten. */
const BETWEEN_LINES_MS = 10_000

/** Tells the units that are not done, and the milliseconds since the restart. */
export type TellProgress = (waiting: readonly Printable[], elapsedMs: number) => void

/**
 * Returns what tells how far a restart is: a line that is rewritten on a terminal, and a line from
 * time to time elsewhere.
 *
 * @param total the number of units
 */
export function openProgress({ dialog, tell, screen }: OpenManager, total: number): TellProgress {
  let toldAt = 0
  return (waiting, elapsedMs) => {
    const seconds = Math.floor(elapsedMs / 1000)
    const line = progressLine(
      {
        done: total - waiting.length,
        total,
        waiting: waiting.map((unit) => ({ unit, seconds })),
      },
      screen,
    )
    if (dialog.canRewrite) dialog.status(line)
    else if (waiting.length > 0 && elapsedMs - toldAt >= BETWEEN_LINES_MS) {
      tell([line])
      toldAt = elapsedMs
    }
  }
}
