import type { Report, ScanOptions } from './types.ts'

/** Exit statuses of stale-libs(8). A hook's is always 0: pacman prints an error for any other. */
export const EXIT = { looked: 0, stale: 1, usage: 2, failed: 3 } as const

/** Returns the exit status of a scan that could look. */
export function exitStatusOf(
  report: Report,
  options: Pick<ScanOptions, 'exitCode' | 'hook'>,
): 0 | 1 {
  return options.exitCode && !options.hook && report.findings.length > 0 ? EXIT.stale : EXIT.looked
}
