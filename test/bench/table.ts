import type { Contestant } from './contestants.ts'
import { YARDSTICK } from './contestants.ts'
import type { Results, Verdict } from './goals.ts'
import type { Median } from './rounds.ts'

/** Returns a Markdown table; the cells of a row under the heads. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, at) =>
    Math.max(3, ...[head, ...rows.map((row) => row[at] ?? '')].map((cell) => cell.length)),
  )
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, at) => (cells[at] ?? '').padEnd(width)).join(' | ')} |`
  const rule = line(widths.map((width) => '-'.repeat(width)))
  return `${[line(heads), rule, ...rows.map(line)].join('\n')}\n`
}

/**
 * Returns a table with a row for each contestant and a column for each workload.
 *
 * @param cell shows what a contestant cost, beside what the yardstick cost
 */
export function costTable(
  contestants: readonly Contestant[],
  results: Results,
  cell: (median: Median, yardstick: Median) => string,
): string {
  const rows = contestants.map(({ name, argv }) => [
    `\`${name}\``,
    ...[...results.values()].map((medians) => {
      if (argv === null) return 'not installed'
      const median = medians.get(name)
      const yardstick = medians.get(YARDSTICK)
      return median === undefined || yardstick === undefined ? '–' : cell(median, yardstick)
    }),
  ])
  return table(['', ...results.keys()], rows)
}

/** Milliseconds of wall time, and how many times the yardstick's. */
export function wallCell({ wallMs }: Median, yardstick: Median): string {
  return `${figure(wallMs)} (${(wallMs / yardstick.wallMs).toFixed(2)} C)`
}

/** Milliseconds of user and system time, and how many times the yardstick's. */
export function cpuCell({ cpuMs }: Median, yardstick: Median): string {
  return `${figure(cpuMs)} (${(cpuMs / yardstick.cpuMs).toFixed(2)} C)`
}

/** MiB of peak memory. */
export function peakCell({ peakMiB }: Median): string {
  return figure(peakMiB)
}

export function verdictTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ goal, unit, limit, reached }) => [
    goal,
    `${figure(limit)} ${unit}`,
    `${figure(reached)} ${unit}`,
    reached <= limit ? 'met' : 'MISSED',
  ])
  return table(['goal', 'limit', 'reached', ''], rows)
}

function figure(value: number): string {
  return value.toFixed(Math.abs(value) < 10 ? 1 : 0)
}
