import { say } from '../printable.ts'
import type { Printable } from '../printable.ts'

/** The fields of `/proc/PID/stat` that the program uses (proc_pid_stat(5)). */
export type Stat = {
  readonly comm: string
  /** Whether it is a zombie or dead: all that is left of it is this text. */
  readonly hasEnded: boolean
  readonly ppid: number
  /** The process that made its session (setsid(2)); the leader has its own number here. */
  readonly session: number
  readonly isKernelThread: boolean
  /** Device number of its controlling terminal; 0 where it has none. */
  readonly terminal: number
  /** The number of remaining threads, with a first thread that has ended. */
  readonly threads: number
  /** Start of the process in clock ticks after boot. */
  readonly startTicks: number
  /**
   * The address at which its stack begins, in decimal. execve(2) chooses another one, fork(2) keeps
   * it. `null` where the kernel does not tell it.
   */
  readonly stackStart: string | null
}

/** PF_KTHREAD of the kernel's `include/linux/sched.h`. */
const KERNEL_THREAD = 0x00200000

/**
 * Returns the fields of `/proc/PID/stat`, or `null` when the text has another form.
 *
 * `pid (comm) state ppid pgrp session tty_nr ... flags ... num_threads ... starttime ...
 * startstack`: the program chooses comm, which may contain blanks and parentheses, so the fields
 * are counted from the last `)`.
 */
export function parseStat(text: string): Stat | null {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  if (open === -1 || close < open) return null
  const fields = text.slice(close + 2).split(' ')
  const numbers = [1, 3, 4, 6, 17, 19].map((at) => Number(fields[at]))
  if (!numbers.every(Number.isSafeInteger)) return null
  const [ppid = 0, session = 0, terminal = 0, flags = 0, threads = 0, startTicks = 0] = numbers
  // The kernel tells zero to a user who may not trace the process (do_task_stat).
  const [stackStart = '0'] = fields.slice(25, 26)
  return {
    comm: text.slice(open + 1, close),
    hasEnded: fields[0] === 'Z' || fields[0] === 'X',
    ppid,
    session,
    terminal,
    isKernelThread: (flags & KERNEL_THREAD) !== 0,
    threads,
    startTicks,
    stackStart: /^[1-9]\d+$/.test(stackStart) ? stackStart : null,
  }
}

/**
 * Returns the name of a terminal below `/dev`, or `null` where the number is not that of a terminal
 * for people (`tty_nr` of proc_pid_stat(5), Documentation/admin-guide/devices.txt).
 */
export function terminalName(device: number): Printable | null {
  const major = (device >> 8) & 0xfff
  const minor = (device & 0xff) | ((device >>> 12) & 0xfff00)
  if (major >= 136 && major <= 143) return say`pts/${(major - 136) * 256 + minor}`
  if (major === 4 && minor > 0) return minor < 64 ? say`tty${minor}` : say`ttyS${minor - 64}`
  return null
}

/** The last second that a Date can have. */
const LAST_SECOND = 8.64e12

/**
 * Returns `btime`, the seconds since 1970 at which the machine booted (proc_stat(5)), or `null`.
 */
export function parseBootSeconds(text: string): number | null {
  const [, seconds] = /^btime (\d+)$/m.exec(text) ?? []
  return seconds === undefined || Number(seconds) > LAST_SECOND ? null : Number(seconds)
}

/**
 * Says whether a `/proc/PID/status` is that of the first process in a namespace of process ids
 * below our own: the last of several numbers in `NSpid` is 1 (proc_pid_status(5)).
 */
export function isFirstInNamespace(text: string): boolean {
  return /^NSpid:(?:\t\d+)+\t1$/m.test(text)
}
