/** What a process tree says of its machine; `null` where it does not say it. */
export type Host = {
  readonly hostname: string | null
  readonly kernelRelease: string | null
  /** Seconds since 1970 (`btime` of proc_stat(5)). */
  readonly bootSeconds: number | null
}
