import type { Inspection } from '../../core/proc/process.ts'
import { monotonicMs } from '../clock.ts'
import type { MarkedProcess } from './marked-processes.ts'
import { Passes } from './passes.ts'
import { poolCalls } from './pool.ts'
import type { ReadingPorts, ReadTree } from './readers.ts'
import { rescueProgram } from './rescue.ts'

/** The reading of all processes. */
export type Walk = {
  readonly pids: readonly number[]
  /**
   * Waits until all processes are read, and gives up those that cannot be read within seconds.
   *
   * @param onMarked called with each process with deleted mappings, in any order, while others are
   *   read
   * @returns the result for each process, in the order of `pids`
   */
  readonly inspections: (
    onMarked?: (process: MarkedProcess) => void,
  ) => Promise<readonly Inspection[]>
  /**
   * Ends reading, and waits for the reads under way as long as one of them makes progress.
   *
   * @returns whether a read is stuck: Node would wait for it when the process ends
   */
  readonly stop: () => Promise<boolean>
}

/**
 * Begins to read processes.
 *
 * @param usersMs the time for users whose processes have very long maps, in milliseconds
 */
export function beginWalk(
  tree: ReadTree,
  pids: readonly number[],
  ports: Partial<ReadingPorts> = {},
  usersMs = Infinity,
): Walk {
  const passes = new Passes(
    tree,
    pids,
    {
      calls: poolCalls(tree.isKernels),
      rescueProgram,
      now: monotonicMs,
      ...ports,
    },
    usersMs,
  )
  const end = passes.read()
  // inspections() throws the error.
  end.catch(() => {})
  const walk: Walk = {
    pids,
    async inspections(onMarked) {
      if (onMarked !== undefined) passes.show(onMarked)
      await end
      return passes.inspections()
    },
    stop: () => passes.stop(),
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
