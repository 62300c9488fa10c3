import type { Inspection, ProcessFacts } from '../../core/proc/process.ts'
import type { MountTrees } from '../process/mount-trees.ts'
import type { HolderPort } from '../process/share-holders.ts'
import { ProcessReader } from '../process/process-reader.ts'
import type { BlockingCalls, MapsObserver, ReadContext, Shared } from '../process/read-context.ts'
import type { MarkedProcess } from './marked-processes.ts'
import { Progress, TICK_MS } from './progress.ts'
import { RescueThreads } from './rescue.ts'
import type { WorkList } from './work-list.ts'

/** A process tree to read. */
export type ReadTree = {
  readonly directory: string
  /** Whether the tree is that of the kernel, which has only files where files are expected. */
  readonly isKernels: boolean
  /**
   * Receives the deleted mappings, as lines of maps. Then no rescue thread reads, because its lines
   * would be lost.
   */
  readonly observe?: MapsObserver | undefined
  /** The trees of the processes, where the caller asks for them too. */
  readonly trees?: MountTrees
  /** Whose share the processes spend, where the caller asks for that too. */
  readonly holders?: HolderPort
}

/** The calls and threads that read processes. */
export type ReadingPorts = {
  readonly calls: BlockingCalls
  /** The program of a rescue thread; `null` where none can be started. */
  readonly rescueProgram: () => URL | null
  /** Milliseconds since any time. */
  readonly now: () => number
}

/** How the processes of a work list are read. */
export type Pass = {
  /** A process whose maps have more bytes is `long`. */
  readonly maxMapsBytes: number
  /** Reading ends after so many ticks. */
  readonly maxTicks: number
  /** Reading ends after so many ticks without progress. */
  readonly maxStillTicks: number
  /** The number of concurrent reads. */
  readonly reads: number
  /** Receives each process with deleted mappings, by its place in the list. */
  readonly onMarked: (at: number, process: MarkedProcess) => void
}

/** A rescue begins, and grows, after so many ticks in which no process was read to its end. */
const IDLE_TICKS_OF_RESCUE = 2
/** The readers of one pass over processes of a tree. They read side by side. */
export class Readers {
  readonly #tree: ReadTree
  readonly #list: WorkList
  readonly #calls: BlockingCalls
  readonly #pass: Pass
  readonly #progress: Progress
  readonly #shared: Shared
  readonly #rescue: RescueThreads
  /** The readers and rescue threads that have not ended. */
  readonly #reading = new Set<Promise<void>>()
  /** The readers among them that use Node's pool. */
  readonly #inPool = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #hasEnded = false
  /** The number of processes with deleted mappings that were passed on. */
  #marked = 0
  #end: (error?: unknown) => void = () => {}
  #settle: () => void = () => {}

