import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Stage } from './stage.ts'

/** One system call that has ended, as strace(1) shows it. */
export type Call = {
  readonly name: string
  /** Between the parentheses. */
  readonly words: string
  /** What it returned, `-1` for an error. */
  readonly result: number
}

/**
 * Runs a command under strace(1) and returns its system calls and those of its threads and children.
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

/** `12 read(3</proc/7/maps>, "..."..., 65536) = 4080`, with or without the pid; a thread can be interrupted. */
const WHOLE = /^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+|0x[0-9a-f]+|\?)/
const UNFINISHED = /^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$/
const RESUMED = /^(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (-?\d+|0x[0-9a-f]+|\?)/

/** Reads the output of `strace -f -o`. */
export function parseTrace(text: string): readonly Call[] {
  const calls: Call[] = []
  const begun = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, thread = '', , start = ''] = UNFINISHED.exec(line) ?? []
    if (thread !== '') begun.set(thread, start)
    const [, again = '', resumed = '', rest = '', late = ''] = RESUMED.exec(line) ?? []
    if (again !== '')
      calls.push({ name: resumed, words: `${begun.get(again)}${rest}`, result: Number(late) })
    const [, name = '', words = '', result = ''] = WHOLE.exec(line) ?? []
    if (name !== '') calls.push({ name, words, result: Number(result) })
  }
  return calls
}
