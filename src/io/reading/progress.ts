import { LOOKING_LIMIT_MS, SILENCE_LIMIT_MS } from '../../core/time-limits.ts'
import type { WorkList } from './work-list.ts'

/**
 * The time between two looks at the progress of reading. Only a signal that ends the process stops
 * a read of maps that waits (mmap_read_lock_killable of the kernel), so the main thread never reads
 * maps.
 *
 * The ticks are counted, and not only the time: a read is not stuck while the whole machine sleeps.
 */
export const TICK_MS = 100
/** Reading ends after so many ticks without progress: two seconds. */
export const MAX_STILL_TICKS = SILENCE_LIMIT_MS / TICK_MS
/**
 * The most ticks that one tick can stand for. Ticks come late while the main thread judges, and
 * very late where the machine has slept.
 */
const MAX_LATE_TICKS = 5
/** All reading ends after so many ticks, whatever is being read. */
export const MAX_TICKS = LOOKING_LIMIT_MS / TICK_MS

/** The progress of reading, tick by tick. */
export class Progress {
  /** The number of ticks in which no process was read to its end. */
  idleTicks = 0
  /** Whether the last tick was such a tick. */
  isIdle = false
  /** The number of last ticks without any progress. */
  stillTicks = 0
  /** The time that reading took, in ticks. */
  ticks = 0
  readonly #maxTicks: number
  readonly #maxStillTicks: number
  readonly #now: () => number
  #tickedAt: number
  #ended = 0
  #moves = 0

  /**
   * @param maxTicks the ticks after which reading is late
   * @param maxStillTicks the ticks without progress after which reading is still
   * @param now milliseconds since any time
   */
  constructor(maxTicks: number, maxStillTicks: number, now: () => number) {
    this.#maxTicks = maxTicks
    this.#maxStillTicks = maxStillTicks
    this.#now = now
    this.#tickedAt = now()
  }

  /** Notes the state of the work list after one more tick. */
  note({ ended, moves }: WorkList): void {
    const now = this.#now()
    const late = Math.round((now - this.#tickedAt) / TICK_MS)
    this.ticks += Math.min(Math.max(1, late), MAX_LATE_TICKS)
    this.#tickedAt = now
    this.isIdle = ended === this.#ended
    if (this.isIdle) this.idleTicks += 1
    this.stillTicks = moves === this.#moves ? this.stillTicks + 1 : 0
    this.#ended = ended
    this.#moves = moves
  }

  /** Says whether reading made no progress for too long. */
  isStill({ moves }: WorkList): boolean {
    return this.stillTicks >= this.#maxStillTicks && moves === this.#moves
  }

  /** Says whether reading has taken all of its time. */
  get isLate(): boolean {
    return this.ticks >= this.#maxTicks
  }
}
