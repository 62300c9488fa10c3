import type { Worker } from 'node:worker_threads'
import { errorCode } from '../error.ts'
import type { MarkedProcess } from './marked-processes.ts'
import type { RescueMessage, RescueTask } from './rescue-thread.ts'

const MAX_THREADS = 32

/**
 * Returns the program of a rescue thread, which lies beside the bundle, or `null` when the sources
 * run.
 */
export function rescueProgram(): URL | null {
  return import.meta.url.endsWith('.ts') ? null : new URL('./rescue-thread.js', import.meta.url)
}

/**
 * The rescue of stuck reads: own threads take processes over from Node's pool. A thread that reads
 * a stuck process is stuck as well, so each rescue doubles the threads.
 */
export class RescueThreads {
  readonly #program: () => URL | null
  readonly #task: RescueTask
  readonly #tell: (at: number, process: MarkedProcess) => void
  readonly #workers = new Set<Worker>()

  /**
   * @param program of a thread; `null` where none can be started
   * @param tell called with each process with deleted mappings and its place in the work list
   */
  constructor(
    program: () => URL | null,
    task: RescueTask,
    tell: (at: number, process: MarkedProcess) => void,
  ) {
    this.#program = program
    this.#task = task
    this.#tell = tell
  }

  /** The number of threads. */
  get size(): number {
    return this.#workers.size
  }

  /** Starts one thread, or as many as there are. Returns the end of each. */
  start(): readonly Promise<void>[] {
    const program = this.#program()
    if (program === null) return []
    const more = Math.min(Math.max(this.size, 1), MAX_THREADS - this.size)
    return Array.from({ length: more }, () => this.#run(program).catch(unlessRefused))
  }

  /** Lets this process end without them. */
  unref(): void {
    for (const worker of this.#workers) worker.unref()
  }

  async #run(program: URL): Promise<void> {
    const threads = await import('node:worker_threads')
    await new Promise<void>((resolve, reject) => {
      const worker = new threads.Worker(program, {
        workerData: this.#task,
        env: threads.SHARE_ENV,
        execArgv: [],
        trackUnmanagedFds: false,
      })
      this.#workers.add(worker)
      worker.on('message', (message: RescueMessage) => {
        if (message === null) resolve()
        else this.#tell(...message)
      })
      worker.once('error', reject)
      worker.once('exit', () => {
        this.#workers.delete(worker)
        resolve()
      })
    })
  }
}

/**
 * Does nothing about a thread that the system refuses: there is a limit on processes, or an upgrade
 * just removed a file. Any other error is thrown.
 */
function unlessRefused(error: unknown): void {
  if (errorCode(error) === '') throw error
}
