import { opendirSync } from 'node:fs'
import type { ShareHolder } from '../../core/owner/share.ts'
import { monotonicMs } from '../clock.ts'
import { unlessUnreadable } from '../error.ts'
import { readAtOnce, readLink } from '../files/proc-file.ts'
import { Shares } from '../shares.ts'
import type { Proc } from './proc.ts'

/** The open files of processes (proc_pid_fd(5)). */
export type Descriptors = {
  /** Returns what a process has open. */
  readonly of: (pid: number) => OpenFiles
  /**
   * Returns the text of `/proc/PID/fdinfo/FD`, one character a byte, or `null` where it cannot be
   * read. A text that is longer than 4,096 bytes ends there.
   */
  readonly info: (pid: number, descriptor: number) => string | null
}

/** What a process has open. */
export type OpenFiles = {
  /** Targets of the links in `/proc/PID/fd`, one character a byte, by the number of the file. */
  readonly targets: ReadonlyMap<number, string>
  /** Whether these are all. It is false where they may not be read, are gone or too many. */
  readonly isWhole: boolean
  /**
   * Why they were not looked at: the process has too `many`, or the `share` of its user is spent.
   * It is left out where they are whole, may not be read or are gone.
   */
  readonly leftOut?: 'many' | 'share'
}

/** The bound on the open files of one process. A process with more is not looked at. */
const MAX_OPEN = 4096
/**
 * The bound on the open files of all processes of the system, and of those of one user. Those of a
 * process that has too many were read as well, and count.
 */
const SEEN = { ofSystem: 50_000, ofUser: 10_000 } as const
/**
 * The bound on the time for them, in milliseconds. The kernel looks through all numbers up to the
 * highest one that was ever open (`proc_readfd_common`), and thousands of processes can share them
 * (CLONE_FILES of clone(2)).
 */
const MILLISECONDS = { ofSystem: 2000, ofUser: 1000 } as const
/** The lines of every file come first, then those of its kind (seq_show in fs/proc/fd.c). */
const MAX_INFO_BYTES = 4096

const NOT_SEEN: OpenFiles = { targets: new Map(), isWhole: false }

/**
 * Opens the open files of the processes of a tree. readlink(2) of a descriptor asks no file system:
 * the kernel makes the text of the path (d_path). So no file server of a user can delay it.
 *
 * @param milliseconds the bound on the time for them
 */
export function openDescriptors(
  { directory, holderOf }: Pick<Proc, 'directory' | 'holderOf'>,
  milliseconds: ConstructorParameters<typeof Shares>[0] = MILLISECONDS,
): Descriptors {
  const [shares, times] = [new Shares(SEEN), new Shares(milliseconds)]
  const room = Buffer.allocUnsafeSlow(MAX_INFO_BYTES)
  const read = (pid: number, holder: ShareHolder): OpenFiles => {
    const path = `${directory}/${pid}/fd`
    const most = Math.min(MAX_OPEN, shares.left(holder))
    if (most === 0 || times.left(holder) === 0) return { ...NOT_SEEN, leftOut: 'share' }
    const numbers = unlessUnreadable(() => namesIn(path, most))
    if (numbers === null) return NOT_SEEN
    shares.spend(holder, numbers.length)
    if (numbers.length > most) return { ...NOT_SEEN, leftOut: most === MAX_OPEN ? 'many' : 'share' }
    const targets = numbers.flatMap((number) => {
      const target = readLink(`${path}/${number}`)
      return target === null ? [] : [[Number(number), target] as const]
    })
    return { targets: new Map(targets), isWhole: true }
  }
  return {
    of(pid) {
      const holder = holderOf(pid)
      const began = monotonicMs()
      const files = read(pid, holder)
      times.spend(holder, monotonicMs() - began)
      return files
    },
    info: (pid, descriptor) => readAtOnce(`${directory}/${pid}/fdinfo/${descriptor}`, room),
  }
}

/** Returns the names in a directory, up to one more than a bound. */
function namesIn(path: string, most: number): readonly string[] {
  const open = opendirSync(path)
  try {
    const names: string[] = []
    while (names.length <= most) {
      const entry = open.readSync()
      if (entry === null) break
      names.push(entry.name)
    }
    return names
  } finally {
    open.closeSync()
  }
}
