import type { Inspection } from '../core/types.ts'

/**
 * How reading stands, as a byte: nobody has begun; it waits for a thread of Node's pool, or one reads it;
 * a thread of ours reads it; or how it ended.
 */
const ENDINGS = [
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
type Ending = Exclude<Inspection['kind'], 'stuck'>

const IN_POOL = ENDINGS.indexOf('in-pool')
const READING = ENDINGS.indexOf('reading')
const MARKED = ENDINGS.indexOf('marked')
const HEAD_BYTES = 16
const [NEXT, ENDED, READS] = [0, 1, 2]

/** The processes of one sweep, in memory that all readers share: whose turn it is, and how each ended. */
export class Turns {
  readonly shared: SharedArrayBuffer
  readonly #head: Int32Array
  /** Directories of a recorded tree can be called by any number. */
  readonly #pids: Float64Array
  readonly #endings: Uint8Array

  static of(pids: readonly number[]): Turns {
    const turns = new Turns(new SharedArrayBuffer(HEAD_BYTES + pids.length * 9))
    turns.#pids.set(pids)
    return turns
  }

  /** @param shared the memory of turns that another thread made */
  constructor(shared: SharedArrayBuffer) {
    const length = (shared.byteLength - HEAD_BYTES) / 9
    this.shared = shared
    this.#head = new Int32Array(shared, 0, 3)
    this.#pids = new Float64Array(shared, HEAD_BYTES, length)
    this.#endings = new Uint8Array(shared, HEAD_BYTES + length * 8, length)
  }

  /** Returns the place of the next process, or `null` when all are taken. */
  take(by: 'pool' | 'thread'): number | null {
    const at = Atomics.add(this.#head, NEXT, 1)
    if (at >= this.#pids.length) return null
    Atomics.store(this.#endings, at, by === 'pool' ? IN_POOL : READING)
    return at
  }

  /** Takes a process over from the pool: others that are stuck there may be before it. */
  takeOver(): number | null {
    const at = this.#endings.findIndex(
      (_, place) => Atomics.compareExchange(this.#endings, place, IN_POOL, READING) === IN_POOL,
    )
    return at === -1 ? null : at
  }

  pid(at: number): number {
    return this.#pids[at] ?? 0
  }

  /** Returns false where somebody else who read it was there before. */
  end(at: number, kind: Ending): boolean {
    for (;;) {
      const before = Atomics.load(this.#endings, at)
      if (before > READING) return false
      // Somebody may take it over in between.
      if (Atomics.compareExchange(this.#endings, at, before, ENDINGS.indexOf(kind)) === before)
        break
    }
    Atomics.add(this.#head, ENDED, 1)
    return true
  }

  /** How reading a process ended; `null`: it has not. */
  ending(at: number): Ending | null {
    const ending = ENDINGS[Atomics.load(this.#endings, at)]
    switch (ending) {
      case undefined:
      case 'unread':
      case 'in-pool':
      case 'reading':
        return null
      default:
        return ending
    }
  }

  /** Notes that a part of some process was read. */
  noteRead(): void {
    Atomics.add(this.#head, READS, 1)
  }

  /** How many parts of processes were read; it may begin again at the lowest number. */
  get reads(): number {
    return Atomics.load(this.#head, READS)
  }

  get areAllEnded(): boolean {
    return this.ended === this.#pids.length
  }

  /** How many of them something marked was found in. */
  get marked(): number {
    return this.#endings.reduce((sum, ending) => sum + Number(ending === MARKED), 0)
  }

  /** How many wait for Node's pool, or are read there. */
  get inPool(): number {
    return this.#endings.reduce((sum, ending) => sum + Number(ending === IN_POOL), 0)
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

  /** No process is read any more but those that are being read. */
  close(): void {
    Atomics.store(this.#head, NEXT, this.#pids.length)
  }
}
