import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ALONE, PROMPT } from './machine.ts'
import type { Machine, Shell } from './machine.ts'

const INTERACTIVE: Readonly<Record<Shell, string>> = {
  bash: 'bash --noprofile --rcfile "$HOME/.bashrc" -i',
  zsh: 'zsh -d -i',
  fish: 'fish -i',
}

/** Types keys, and waits until the shell has written a text behind them. */
export type Type = (keys: string, text?: string) => Promise<void>

const LONGEST_WAIT_MS = 60_000
const RETRY_MS = 20

/** @throws {Error} where the condition does not come true */
export async function until(isTrue: () => boolean, what: string): Promise<void> {
  const end = Date.now() + LONGEST_WAIT_MS
  while (!isTrue()) {
    if (Date.now() > end) throw new Error(`it did not come: ${what}`)
    await pause(RETRY_MS)
  }
}

/** Opens a shell on a pseudoterminal, and ends it after use. */
export async function onTerminal<Result>(
  shell: Shell,
  { root, env }: Machine,
  work: (type: Type) => Promise<Result>,
): Promise<Result> {
  const argv = [
    ...ALONE,
    'script',
    '-qfec',
    `stty cols 200; exec ${INTERACTIVE[shell]}`,
    '/dev/null',
  ]
  const [program = '', ...rest] = argv
  const child = spawn(program, rest, { env, cwd: join(root, 'home') })
  let written = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => (written += bytes.toString()))
  const ended = new Promise((resolve) => child.on('close', resolve))
  const type: Type = async (keys, text) => {
    const before = written.length
    child.stdin.write(keys)
    if (text !== undefined) await until(() => written.includes(text, before), keys)
  }
  try {
    await until(() => written.includes(PROMPT), `the prompt of ${shell}`)
    return await work(type)
  } finally {
    // script(1) passes a SIGTERM on, which shells ignore, and sleeps for two seconds. The end of
    // the terminal ends them.
    child.kill('SIGKILL')
    await ended
  }
}

/** Removes files that shells wrote. */
export function forget({ root }: Machine, names: readonly string[]): void {
  for (const name of names) rmSync(join(root, 'home', name), { force: true })
}

/** Types lines with Enter behind, and returns the words that each calls the program with. */
export async function callsOf(
  shell: Shell,
  machine: Machine,
  lines: readonly string[],
): Promise<readonly (readonly string[])[]> {
  const path = join(machine.root, 'home/called')
  return await onTerminal(shell, machine, async (type) => {
    const calls: string[][] = []
    for (const line of lines) {
      forget(machine, ['called'])
      await type(`${line}\r`)
      await until(() => existsSync(path), line)
      calls.push(readFileSync(path, 'utf8').split('\0').slice(0, -1))
    }
    return calls
  })
}
