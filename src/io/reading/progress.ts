import { LOOKING_LIMIT_MS, SILENCE_LIMIT_MS } from '../../core/time-limits.ts'
import type { WorkList } from './work-list.ts'

/**
 * Nothing but a signal that ends the process stops a read of maps that waits
 * (mmap_read_lock_killable of the kernel), so the main thread never reads them. Once in a tick, it
 * looks how reading moves on.
 *
 * Ticks are counted and not the time: while the whole machine sleeps, no read is stuck.
 */
export const TICK_MS = 100
/** Reading ends where nothing moves for so many ticks: two seconds. */
const MAX_STILL_TICKS = SILENCE_LIMIT_MS / TICK_MS
/** Reading ends after so many ticks, whatever is being read. */
const MAX_TICKS = LOOKING_LIMIT_MS / TICK_MS

/** How reading moves on, tick by tick. */
export class Progress {
  /** Ticks in which no process was read to its end. */
  idleTicks = 0
  /** Whether the last tick was one of them. */
  isIdle = false
  /** The last ticks, in which nothing moved. */
  stillTicks = 0
  #ticks = 0
  #ended = 0
  #moves = 0

  /** Notes how the list stands after one tick more. */
  note({ ended, moves }: WorkList): void {
    this.#ticks += 1
    this.isIdle = ended === this.#ended
    if (this.isIdle) this.idleTicks += 1
    this.stillTicks = moves === this.#moves ? this.stillTicks + 1 : 0
    this.#ended = ended
    this.#moves = moves
  }

  /** Says whether nothing has moved for long. */
  isStill({ moves }: WorkList): boolean {
    return this.stillTicks >= MAX_STILL_TICKS && moves === this.#moves
  }
  /** Says whether it has taken as long as it may. */
  get isLate(): boolean {
    return this.#ticks >= MAX_TICKS
  }
}
