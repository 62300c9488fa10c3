import type { Printable } from '../core/printable.ts'
import type { Report } from '../core/report/report.ts'

/** Returns the units of the restart command, one a line: for scripts. */
export function renderNames(report: Report): readonly Printable[] {
  const restart = report.commands.find((command) => command[1] === 'restart') ?? []
  return restart.slice(restart.findIndex((word) => word === '--') + 1)
}