  constructor(tree: ReadTree, list: WorkList, pass: Pass, ports: ReadingPorts, shared: Shared) {
    const { directory, isKernels, observe } = tree
    const { calls, rescueProgram, now } = ports
    const { maxMapsBytes, maxTicks, maxStillTicks } = pass
    this.#tree = tree
    this.#list = list
    this.#pass = pass
    this.#progress = new Progress(maxTicks, maxStillTicks, now)
    this.#calls = calls
    this.#shared = shared
    this.#rescue = new RescueThreads(
      observe === undefined ? rescueProgram : () => null,
      { directory, isKernels, shared: list.shared, maxMapsBytes },
      (at, process) => this.#addRescued(at, process),
    )
  }

  /** Reads until all processes are read, or reading has to end. */
  async read(): Promise<void> {
    this.#timer = setInterval(() => this.#look(), TICK_MS)
    try {
      await new Promise<void>((resolve, reject) => {
        this.#end = (error) => (error === undefined ? resolve() : reject(error))
        const readers = Math.max(1, Math.min(this.#pass.reads, this.#list.length))
        for (let n = 0; n < readers; n += 1) this.#inPool.add(this.#start(this.#readInPool()))
      })
    } finally {
      this.#hasEnded = true
      this.#list.close()
      // Only stop() waits for the reads that are under way.
      this.#timer.unref()
      this.#rescue.unref()
    }
  }

  /** The ticks that reading took. */
  get ticks(): number {
    return this.#progress.ticks
  }

  /** Whether reading ended because its time was over, and not because nothing moved. */
  get isLate(): boolean {
    return this.#progress.isLate
  }

  /** Ends reading. Waits as long as a read makes progress, and returns whether one is stuck. */
  async stop(): Promise<boolean> {
    this.#list.close()
    this.#timer?.ref()
    await new Promise<void>((resolve) => {
      this.#settle = resolve
      this.#settleUnlessMoving()
    })
    clearInterval(this.#timer)
    return this.#isReading()
  }

  #settleUnlessMoving(): void {
    if (!this.#isReading() || this.#progress.isStill(this.#list)) this.#settle()
  }

  /** Says whether a read is under way. A thread that only starts reads nothing. */
  #isReading(): boolean {
    return this.#inPool.size > 0 || (this.#rescue.size > 0 && this.#list.threads > 0)
  }

  /**
   * Says whether everything is read. The message of a thread about a process may still be on its
   * way.
   */
  #isWhole(): boolean {
    return this.#list.areAllEnded && this.#list.marked === this.#marked
  }

  #endIfWhole(): void {
    if (this.#isWhole()) this.#end()
  }

  #look(): void {
    const progress = this.#progress
    progress.note(this.#list)
    if (this.#hasEnded) return this.#settleUnlessMoving()
    if (progress.isStill(this.#list) || progress.isLate) this.#end()
    else if (progress.isIdle && progress.idleTicks % IDLE_TICKS_OF_RESCUE === 0)
      this.#rescueWaiting()
  }

  #rescueWaiting(): void {
    // A single process in the pool delays no other. A rescue thread would only read its million
    // mappings again.
    if (!this.#list.isAnyLeft && this.#list.inPool <= 1) return
    for (const end of this.#rescue.start()) void this.#start(end)
  }

  #start(reader: Promise<void>): Promise<void> {
    const reading = reader
      .catch((error: unknown) => this.#end(error))
      .finally(() => {
        this.#reading.delete(reading)
        this.#inPool.delete(reading)
        if (this.#reading.size === 0) {
          clearInterval(this.#timer)
          this.#end()
        } else this.#endIfWhole()
        this.#settleUnlessMoving()
      })
    this.#reading.add(reading)
    return reading
  }

  /** Reads one process after another, until none is left. */
  #readInPool(): Promise<void> {
    const { directory } = this.#tree
    const reader = new ProcessReader(this.#context())
    return new Promise((resolve, reject) => {
      let at: number | null = null
      const next = () => {
        at = this.#list.take('pool')
        if (at === null) return resolve()
        const pid = this.#list.pid(at)
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

  #context(): ReadContext {
    const { isKernels, observe: tell = () => {} } = this.#tree
    // A later pass may have read the process again.
    const observe: MapsObserver = (pid, lines) => {
      if (!this.#hasEnded) tell(pid, lines)
    }
    const noteRead = () => this.#list.noteRead()
    const { maxMapsBytes } = this.#pass
    return { isKernels, calls: this.#calls, shared: this.#shared, observe, noteRead, maxMapsBytes }
  }

  #note(at: number, inspection: Inspection): void {
    if (inspection.kind === 'stuck' || !this.#list.end(at, inspection.kind)) return
    if (inspection.kind === 'marked') this.#add(at, inspection)
  }

  #add(at: number, process: MarkedProcess): void {
    this.#marked += 1
    this.#pass.onMarked(at, process)
  }

  #addRescued(at: number, process: MarkedProcess): void {
    try {
      this.#add(at, { ...process, facts: this.#withMounts(process.facts) })
      this.#endIfWhole()
    } catch (error) {
      this.#end(error)
    }
  }

  /**
   * Adds the mounts of a process that a rescue thread read. They are not known if the process has
   * changed its mount namespace since.
   */
  #withMounts(facts: ProcessFacts): ProcessFacts {
    if (!this.#tree.isKernels) return facts
    const { mounts, mountNamespace } = this.#shared.trees.of(`${this.#tree.directory}/${facts.pid}`)
    return mountNamespace === facts.mountNamespace ? { ...facts, mounts } : facts
  }
}
