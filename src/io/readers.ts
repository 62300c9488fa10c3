import { open, read, readv, stat } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Worker } from 'node:worker_threads'
import type { Inspection } from '../core/types.ts'
import { errorCode } from './error.ts'
import { threadWaits } from './leave.ts'
import { openShared, ProcessReader } from './maps.ts'
import type { Access, MapsObserver, Shared } from './maps.ts'
import type { ReaderTask, ThreadMessage } from './maps-reader.ts'
import { MarkedProcesses } from './marked-processes.ts'
import type { MarkedProcess } from './marked-processes.ts'
import type { MountTrees } from './mount-trees.ts'
import { assertFile, OPEN_FLAGS } from './proc-file.ts'
import { Turns } from './turns.ts'

/** A process tree to read. */
export type ReadTree = {
  readonly directory: string
  /** Whether it is the kernel's own, which has nothing but files where files are expected. */
  readonly isKernels: boolean
  /** Where somebody looks on, no thread can read. */
  readonly observe?: MapsObserver | undefined
  /** Which trees its processes see, where somebody else asks that too. */
  readonly trees?: MountTrees
}

/** All processes, while they are read. */
export type Walk = {
  readonly pids: readonly number[]
  /**
   * Waits until all are read, and gives up those that cannot be read within seconds.
   *
   * @param onMarked is shown each in which something marked counts, in any order, while others are read
   * @returns how each ended, in the order of `pids`
   */
  readonly inspections: (
    onMarked?: (process: MarkedProcess) => void,
  ) => Promise<readonly Inspection[]>
  /** Reads no more, and waits for what is being read, as long as for all. */
  readonly stop: () => Promise<void>
}

/** How processes are read. */
export type Manner = {
  readonly access: Access
  /** The program of a thread; `null`: none can be started. */
  readonly program: () => URL | null
}

/**
 * What waits for maps can be stopped by nothing but a signal that ends everything (mmap_read_lock_killable
 * of the kernel), so the main thread never reads them. It looks on, once in a tick.
 */
const TICK_MS = 100
/** Ticks in which nothing at all was read, before what is left is given up: two seconds. */
const MAX_STILL_TICKS = 20
/**
 * Ticks in which no process was read to its end: a million mappings take two seconds, and whoever holds a lock
 * now and again could take for ever.
 */
const MAX_IDLE_TICKS = 35
/** Every so many of them there are twice as many threads: nobody is to be missed because others are stuck. */
const IDLE_TICKS_OF_HELP = 2
const MAX_THREADS = 32
/** How many processes are read at once. Node's pool has work then while the main thread judges. */
const LANES = 16

/**
 * How many threads Node's pool is to have (`UV_THREADPOOL_SIZE`, set before anything uses it): no more than there
 * are processors, or the main thread waits for one while they read.
 */
export function poolThreads(): number {
  return Math.max(2, Math.min(availableParallelism(), NODES_POOL))
}

/** What Node has by itself. */
const NODES_POOL = 4

/** Beside the bundle lies the program of a thread; beside the sources there is none. */
function threadProgram(): URL | null {
  return import.meta.url.endsWith('.ts') ? null : new URL('./maps-reader.js', import.meta.url)
}

/** Begins to read processes. */
export function beginWalk(
  tree: ReadTree,
  pids: readonly number[],
  manner: Partial<Manner> = {},
): Walk {
  const turns = Turns.of(pids)
  const readers = new Readers(tree, turns, {
    access: laneAccess(tree.isKernels),
    program: threadProgram,
    ...manner,
  })
  const end = readers.finish()
  // It is thrown where somebody waits for it.
  end.catch(() => {})
  return {
    pids,
    async inspections(onMarked) {
      if (onMarked !== undefined) readers.show(onMarked)
      await end
      const processes = readers.marked()
      return pids.map((_, at) => {
        const kind = turns.ending(at)
        return (kind === 'marked' ? processes.get(at) : kind && { kind }) ?? { kind: 'stuck' }
      })
    },
    async stop() {
      turns.close()
      await end.catch(() => {})
    },
  }
}

/** Those who read the processes of one tree side by side. */
class Readers {
  readonly #tree: ReadTree
  readonly #turns: Turns
  readonly #marked = new MarkedProcesses()
  readonly #manner: Manner
  readonly #reading = new Set<Promise<void>>()
  readonly #shared: Shared
  readonly #workers = new Set<Worker>()
  readonly #lanes = new Set<Promise<void>>()
  #onMarked: (process: MarkedProcess) => void = () => {}
  #end: (error?: unknown) => void = () => {}

  constructor(tree: ReadTree, turns: Turns, manner: Manner) {
    this.#tree = tree
    this.#turns = turns
    this.#manner = manner
    this.#shared = openShared(tree.directory, tree.trees)
  }

  /** Shows what is marked to somebody: what was found before, and from now on. */
  show(onMarked: (process: MarkedProcess) => void): void {
    this.marked().forEach((process) => onMarked(process))
    this.#onMarked = onMarked
  }

  marked(): ReadonlyMap<number, MarkedProcess> {
    return this.#marked.all()
  }

