import type { Inspection } from '../proc/process.ts'

/** The numbers of processes of a scan. Kernel threads and zombies do not count. */
export type Readings = {
  /** The number that was looked at. */
  readonly processes: number
  /** The number of these that was read to its end: nothing stale in them was missed. */
  readonly read: number
  /** The number of these that may not be read. */
  readonly unreadable: number
  /** The number that ended before it was read. It was not looked at. */
  readonly vanished: number
}

/**
 * Returns the numbers of processes by how reading them ended.
 *
 * @param cut the number of the marked processes that were read only in part
 */
export function readingsOf(
  counts: Readonly<Record<Inspection['kind'], number>>,
  cut: number,
): Readings {
  const { clean, marked, denied, failed, stuck, long, gone } = counts
  return {
    processes: clean + marked + denied + failed + stuck + long,
    // A recording can count more than it has.
    read: Math.max(0, clean + marked - cut),
    unreadable: denied,
    vanished: gone,
  }
}
