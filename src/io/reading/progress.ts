import { LOOKING_LIMIT_MS, SILENCE_LIMIT_MS } from '../../core/time-limits.ts'
import type { WorkList } from './work-list.ts'

/**
 * The time between two looks at the progress of reading. Only a signal that ends the process stops
 * a read of maps that waits (mmap_read_lock_killable of the kernel), so the main thread never reads
 * maps.
 *
 * The ticks are counted, and not the time: a read is not stuck while the whole machine sleeps.
 */
export const TICK_MS = 100
/** Reading ends after so many ticks without progress: two seconds. */
const MAX_STILL_TICKS = SILENCE_LIMIT_MS / TICK_MS
/** Reading ends after so many ticks, whatever is being read. */
const MAX_TICKS = LOOKING_LIMIT_MS / TICK_MS

/** The progress of reading, tick by tick. */
export class Progress {
  /** The number of ticks in which no process was read to its end. */
  idleTicks = 0
  /** Whether the last tick was such a tick. */
  isIdle = false
  /** The number of last ticks without any progress. */
  stillTicks = 0
  #ticks = 0
  #ended = 0
  #moves = 0

  /** Notes the state of the work list after one more tick. */
  note({ ended, moves }: WorkList): void {
    this.#ticks += 1
    this.isIdle = ended === this.#ended
    if (this.isIdle) this.idleTicks += 1
    this.stillTicks = moves === this.#moves ? this.stillTicks + 1 : 0
    this.#ended = ended
    this.#moves = moves
  }

  /** Says whether reading made no progress for too long. */
  isStill({ moves }: WorkList): boolean {
    return this.stillTicks >= MAX_STILL_TICKS && moves === this.#moves
  }
  /** Says whether reading has taken all of its time. */
  get isLate(): boolean {
    return this.#ticks >= MAX_TICKS
  }
}
