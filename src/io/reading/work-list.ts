import type { Inspection } from '../../core/proc/process.ts'

/**
 * The state of a process, as a byte. `unread`: no reader has it. `in-pool`: it waits for a thread
 * of Node's pool, or one reads it. `reading`: a rescue thread reads it. The other states say how
 * reading ended.
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
  'long',
  'marked',
] as const

/** The result of reading a process. */
type Ending = Exclude<Inspection['kind'], 'stuck'>

const UNREAD = STATES.indexOf('unread')
const IN_POOL = STATES.indexOf('in-pool')
const READING = STATES.indexOf('reading')
const MARKED = STATES.indexOf('marked')
const [NEXT, ENDED, MOVES, THREADS, CLOSED] = [0, 1, 2, 3, 4]
/** The bytes in front of the process ids, whose place must be a multiple of eight. */
const HEAD_BYTES = 24

/**
 * The work list: the processes to be read, in memory that all readers share. It has the next
 * process and the state of each.
 */
export class WorkList {
  readonly shared: SharedArrayBuffer
  readonly #head: Int32Array
  /** The process ids. The directories of a recorded tree can have any number as their name. */
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

  /** Takes a process over from the pool. Stuck processes may come before it there. */
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

  /**
   * Notes the result of a process. Returns false where another reader was first, or reading has
   * ended.
   */
  end(at: number, kind: Ending): boolean {
    for (;;) {
      if (this.#isClosed) return false
      const before = Atomics.load(this.#states, at)
      if (before > READING) return false
      // Another reader may take the process over in between.
      if (Atomics.compareExchange(this.#states, at, before, STATES.indexOf(kind)) === before) break
    }
    Atomics.add(this.#head, ENDED, 1)
    Atomics.add(this.#head, MOVES, 1)
    return true
  }

  /** Says whether no reader has a process, or will have it. */
  isUnread(at: number): boolean {
    return Atomics.load(this.#states, at) === UNREAD
  }

  /** Returns the result of reading a process, or `null` while there is none. */
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

  /**
   * The number of parts and ends of processes that were read. The lowest number follows the
   * highest.
   */
  get moves(): number {
    return Atomics.load(this.#head, MOVES)
  }

  /** Notes that a rescue thread begins to read, before it takes the first process. */
  enterThread(): void {
    Atomics.add(this.#head, THREADS, 1)
  }

  /** Notes that a rescue thread has ended reading. */
  leaveThread(): void {
    Atomics.sub(this.#head, THREADS, 1)
  }

  /** The number of rescue threads that read. */
  get threads(): number {
    return Atomics.load(this.#head, THREADS)
  }

  get areAllEnded(): boolean {
    return this.ended === this.#pids.length
  }

  /** The number of processes with deleted mappings that count. */
  get marked(): number {
    return this.#states.reduce((sum, state) => sum + Number(state === MARKED), 0)
  }

  /** The number of processes that wait for Node's pool, or are read there. */
  get inPool(): number {
    return this.#states.reduce((sum, state) => sum + Number(state === IN_POOL), 0)
  }

  /** The number of processes that were read to their end. */
  get ended(): number {
    return Atomics.load(this.#head, ENDED)
  }

  get length(): number {
    return this.#pids.length
  }

  get isAnyLeft(): boolean {
    return Atomics.load(this.#head, NEXT) < this.#pids.length
  }

  /** Ends reading. Readers take and end no process after this, and read no further part. */
  close(): void {
    Atomics.store(this.#head, CLOSED, 1)
    Atomics.store(this.#head, NEXT, this.#pids.length)
  }

  get #isClosed(): boolean {
    return Atomics.load(this.#head, CLOSED) === 1
  }
}
