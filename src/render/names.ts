import type { Report } from '../core/report/report.ts'

/** Returns the units of the restart command, one a line: for scripts. */
export function renderNames(report: Report): string {
  const restart = report.commands.find((command) => command[1] === 'restart') ?? []
  return restart
    .slice(restart.indexOf('--') + 1)
    .map((unit) => `${unit}\n`)
    .join('')
}
