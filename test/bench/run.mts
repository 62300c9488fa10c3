/**
 * Measures the program beside others on the same processes, and prints the tables.
 *
 *     npm run bench -- [--sizes 50,300] [--rounds 9] [--without-peers] [--program FILE]
 */
import { readFileSync } from 'node:fs'
import { availableParallelism, release, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { BUNDLE } from '../support/bundle.ts'
import { checkAnswer } from './answers.ts'
import { ownContestants, peers, TEXT, YARDSTICK } from './contestants.ts'
import type { Contestant } from './contestants.ts'
import { CALM, MANY_MAPPINGS, verdicts } from './goals.ts'
import type { SystemCalls, Verdict } from './goals.ts'
import { measure } from './rounds.ts'
import type { Medians } from './rounds.ts'
import { openWorkshop, whyNoStage } from './stage.ts'
import type { Stage, Workload } from './stage.ts'
import { trace } from './system-calls.ts'
import { unitVerdict } from './units.ts'
import { costTable, cpuCell, peakCell, verdictTable, wallCell } from './table.ts'

const { values: asked } = parseArgs({
  options: {
    sizes: { type: 'string', default: '50,300,1000,3000,10000' },
    rounds: { type: 'string', default: '9' },
    'without-peers': { type: 'boolean', default: false },
    program: { type: 'string', default: BUNDLE },
  },
})

/** Where the system calls are counted, unless it is not among the sizes: then at the first. */
const TRACED = '1000'
const MILLION = 1_000_000
/** A process of the workload takes 160 KiB of the kernel's memory. */
const PROCESS_BYTES = 200 * 1024
/** What must stay free, in bytes and in pids. */
const SPARE_BYTES = 1024 ** 3
const SPARE_PIDS = 2000
/** Wall time for processor time of the yardstick, on a machine that does something else beside. */
const BUSY = 1.1

const reason = whyNoStage()
if (reason !== null) throw new Error(`Cannot measure: ${reason}`)

const workshop = openWorkshop()
const own = ownContestants(workshop.readMaps, resolve(asked.program))
const others = asked['without-peers'] ? [] : peers(workshop.directory)
const notes: string[] = []
const results = new Map<string, Medians>()
let calls: SystemCalls | null = null
let units: Verdict | string = ''

try {
  const sizes = asked.sizes.split(',')
  const traced = sizes.includes(TRACED) ? TRACED : sizes[0]
  for (const [name, workload, contestants] of plan(sizes)) {
    const obstacle = whyTooMany(workload)
    if (obstacle === null)
      await play(name, workload, contestants, async (stage) => {
        if (name === traced) calls = await countCalls(stage)
      })
    else notes.push(`Not run: ${name}: ${obstacle}.`)
  }
  process.stderr.write('units of a booted machine...\n')
  const runner = join(workshop.directory, 'runner')
  units = await unitVerdict(runner, resolve(asked.program), Number(asked.rounds))
} finally {
  workshop.remove()
}
print()

/** The workloads in order, each with its name and who runs on it. */
function plan(
  sizes: readonly string[],
): readonly (readonly [string, Workload, readonly Contestant[]])[] {
  const all = [...own, ...others]
  const desk = { processes: 300, replace: true, desk: true }
  return [
    [CALM, { processes: 100 }, own],
    ...sizes.flatMap((size) => {
      const usual = [size, { processes: Number(size), replace: true }, all] as const
      return size === '300' ? [usual, ['300 desk', desk, all] as const] : [usual]
    }),
    [MANY_MAPPINGS, { processes: 100, mappings: MILLION }, own],
    [
      '100, one with 1,000,000 stale mappings',
      { processes: 100, mappings: MILLION, replace: true, marked: true },
      own,
    ],
  ]
}

/** Runs all contestants on one workload. */
async function play(
  name: string,
  workload: Workload,
  contestants: readonly Contestant[],
  afterwards: (stage: Stage) => Promise<void>,
): Promise<void> {
  process.stderr.write(`${name}...\n`)
  const stage = await workshop.open(workload)
  try {
    const wanted = workload.mappings ?? 0
    if (stage.mappings < wanted)
      notes.push(`${name}: this machine allows only ${stage.mappings} mappings.`)
    const check = (...[contestant, cost]: Parameters<Parameters<typeof measure>[3]>) =>
      checkAnswer(contestant, cost, stage)
    results.set(name, await measure(stage, contestants, Number(asked.rounds), check))
    await afterwards(stage)
  } finally {
    await stage.close()
  }
}

async function countCalls(stage: Stage): Promise<SystemCalls> {
  const count = async (name: string) => {
    const argv = own.find((contestant) => contestant.name === name)?.argv ?? []
    return (await trace(stage, argv, workshop.directory)).length
  }
  return { program: await count(TEXT), yardstick: await count(YARDSTICK) }
}

/** Returns why a workload does not fit on this machine, or `null`. */
function whyTooMany({ processes }: Workload): string | null {
  const pids = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8'))
  if (processes + SPARE_PIDS > pids) return `kernel.pid_max is ${pids}`
  const [, free = '0'] =
    /^MemAvailable: +(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8')) ?? []
  const needed = processes * PROCESS_BYTES + SPARE_BYTES
  return Number(free) * 1024 < needed ? `needs ${needed} bytes of memory` : null
}

function print(): void {
  const all = [...own, ...others]
  const goals = verdictTable(allVerdicts())
  noteOthers()
  const slow = [...results].flatMap(([workload, medians]) =>
    [...medians]
      .filter(([, { rounds }]) => rounds < Number(asked.rounds))
      .map(([name, { rounds }]) => `\`${name}\` at ${workload} (${rounds})`),
  )
  if (slow.length > 0) notes.push(`Fewer rounds, because they take long: ${slow.join(', ')}.`)
  process.stdout.write(
    [
      `${machine()} Medians of ${asked.rounds} rounds, one run of each and then again, warm.`,
      'Columns: how many processes. C is the yardstick, F is `node -e 0`.',
      `\nWall time in ms:\n\n${costTable(all, results, wallCell)}`,
      `User and system time in ms:\n\n${costTable(all, results, cpuCell)}`,
      `Peak memory in MiB:\n\n${costTable(all, results, peakCell)}`,
      `Goals:\n\n${goals}`,
      ...notes.map((note) => `${note}\n`),
    ].join('\n'),
  )
}

/** One thread that never waits takes as long as it works, unless others have the processor. */
function noteOthers(): void {
  const busy = [...results].flatMap(([workload, medians]) => {
    const { wallMs = 0, cpuMs = 0 } = medians.get(YARDSTICK) ?? {}
    return wallMs > BUSY * cpuMs ? [`${workload} (${(wallMs / cpuMs).toFixed(1)})`] : []
  })
  if (busy.length > 0)
    notes.push(`The machine did other work, wall times mean little: ${busy.join(', ')}.`)
}

function allVerdicts(): readonly Verdict[] {
  const measured = verdicts(results, calls)
  if (typeof units !== 'string') return [...measured, units]
  notes.push(`Not run: units of a booted machine: ${units}.`)
  return measured
}

/** Says what was measured on, in general terms. */
function machine(): string {
  const [kernel] = /^\d+\.\d+/.exec(release()) ?? ['?']
  const memory = Math.round(totalmem() / 1024 ** 3)
  const cores = availableParallelism()
  return `${cores} cores, ${memory} GiB, Linux ${kernel}, Node ${process.versions.node}.`
}
