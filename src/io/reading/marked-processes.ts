import type { Inspection } from '../../core/proc/process.ts'

/** A process with deleted mappings that count. */
export type MarkedProcess = Extract<Inspection, { kind: 'marked' }>

/**
 * The bound on all paths of a report together, in characters. Beyond it each process keeps one
 * file.
 */
export const MAX_PATH_CHARACTERS = 16 * 1024 * 1024

/**
 * The processes with deleted mappings of a walk, in any order. Their places alone decide which of
 * them keep all of their files. Files that can no longer count are released early, so memory stays
 * bounded.
 */
export class MarkedProcesses {
  #processes = new Map<number, MarkedProcess>()
  #characters = 0

  add(at: number, process: MarkedProcess): void {
    this.#processes.set(at, process)
    this.#characters += charactersOf(process)
    if (this.#characters > 2 * MAX_PATH_CHARACTERS) this.#trim()
  }

  get size(): number {
    return this.#processes.size
  }

  /** Returns the processes by their place. */
  all(): ReadonlyMap<number, MarkedProcess> {
    this.#trim()
    return this.#processes
  }

  #trim(): void {
    const inOrder = [...this.#processes].toSorted(([a], [b]) => a - b)
    let characters = 0
    const trimmed = inOrder.map(([at, process]) => {
      const kept = characters < MAX_PATH_CHARACTERS ? process : withOneFile(process)
      characters += charactersOf(kept)
      return [at, kept] as const
    })
    this.#processes = new Map(trimmed)
    this.#characters = characters
  }
}

function withOneFile(process: MarkedProcess): MarkedProcess {
  const mappings = process.mappings.slice(0, 1)
  const dropped = process.dropped + process.mappings.length - mappings.length
  return { ...process, mappings, dropped }
}

function charactersOf({ mappings }: MarkedProcess): number {
  return mappings.reduce((sum, { path }) => sum + path.length, 0)
}
