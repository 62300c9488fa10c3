import type { Contestant } from './contestants.ts'
import type { Cost, Stage } from './stage.ts'

/** Medians of what a contestant cost on one workload. */
export type Median = {
  readonly wallMs: number
  readonly cpuMs: number
  readonly peakMiB: number
  readonly rounds: number
}

/** By the contestant's name; those that are not installed have none. */
export type Medians = ReadonlyMap<string, Median>

/** A contestant that takes longer than this runs in few rounds only: its noise is small beside what it takes. */
const SLOW_MS = 2000
const ROUNDS_OF_SLOW = 3

/**
 * Runs each contestant once, then each again, so that what else the machine does meets all of them. The first
 * round only warms up and is not counted.
 *
 * @param check is given every result, and throws when it is wrong
 */
export async function measure(
  stage: Stage,
  contestants: readonly Contestant[],
  rounds: number,
  check: (contestant: Contestant, cost: Cost) => void,
): Promise<Medians> {
  const costs = new Map<string, Cost[]>()
  const isSlow = new Set<string>()
  for (let round = 0; round <= rounds; round += 1) {
    for (const contestant of contestants) {
      const { name, argv } = contestant
      if (argv === null || (isSlow.has(name) && round > ROUNDS_OF_SLOW)) continue
      // eslint-disable-next-line no-await-in-loop -- one after the other is the point
      const cost = await stage.run(argv)
      check(contestant, cost)
      if (round > 0) costs.set(name, [...(costs.get(name) ?? []), cost])
      else if (cost.wallMs > SLOW_MS) isSlow.add(name)
    }
  }
  return new Map([...costs].map(([name, all]) => [name, medianOf(all)]))
}

function medianOf(costs: readonly Cost[]): Median {
  return {
    wallMs: median(costs.map(({ wallMs }) => wallMs)),
    cpuMs: median(costs.map(({ cpuMs }) => cpuMs)),
    peakMiB: median(costs.map(({ peakMiB }) => peakMiB)),
    rounds: costs.length,
  }
}

/** Returns the middle value, or the mean of the two in the middle; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1)
  return middle.reduce((sum, value) => sum + value, 0) / middle.length
}
