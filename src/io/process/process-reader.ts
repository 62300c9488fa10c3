import { closeSync } from 'node:fs'
import type { Inspection } from '../../core/proc/process.ts'
import { CLEAN, inspectionOf, inspectionOfError } from './inspection.ts'
import { endsWithGate, MapsLines, mayBeMarked } from './marked-lines.ts'
import { newReadBuffer } from './read-context.ts'
import type { ReadContext } from './read-context.ts'

// This class uses callbacks in place of promises, for speed alone. Nine of ten processes have no
// deleted mapping. V8 compiles code that runs a thousand times once more, which takes longer than
// it saves, so these processes run as little code as possible. A process with deleted mappings is
// read with promises, in inspection.ts.

/** A process to be read, and the functions that wait for it. */
type Request = {
  readonly directory: string
  readonly pid: number
  readonly tell: (inspection: Inspection) => void
  readonly fail: (error: unknown) => void
}

/** Reads one process after another. */
export class ProcessReader {
  readonly #context: ReadContext
  readonly #isThread: boolean
  readonly #buffer = newReadBuffer()
  #request: Request = { directory: '', pid: 0, tell() {}, fail() {} }
  #maps = -1
  #lines: MapsLines | null = null
  /** The bytes of maps that were read before the part at hand. */
  #length = 0

  /** @param isThread whether threads are read in place of processes */
  constructor(context: ReadContext, isThread = false) {
    this.#context = context
    this.#isThread = isThread
  }

  /**
   * Reads the maps of a process, and more of it only when a deleted mapping counts.
   *
   * The maps file stays open until everything else is read. Its descriptor is bound to the address
   * space of the process. If it still gives a line at the end, nothing that was read by path in
   * between belongs to another process with the same id, or to another program that the process has
   * become.
   *
   * @param directory of the process, or of one of its threads
   * @param tell called later with the result
   * @param fail called with an error that is not of the system
   */
  read(directory: string, pid: number, tell: Request['tell'], fail: Request['fail']): void {
    this.#request = { directory, pid, tell, fail }
    this.#lines = null
    this.#length = 0
    this.#context.calls.open(`${directory}/maps`, this.#opened)
  }

  /** Does the same as `read` for a caller that reads one process after another. */
  inspect(directory: string, pid: number): Promise<Inspection> {
    return new Promise((resolve, reject) => this.read(directory, pid, resolve, reject))
  }

  readonly #opened = (error: Error | null, maps: number): void => {
    if (error !== null) return this.#end(inspectionOfError(error))
    this.#maps = maps
    this.#context.calls.read(maps, this.#buffer, this.#took)
  }

  readonly #took = (error: Error | null, length: number): void => {
    if (!this.#context.noteRead()) return this.#giveUp('stuck')
    if (error !== null) return this.#takeEnd(error)
    const part = this.#buffer.bytes.subarray(0, length)
    const isLast = length === 0 || (this.#context.isKernels && endsWithGate(part))
    if (isLast && length > 0 && this.#lines === null && !mayBeMarked(part)) {
      closeSync(this.#maps)
      this.#request.tell(CLEAN)
    } else this.#take(part, isLast)
  }

  /** Ends the reading of a process before the end of its maps. */
  #giveUp(kind: 'stuck' | 'long'): void {
    closeSync(this.#maps)
    this.#context.observe(this.#request.pid, null)
    this.#request.tell({ kind })
  }

  #take(part: Buffer, isLast: boolean): void {
    const { calls, observe } = this.#context
    const { pid, fail } = this.#request
    this.#length += part.length
    if (!isLast && this.#length > this.#context.maxMapsBytes) return this.#giveUp('long')
    try {
      this.#lines ??= new MapsLines((text) => observe(pid, text))
      if (part.length > 0) this.#lines.take(part)
      if (isLast) this.#takeEnd(null)
      else calls.read(this.#maps, this.#buffer, this.#took)
    } catch (error) {
      closeSync(this.#maps)
      fail(error)
    }
  }

  /**
   * Takes the end of maps.
   *
   * @param error the error that ended reading before the end: the lines before it count
   */
  #takeEnd(error: Error | null): void {
    const lines = this.#lines ?? new MapsLines(() => {})
    const { directory, pid } = this.#request
    const context = this.#context
    const openThreads = this.#isThread ? null : () => new ProcessReader(context, true)
    const process = { context, directory, pid, buffer: this.#buffer, openThreads }
    this.#end(inspectionOf(process, this.#maps, lines, error))
  }

  #end(inspection: Promise<Inspection>): void {
    const { tell, fail } = this.#request
    inspection.then(tell, fail)
  }
}
