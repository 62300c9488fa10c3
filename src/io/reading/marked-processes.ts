import type { ShareHolder } from '../../core/owner/share.ts'
import type { Inspection } from '../../core/proc/process.ts'
import { Shares } from '../shares.ts'

/** A process with deleted mappings that count. */
export type MarkedProcess = Extract<Inspection, { kind: 'marked' }>

/**
 * The bound on the paths of a report, in characters. Beyond their share, the processes of a user
 * keep one file each.
 */
export const PATH_CHARACTERS = { ofSystem: 16 * 1024 * 1024, ofUser: 8 * 1024 * 1024 } as const

/**
 * The processes with deleted mappings of a walk, in any order. Their places and their users decide
 * which of them keep all of their files. Files that can no longer count are released early, so
 * memory stays bounded.
 */
export class MarkedProcesses {
  readonly #holderOf: (process: MarkedProcess) => ShareHolder
  #processes = new Map<number, MarkedProcess>()
  #characters = 0
  /** The number of characters that begins a trim. It grows with what stays, so trims are rare. */
  #most = 2 * PATH_CHARACTERS.ofSystem

  /** @param holderOf tells whose share a process spends */
  constructor(holderOf: (process: MarkedProcess) => ShareHolder) {
    this.#holderOf = holderOf
  }

  add(at: number, process: MarkedProcess): void {
    this.#processes.set(at, process)
    this.#characters += charactersOf(process)
    if (this.#characters > this.#most) this.#trim()
  }

  /** Returns the processes by their place. */
  all(): ReadonlyMap<number, MarkedProcess> {
    this.#trim()
    return this.#processes
  }

  #trim(): void {
    const inOrder = [...this.#processes].toSorted(([a], [b]) => a - b)
    const shares = new Shares(PATH_CHARACTERS)
    let characters = 0
    const trimmed = inOrder.map(([at, process]) => {
      const holder = this.#holderOf(process)
      const kept = shares.left(holder) > 0 ? process : withOneFile(process)
      shares.spend(holder, charactersOf(kept))
      characters += charactersOf(kept)
      return [at, kept] as const
    })
    this.#processes = new Map(trimmed)
    this.#characters = characters
    this.#most = PATH_CHARACTERS.ofSystem + Math.max(PATH_CHARACTERS.ofSystem, characters)
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