  /** Waits until all processes are read, or none is any more. */
  async finish(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    try {
      await new Promise<void>((resolve, reject) => {
        this.#end = (error) => (error === undefined ? resolve() : reject(error))
        timer = setInterval(this.#look(), TICK_MS)
        for (let n = 0; n < LANES; n += 1) this.#lanes.add(this.#start(this.#readInLane()))
      })
      // What a thread took over from the pool may still be stuck there.
      const waiting = this.#isWhole() ? this.#lanes : this.#reading
      for (const reader of waiting) void reader.finally(threadWaits())
    } finally {
      clearInterval(timer)
      this.#turns.close()
      for (const worker of this.#workers) worker.unref()
    }
  }

  /** Says whether all is read: a thread that is only beginning then is not waited for. */
  #isWhole(): boolean {
    return this.#turns.areAllEnded && this.#turns.marked === this.#marked.size
  }

  #add(at: number, process: MarkedProcess): void {
    this.#marked.add(at, process)
    this.#onMarked(process)
  }

  #endIfWhole(): void {
    if (this.#isWhole()) this.#end()
  }

  /** Counts ticks and not the time: while the whole machine sleeps, nobody is stuck. */
  #look(): () => void {
    let [ended, reads] = [0, 0]
    let [idleTicks, stillTicks] = [0, 0]
    return () => {
      const isIdle = this.#turns.ended === ended
      const isStill = isIdle && this.#turns.reads === reads
      ended = this.#turns.ended
      reads = this.#turns.reads
      if (!isIdle) return
      idleTicks += 1
      if (isStill) stillTicks += 1
      if (stillTicks >= MAX_STILL_TICKS || idleTicks >= MAX_IDLE_TICKS) this.#end()
      else if (idleTicks % IDLE_TICKS_OF_HELP === 0) this.#help()
    }
  }

  #help(): void {
    // One alone in the pool waits for nobody: a thread would only read its million mappings a second time.
    const isAnyWaiting = this.#turns.isAnyLeft || this.#turns.inPool > 1
    const program = this.#tree.observe === undefined ? this.#manner.program() : null
    if (program === null || !isAnyWaiting) return
    const threads = this.#workers.size
    const more = Math.min(Math.max(threads, 1), MAX_THREADS - threads)
    for (let n = 0; n < more; n += 1)
      void this.#start(this.#readInThread(program).catch(unlessRefused))
  }

  #start(reader: Promise<void>): Promise<void> {
    const reading = reader
      .catch((error: unknown) => this.#end(error))
      .finally(() => {
        this.#reading.delete(reading)
        this.#lanes.delete(reading)
        if (this.#reading.size === 0) this.#end()
        else this.#endIfWhole()
      })
    this.#reading.add(reading)
    return reading
  }

  #readInLane(): Promise<void> {
    const { directory, isKernels, observe = () => {} } = this.#tree
    const noteRead = () => this.#turns.noteRead()
    const { access } = this.#manner
    const around = { isKernels, access, shared: this.#shared, observe, noteRead }
    const reader = new ProcessReader(around)
    return new Promise((resolve, reject) => {
      let at: number | null = null
      const next = () => {
        at = this.#turns.take('pool')
        if (at === null) return resolve()
        const pid = this.#turns.pid(at)
        reader.read(`${directory}/${pid}`, pid, told, reject)
      }
      const told = (inspection: Inspection) => {
        try {
          if (at !== null) this.#note(at, inspection)
          next()
        } catch (error) {
          reject(error)
        }
      }
      next()
    })
  }

  #note(at: number, inspection: Inspection): void {
    if (inspection.kind === 'stuck' || !this.#turns.end(at, inspection.kind)) return
    if (inspection.kind === 'marked') this.#add(at, inspection)
  }

  async #readInThread(program: URL): Promise<void> {
    const { directory, isKernels } = this.#tree
    const task: ReaderTask = { directory, isKernels, shared: this.#turns.shared }
    const threads = await import('node:worker_threads')
    await new Promise<void>((resolve, reject) => {
      const worker = new threads.Worker(program, {
        workerData: task,
        env: threads.SHARE_ENV,
        execArgv: [],
        trackUnmanagedFds: false,
      })
      this.#workers.add(worker)
      worker.on('message', (message: ThreadMessage) => {
        if (message === null) return resolve()
        try {
          this.#add(...message)
          this.#endIfWhole()
        } catch (error) {
          this.#end(error)
        }
      })
      worker.once('error', reject)
      worker.once('exit', () => {
        this.#workers.delete(worker)
        resolve()
      })
    })
  }
}

/** A thread can be refused: a limit on processes, a file that is gone in the middle of an upgrade. */
function unlessRefused(error: unknown): void {
  if (errorCode(error) === '') throw error
}

/** The calls that can wait, in Node's pool of threads. */
export function laneAccess(isKernels: boolean): Access {
  return {
    open: isKernels
      ? (path, tell) => open(path, OPEN_FLAGS, tell)
      : (path, tell) => open(path, OPEN_FLAGS, (error, file) => tellFile(path, error, file, tell)),
    read: (file, { pieces }, tell) => readv(file, pieces, null, tell),
    hasBeginning: (file) =>
      new Promise((resolve, reject) => {
        read(file, Buffer.allocUnsafeSlow(1), 0, 1, 0, (error, length) =>
          error === null ? resolve(length > 0) : reject(error),
        )
      }),
    stat: (path) =>
      new Promise((resolve, reject) => {
        stat(path, { bigint: true }, (error, found) =>
          error === null ? resolve(found) : reject(error),
        )
      }),
  }
}

function tellFile(
  path: string,
  error: Error | null,
  file: number,
  tell: (error: Error | null, file: number) => void,
): void {
  let failure = error
  try {
    if (error === null) assertFile(file, path)
  } catch (wrong) {
    failure = wrong as Error
  }
  tell(failure, file)
}
