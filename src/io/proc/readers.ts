import { open, read, readv } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Worker } from 'node:worker_threads'
import { LOOKING_LIMIT_MS, SILENCE_LIMIT_MS } from '../../core/time-limits.ts'
import type { Inspection, ProcessFacts } from '../../core/proc/process.ts'
import { O_PATH } from '../files/directory.ts'
import { errorCode } from '../error.ts'
import { openShared, ProcessReader } from './maps.ts'
import type { Access, MapsObserver, Shared } from './maps.ts'
import type { ReaderTask, ThreadMessage } from './maps-reader.ts'
import { MarkedProcesses } from './marked-processes.ts'
import type { MarkedProcess } from './marked-processes.ts'
import type { MountTrees } from './mount-trees.ts'
import { assertFile, OPEN_FLAGS } from '../files/proc-file.ts'
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
  /**
   * Ends reading, and waits for the reads that are under way as long as one of them moves.
   *
   * @returns whether a read is stuck: Node would wait for it when the process ends
   */
  readonly stop: () => Promise<boolean>
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
 *
 * Ticks are counted and not the time: while the whole machine sleeps, no read is stuck.
 */
const TICK_MS = 100
/** Reading ends where nothing moves for so many ticks: two seconds. */
const MAX_STILL_TICKS = SILENCE_LIMIT_MS / TICK_MS
/** Reading ends after so many ticks, whatever is being read. */
const MAX_TICKS = LOOKING_LIMIT_MS / TICK_MS
/** After every so many ticks without a process that was read to its end, there are twice as many threads. */
const IDLE_TICKS_OF_HELP = 2
const MAX_THREADS = 32
/** How many processes are read at once. Node's pool has work then while the main thread judges. */
const LANES = 32

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
  const end = readers.read()
  // It is thrown where inspections() waits for it.
  end.catch(() => {})
  const walk: Walk = {
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
    stop: () => readers.stop(),
  }
  begun.add(walk)
  return walk
}

/** The walks of this process. */
const begun = new Set<Walk>()

/** Stops all walks of this process. Returns whether a read is stuck. */
export async function stopReading(): Promise<boolean> {
  const areStuck = await Promise.all([...begun].map((walk) => walk.stop()))
  return areStuck.includes(true)
}

/** How reading moves on, tick by tick. */
class Progress {
  ticks = 0
  /** Ticks in which no process was read to its end. */
  idleTicks = 0
  /** Whether the last tick was one of them. */
  isIdle = false
  /** The last ticks, in which nothing moved. */
  stillTicks = 0
  #ended = 0
  #moves = 0

  note({ ended, moves }: Turns): void {
    this.ticks += 1
    this.isIdle = ended === this.#ended
    if (this.isIdle) this.idleTicks += 1
    this.stillTicks = moves === this.#moves ? this.stillTicks + 1 : 0
    this.#ended = ended
    this.#moves = moves
  }

  /** Says whether nothing has moved for long. */
  isStill({ moves }: Turns): boolean {
    return this.stillTicks >= MAX_STILL_TICKS && moves === this.#moves
  }
}

/** The readers of one tree, which read its processes side by side. */
class Readers {
  readonly #tree: ReadTree
  readonly #turns: Turns
  readonly #marked = new MarkedProcesses()
  readonly #manner: Manner
  readonly #progress = new Progress()
  readonly #shared: Shared
  /** Lanes and threads that have not ended. */
  readonly #reading = new Set<Promise<void>>()
  readonly #lanes = new Set<Promise<void>>()
  readonly #workers = new Set<Worker>()
  #timer: NodeJS.Timeout | undefined
  #hasEnded = false
  #onMarked: (process: MarkedProcess) => void = () => {}
  #end: (error?: unknown) => void = () => {}
  #settle: () => void = () => {}

  constructor(tree: ReadTree, turns: Turns, manner: Manner) {
    this.#tree = tree
    this.#turns = turns
    this.#manner = manner
    this.#shared = openShared(tree.directory, tree.trees)
  }

  /** Shows what is marked: what was found before, and what is found from now on. */
  show(onMarked: (process: MarkedProcess) => void): void {
    this.marked().forEach((process) => onMarked(process))
    this.#onMarked = onMarked
  }

  marked(): ReadonlyMap<number, MarkedProcess> {
    return this.#marked.all()
  }

  /** Reads until all processes are read, or reading has to end. */
  async read(): Promise<void> {
    this.#timer = setInterval(() => this.#look(), TICK_MS)
    try {
      await new Promise<void>((resolve, reject) => {
        this.#end = (error) => (error === undefined ? resolve() : reject(error))
        const lanes = Math.max(1, Math.min(LANES, this.#turns.length))
        for (let n = 0; n < lanes; n += 1) this.#lanes.add(this.#start(this.#readInLane()))
      })
    } finally {
      this.#hasEnded = true
      this.#turns.close()
      // What is still being read is waited for by stop() alone.
      this.#timer.unref()
      for (const worker of this.#workers) worker.unref()
    }
  }

  /** Ends reading. Waits while what is being read moves, and returns whether it is stuck. */
  async stop(): Promise<boolean> {
    this.#turns.close()
    this.#timer?.ref()
    await new Promise<void>((resolve) => {
      this.#settle = resolve
      this.#settleUnlessMoving()
    })
    clearInterval(this.#timer)
    return this.#isReading()
  }

  #settleUnlessMoving(): void {
    if (!this.#isReading() || this.#progress.isStill(this.#turns)) this.#settle()
  }

  /** Says whether a read is under way: a thread that is only beginning is none. */
  #isReading(): boolean {
    return this.#lanes.size > 0 || (this.#workers.size > 0 && this.#turns.threads > 0)
  }

  /** Says whether all is read: what a thread has marked may still be on its way. */
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

  #look(): void {
    const progress = this.#progress
    progress.note(this.#turns)
    if (this.#hasEnded) return this.#settleUnlessMoving()
    if (progress.isStill(this.#turns) || progress.ticks >= MAX_TICKS) this.#end()
    else if (progress.isIdle && progress.idleTicks % IDLE_TICKS_OF_HELP === 0) this.#help()
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
        if (this.#reading.size === 0) {
          clearInterval(this.#timer)
          this.#end()
        } else this.#endIfWhole()
        this.#settleUnlessMoving()
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

  /** A process that has gone to another mount namespace since then is one whose mounts are not known. */
  #withMounts(facts: ProcessFacts): ProcessFacts {
    if (!this.#tree.isKernels) return facts
    const { mounts, mountNamespace } = this.#shared.trees.of(`${this.#tree.directory}/${facts.pid}`)
    return mountNamespace === facts.mountNamespace ? { ...facts, mounts } : facts
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
          const [at, process] = message
          this.#add(at, { ...process, facts: this.#withMounts(process.facts) })
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
    openPlace: (path) =>
      new Promise((resolve, reject) => {
        open(path, O_PATH, (error, file) => (error === null ? resolve(file) : reject(error)))
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
