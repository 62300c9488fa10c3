import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Stage } from './stage.ts'

/** One system call that has ended, as strace(1) shows it. */
export type Call = {
  readonly thread: number
  readonly name: string
  /**
   * What stands between the parentheses; descriptors with the path of what is open,
   * `3</proc/7/maps>`.
   */
  readonly words: string
  /** What it returned, `-1` for an error, NaN where it never returned. */
  readonly result: number
}

/**
 * Runs a command under strace(1) and returns the system calls of it, its threads and its children.
 *
 * @param directory where the trace is written to
 */
export async function trace(
  stage: Stage,
  argv: readonly string[],
  directory: string,
): Promise<readonly Call[]> {
  const file = join(directory, 'trace')
  const { status, stderr } = await stage.run(['strace', '-f', '-y', '-o', file, ...argv])
  if (status !== 0) throw new Error(`Cannot trace ${argv.join(' ')}: ${stderr}`)
  return parseTrace(readFileSync(file, 'latin1'))
}

const RESULT = String.raw`\) += (-?\d+|0x[0-9a-f]+|\?)`
const WHOLE = new RegExp(String.raw`^(\d+) +(\w+)\((.*)${RESULT}`)
const UNFINISHED = /^(\d+) +\w+\((.*) <unfinished \.\.\.>$/
const RESUMED = new RegExp(String.raw`^(\d+) +<\.\.\. (\w+) resumed>(.*)${RESULT}`)

/**
 * Reads the output of `strace -f -o`. A call that another thread interrupted stands where it ended.
 */
export function parseTrace(text: string): readonly Call[] {
  const calls: Call[] = []
  const begun = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, thread, start] = UNFINISHED.exec(line) ?? []
    const [, again, resumed, rest, late] = RESUMED.exec(line) ?? []
    const [, own, name, words, result] = WHOLE.exec(line) ?? []
    if (thread !== undefined) begun.set(thread, start ?? '')
    else if (again !== undefined && resumed !== undefined)
      calls.push({
        thread: Number(again),
        name: resumed,
        words: `${begun.get(again)}${rest}`,
        result: Number(late),
      })
    else if (name !== undefined)
      calls.push({ thread: Number(own), name, words: words ?? '', result: Number(result) })
  }
  return calls
}

/** How the C libraries and Node versions differ in what they call the same thing. */
const SAME: Readonly<Record<string, string>> = {
  open: 'open',
  openat: 'open',
  openat2: 'open',
  read: 'read',
  readv: 'read',
  pread64: 'read',
  preadv: 'read',
  close: 'close',
  access: 'stat',
  faccessat2: 'stat',
  fstat: 'stat',
  fstatfs: 'stat',
  lstat: 'stat',
  newfstatat: 'stat',
  stat: 'stat',
  statfs: 'stat',
  statx: 'stat',
  getdents64: 'list',
  lseek: 'seek',
  readlink: 'readlink',
  readlinkat: 'readlink',
  execve: 'execute',
  write: 'write',
}

/**
 * A call that asks the kernel for a file. The others (memory, threads, signals) come and go with
 * the garbage collector.
 */
export type FileCall = {
  readonly kind: string
  /** The path of the file, or the one it was opened by; empty where there is none. */
  readonly path: string
  readonly result: number
}

/**
 * Returns the calls about files, in order. What goes between threads, through a pipe or an event,
 * is left out.
 */
export function fileCalls(calls: readonly Call[]): readonly FileCall[] {
  return calls.flatMap(({ name, words, result }) => {
    const kind = SAME[name]
    const path = pathIn(words)
    if (kind === undefined || /^(?:pipe|anon_inode|socket):/.test(path)) return []
    return [{ kind, path, result }]
  })
}

/**
 * `3</proc/7/maps>, "text"...`, or `AT_FDCWD</>, "/proc/7/maps", O_RDONLY`, or `"/proc/7/exe",
 * "text"`.
 */
function pathIn(words: string): string {
  const [, opened] = /^\d+<([^>]*)>/.exec(words) ?? []
  const [, named] = /^(?:AT_FDCWD(?:<[^>]*>)?, )?"([^"]*)"/.exec(words) ?? []
  return opened ?? named ?? ''
}
