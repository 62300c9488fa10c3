/** The fields of `/proc/PID/stat` that are used (proc_pid_stat(5)). */
export type Stat = {
  readonly comm: string
  readonly ppid: number
  readonly isKernelThread: boolean
  /** Start of the process in clock ticks after boot. */
  readonly startTicks: number
}

/** PF_KTHREAD of the kernel's `include/linux/sched.h`. */
const KERNEL_THREAD = 0x00200000

/**
 * Returns the fields of `/proc/PID/stat`, or `null` when the text has another form.
 *
 * `pid (comm) state ppid … flags … starttime`: comm is chosen by the program and may hold blanks and
 * parentheses, so the fields are counted from the last `)`.
 */
export function parseStat(text: string): Stat | null {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  if (open === -1 || close < open) return null
  const fields = text.slice(close + 2).split(' ')
  const [ppid, flags, startTicks] = [fields[1], fields[6], fields[19]].map(Number)
  if (![ppid, flags, startTicks].every(Number.isSafeInteger)) return null
  return {
    comm: text.slice(open + 1, close),
    ppid: ppid ?? 0,
    isKernelThread: ((flags ?? 0) & KERNEL_THREAD) !== 0,
    startTicks: startTicks ?? 0,
  }
}

/** The last that a Date can hold. */
const LAST_SECOND = 8.64e12

/** Returns `btime`, the seconds since 1970 at which the machine booted (proc_stat(5)), or `null`. */
export function parseBootSeconds(text: string): number | null {
  const [, seconds] = /^btime (\d+)$/m.exec(text) ?? []
  return seconds === undefined || Number(seconds) > LAST_SECOND ? null : Number(seconds)
}
