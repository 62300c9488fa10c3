import { HOOK, NODE, TEXT, YARDSTICK } from './contestants.ts'
import type { Median, Medians } from './rounds.ts'

/** What was measured, by the name of the workload. */
export type Results = ReadonlyMap<string, Medians>

/** How many system calls the program and the yardstick made on the same processes. */
export type SystemCalls = { readonly program: number; readonly yardstick: number }

/** One line of the verdict: `limit` and `reached` in the same unit. */
export type Verdict = {
  readonly goal: string
  readonly unit: string
  readonly limit: number
  readonly reached: number
}

/** The names of the workloads that goals are about. */
export const CALM = '100, nothing stale'
export const MANY_MAPPINGS = '100, one with 1,000,000 mappings'

type Costs = { readonly node: Median; readonly yardstick: Median; readonly program: Median }

/** Wall time; F is `node -e 0`, C the yardstick. */
const WALL: readonly {
  readonly workload: string
  readonly says: string
  readonly limit: (costs: Costs) => number
}[] = [
  {
    workload: '300',
    says: 'F + 1.0 C',
    limit: ({ node, yardstick }) => node.wallMs + yardstick.wallMs,
  },
  { workload: '1000', says: '0.90 C', limit: ({ yardstick }) => 0.9 * yardstick.wallMs },
  { workload: '3000', says: '0.75 C', limit: ({ yardstick }) => 0.75 * yardstick.wallMs },
]

/** What the costs beside wall time are held for. */
const USUAL = '1000'
const PEAK_MIB = 75e6 / 1024 ** 2
const MANY_MAPPINGS_MIB = 10

/** Returns the goals that what was measured can tell about. */
export function verdicts(results: Results, calls: SystemCalls | null): readonly Verdict[] {
  return [
    ...hookVerdict(results),
    ...WALL.flatMap(({ workload, says, limit }) =>
      costsOf(results, workload).map((costs) => ({
        goal: `${workload} processes: wall ≤ ${says}`,
        unit: 'ms',
        limit: limit(costs),
        reached: costs.program.wallMs,
      })),
    ),
    ...costsOf(results, USUAL).flatMap(usualVerdicts),
    ...mappingsVerdict(results),
    ...callsVerdict(calls),
  ]
}

function hookVerdict(results: Results): readonly Verdict[] {
  return costsOf(results, CALM, HOOK).map(({ node, program }) => ({
    goal: 'hook, 100 processes, nothing stale: wall ≤ 3.4 F',
    unit: 'ms',
    limit: 3.4 * node.wallMs,
    reached: program.wallMs,
  }))
}

function usualVerdicts({ node, yardstick, program }: Costs): readonly Verdict[] {
  return [
    {
      goal: `${USUAL} processes: CPU ≤ F + 1.45 C`,
      unit: 'ms',
      limit: node.cpuMs + 1.45 * yardstick.cpuMs,
      reached: program.cpuMs,
    },
    {
      goal: `${USUAL} processes: peak memory ≤ 75 MB`,
      unit: 'MiB',
      limit: PEAK_MIB,
      reached: program.peakMiB,
    },
  ]
}

function mappingsVerdict(results: Results): readonly Verdict[] {
  const [many] = costsOf(results, MANY_MAPPINGS)
  const [few] = costsOf(results, CALM)
  if (many === undefined || few === undefined) return []
  return [
    {
      goal: `1,000,000 mappings add ≤ ${MANY_MAPPINGS_MIB} MiB`,
      unit: 'MiB',
      limit: MANY_MAPPINGS_MIB,
      reached: many.program.peakMiB - few.program.peakMiB,
    },
  ]
}

function callsVerdict(calls: SystemCalls | null): readonly Verdict[] {
  if (calls === null) return []
  const { program, yardstick } = calls
  return [
    { goal: 'system calls ≤ 1.25 C', unit: 'calls', limit: 1.25 * yardstick, reached: program },
  ]
}

/** One or none. */
function costsOf(results: Results, workload: string, name: string = TEXT): readonly Costs[] {
  const medians = results.get(workload)
  const node = medians?.get(NODE)
  const yardstick = medians?.get(YARDSTICK)
  const program = medians?.get(name)
  if (node === undefined || yardstick === undefined || program === undefined) return []
  return [{ node, yardstick, program }]
}
