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

/**
 * Peers that take longer than so many milliseconds run in few rounds: their noise is small beside
 * that.
 */
const SLOW: readonly { readonly overMs: number; readonly rounds: number }[] = [
  { overMs: 20_000, rounds: 1 },
  { overMs: 2000, rounds: 3 },
]

/**
 * Runs each contestant once, then each again, so that what else the machine does meets all of them.
 * The first round only warms up and is not counted.
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
  const last = new Map<string, number>()
  for (let round = 0; round <= rounds; round += 1) {
    for (const contestant of contestants) {
      const { name, argv, isPeer } = contestant
      if (argv === null || round > (last.get(name) ?? rounds)) continue
      const cost = await stage.run(argv)
      check(contestant, cost)
      if (round > 0) costs.set(name, [...(costs.get(name) ?? []), cost])
      else if (isPeer) last.set(name, Math.min(rounds, roundsOf(cost)))
    }
  }
  return new Map([...costs].map(([name, all]) => [name, medianOf(all)]))
}

function roundsOf({ wallMs }: Cost): number {
  return SLOW.find(({ overMs }) => wallMs > overMs)?.rounds ?? Number.POSITIVE_INFINITY
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
