import type { Inspection } from '../../core/proc/process.ts'

/**
 * How reading of a process stands, as a byte: nobody has begun; it waits for a thread of Node's
 * pool, or one reads it; a rescue thread reads it; or how it ended.
 */
const STATES = [
  'unread',
  'in-pool',
  'reading',
  'clean',
  'empty',
  'gone',
  'denied',
  'failed',
  'marked',
] as const

/** How reading of a process ended. */
type Ending = Exclude<Inspection['kind'], 'stuck'>

const IN_POOL = STATES.indexOf('in-pool')
const READING = STATES.indexOf('reading')
const MARKED = STATES.indexOf('marked')
const [NEXT, ENDED, MOVES, THREADS, CLOSED] = [0, 1, 2, 3, 4]
/** The numbers of eight bytes behind it must lie at a multiple of eight. */
const HEAD_BYTES = 24

/**
 * The processes that are to be read, in memory that all readers share: which is next, and how each
 * ended.
 */
export class WorkList {
  readonly shared: SharedArrayBuffer
  readonly #head: Int32Array
  /** Directories of a recorded tree can be called by any number. */
  readonly #pids: Float64Array
  readonly #states: Uint8Array

  static of(pids: readonly number[]): WorkList {
    const list = new WorkList(new SharedArrayBuffer(HEAD_BYTES + pids.length * 9))
    list.#pids.set(pids)
    return list
  }

  /** @param shared the memory of a list that another thread made */
  constructor(shared: SharedArrayBuffer) {
    const length = (shared.byteLength - HEAD_BYTES) / 9
    this.shared = shared
    this.#head = new Int32Array(shared, 0, 5)
    this.#pids = new Float64Array(shared, HEAD_BYTES, length)
    this.#states = new Uint8Array(shared, HEAD_BYTES + length * 8, length)
  }

  /** Returns the place of the next process, or `null` when all are taken. */
  take(by: 'pool' | 'thread'): number | null {
    const at = Atomics.add(this.#head, NEXT, 1)
    if (at >= this.#pids.length) return null
    Atomics.store(this.#states, at, by === 'pool' ? IN_POOL : READING)
    return at
  }

  /** Takes a process over from the pool: others that are stuck there may be before it. */
  takeOver(): number | null {
    if (this.#isClosed) return null
    const at = this.#states.findIndex(
      (_, place) => Atomics.compareExchange(this.#states, place, IN_POOL, READING) === IN_POOL,
    )
    return at === -1 ? null : at
  }

  pid(at: number): number {
    return this.#pids[at] ?? 0
  }

  /** Returns false where another reader was there before, or reading has ended. */
  end(at: number, kind: Ending): boolean {
    for (;;) {
      if (this.#isClosed) return false
      const before = Atomics.load(this.#states, at)
      if (before > READING) return false
      // Somebody may take it over in between.
      if (Atomics.compareExchange(this.#states, at, before, STATES.indexOf(kind)) === before) break
    }
    Atomics.add(this.#head, ENDED, 1)
    Atomics.add(this.#head, MOVES, 1)
    return true
  }

  /** How reading a process ended; `null`: it has not. */
  ending(at: number): Ending | null {
    const state = STATES[Atomics.load(this.#states, at)]
    switch (state) {
      case undefined:
      case 'unread':
      case 'in-pool':
      case 'reading':
        return null
      default:
        return state
    }
  }

  /** Notes that a part of a process was read. Returns whether to read on. */
  noteRead(): boolean {
    Atomics.add(this.#head, MOVES, 1)
    return !this.#isClosed
  }

  /** How many parts and ends of processes were read; after the highest number comes the lowest. */
  get moves(): number {
    return Atomics.load(this.#head, MOVES)
  }

  /** Notes that a thread begins to read, before it takes the first process. */
  enterThread(): void {
    Atomics.add(this.#head, THREADS, 1)
  }

  /** Notes that a thread reads no more. */
  leaveThread(): void {
    Atomics.sub(this.#head, THREADS, 1)
  }

  /** How many threads read. */
  get threads(): number {
    return Atomics.load(this.#head, THREADS)
  }

  get areAllEnded(): boolean {
    return this.ended === this.#pids.length
  }

  /** In how many of them something marked was found. */
  get marked(): number {
    return this.#states.reduce((sum, state) => sum + Number(state === MARKED), 0)
  }

  /** How many wait for Node's pool, or are read there. */
  get inPool(): number {
    return this.#states.reduce((sum, state) => sum + Number(state === IN_POOL), 0)
  }

  /** How many processes were read to an end. */
  get ended(): number {
    return Atomics.load(this.#head, ENDED)
  }

  get length(): number {
    return this.#pids.length
  }

  get isAnyLeft(): boolean {
    return Atomics.load(this.#head, NEXT) < this.#pids.length
  }

  /** Ends reading: no process is begun or ended any more, and none is read on. */
  close(): void {
    Atomics.store(this.#head, CLOSED, 1)
    Atomics.store(this.#head, NEXT, this.#pids.length)
  }

  get #isClosed(): boolean {
    return Atomics.load(this.#head, CLOSED) === 1
  }
}
