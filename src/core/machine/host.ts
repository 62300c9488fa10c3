import type { Printable } from '../printable.ts'

/** What a process tree says of its machine; `null` where it does not say it. */
export type Host = {
  readonly hostname: Printable | null
  readonly kernelRelease: Printable | null
  /** Seconds since 1970 (`btime` of proc_stat(5)). */
  readonly bootSeconds: number | null
}
