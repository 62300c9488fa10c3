export type Host = {
  readonly hostname: string | null
  readonly kernelRelease: string | null
  /** Seconds since 1970 (`btime` of proc_stat(5)). */
  readonly bootSeconds: number | null
}
