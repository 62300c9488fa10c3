import type { ChildProcess } from 'node:child_process'
import { closeSync, readdirSync } from 'node:fs'
import { ASKING_LIMIT_MS, LOOKING_LIMIT_MS, SILENCE_LIMIT_MS } from '../core/time-limits.ts'
import type { Clock } from './clock.ts'
import { errorCode, unlessUnreadable } from './error.ts'
import { readText } from './files/proc-file.ts'

/** How a program of the machine is run. */
export type Asking = {
  readonly maxBytes: number
  readonly encoding: 'utf8' | 'latin1'
  /** The environment beside PATH and LC_ALL. */
  readonly environment?: Readonly<Record<string, string>>
}

/**
 * The output of a program, or why there is none: the errno name (`ENOENT`, `ETIMEDOUT`), or its
 * status.
 */
export type Said = { readonly stdout: string } | { readonly error: string }

/**
 * Runs a program of the machine to its end, to be told something.
 *
 * @param path absolute
 */
export type Ask = (path: string, argv: readonly string[], question: Asking) => Promise<Said>

/**
 * Returns the function that runs programs as the user of this process, until the time for the whole
 * scan is over. The first question that comes late still has some seconds: no user who delays the
 * reading of processes takes them away.
 *
 * A program gets no shell, no terminal (it has a session of its own), a fixed environment, and no
 * files but its three pipes. A program in the hands of an attacker reaches nothing of this process.
 */
export function openAsking(clock: Clock): Ask {
  let untilMs = LOOKING_LIMIT_MS
  /**
   * The programs, with their first words, that gave no answer in time. They are not run once more.
   */
  const silent = new Set<string>()
  return async (path, argv, question) => {
    const { durationMs } = clock()
    // What is asked in good time takes nothing from what is asked when reading took all of it.
    const isLate = durationMs >= LOOKING_LIMIT_MS - SILENCE_LIMIT_MS
    if (isLate && untilMs === LOOKING_LIMIT_MS) untilMs = durationMs + ASKING_LIMIT_MS
    const leftMs = untilMs - durationMs
    const asked = `${path} ${argv[0]}`
    if (leftMs <= 0 || silent.has(asked)) return { error: 'ETIMEDOUT' }
    const limits = { ...question, limitMs: leftMs, silenceMs: SILENCE_LIMIT_MS }
    const { error, stdout } = await runToEnd(path, argv, limits)
    if (error === 'ETIMEDOUT') silent.add(asked)
    return error === null ? { stdout: stdout.toString(question.encoding) } : { error }
  }
}

/** How a program that acts is run. */
export type Running = {
  /** The time in which it must end, in milliseconds. It may be silent for all of it. */
  readonly limitMs: number
  readonly environment?: Readonly<Record<string, string>>
  /** An open file that the program has as its file 3. */
  readonly file?: number
}

/** What a program wrote, one character a byte, and how it ended. */
export type Ran = {
  readonly stdout: string
  /** The first 64 KiB of its standard error. */
  readonly stderr: string
  /** The errno name (`ENOENT`, `ETIMEDOUT`), or its status; `null` where that is 0. */
  readonly error: string | null
}

/**
 * Runs a program of the machine to its end, to do something.
 *
 * @param path absolute
 */
export type Run = (path: string, argv: readonly string[], how: Running) => Promise<Ran>

/** The bound on standard output of a program that acts. `systemctl show` takes 1 KiB a unit. */
const MOST_OUTPUT = 16 * 1024 * 1024
const MOST_ERRORS = 64 * 1024

/**
 * Runs a program as the user of this process, with a time limit of its own. What goes on in the
 * program that it calls (systemd) goes on when it is given up.
 */
export const runProgram: Run = async (path, argv, how) => {
  const limits = { ...how, maxBytes: MOST_OUTPUT, silenceMs: null }
  const { stdout, stderr, error } = await runToEnd(path, argv, limits)
  return { stdout: stdout.toString('latin1'), stderr: stderr.toString('latin1'), error }
}

type Limits = Pick<Running, 'limitMs' | 'environment' | 'file'> & {
  readonly maxBytes: number
  /** The time without any output after which it is given up; `null` without that limit. */
  readonly silenceMs: number | null
}

type Output = { readonly stdout: Buffer; readonly stderr: Buffer; readonly error: string | null }

let isClosed = false

/** Starts a program of the machine. This is the only place that does. */
async function runToEnd(path: string, argv: readonly string[], limits: Limits): Promise<Output> {
  // Most scans run no program, so the module that starts them is loaded here.
  const { spawn } = await import('node:child_process')
  if (!isClosed) closeInheritedFiles()
  isClosed = true
  try {
    const child = spawn(path, argv, {
      env: { PATH: '/usr/bin', LC_ALL: 'C', ...limits.environment },
      cwd: '/',
      stdio: ['pipe', 'pipe', 'pipe', ...(limits.file === undefined ? [] : [limits.file])],
      detached: true,
    })
    return await outputOf(child, limits)
  } catch (error) {
    // Some versions of Node throw where no process can be made.
    return { stdout: NOTHING, stderr: NOTHING, error: errorCode(error) || 'EAGAIN' }
  }
}

const NOTHING = Buffer.alloc(0)

function outputOf(child: ChildProcess, limits: Limits): Promise<Output> {
  return new Promise((resolve) => {
    const [parts, errors]: [Buffer[], Buffer[]] = [[], []]
    let [length, wrong] = [0, 0]
    const end = (error: string | null) => {
      clearTimeout(whole)
      clearTimeout(silence)
      const stderr = Buffer.concat(errors).subarray(0, MOST_ERRORS)
      resolve({ stdout: Buffer.concat(parts), stderr, error })
    }
    const giveUp = (error: string) => {
      abandon(child)
      end(error)
    }
    const whole = setTimeout(giveUp, limits.limitMs, 'ETIMEDOUT')
    const silence = setTimeout(giveUp, limits.silenceMs ?? limits.limitMs, 'ETIMEDOUT')
    child.stdin?.on('error', () => {}).end()
    child.stderr
      ?.on('error', () => {})
      .on('data', (part: Buffer) => {
        if (wrong < MOST_ERRORS) errors.push(part)
        wrong += part.length
      })
    child.stdout
      ?.on('error', () => {})
      .on('data', (part: Buffer) => {
        silence.refresh()
        parts.push(part)
        length += part.length
        if (length > limits.maxBytes) giveUp('ENOBUFS')
      })
    child.once('error', (error) => end(errorCode(error) || 'EAGAIN'))
    child.once('close', (status, signal) => end(status === 0 ? null : `status ${status ?? signal}`))
  })
}

/**
 * Kills a program with all that it started: it leads a process group of its own (setsid(2)). This
 * waits neither for its end, which may not come, nor for a pipe that others hold.
 */
function abandon(child: ChildProcess): void {
  const { pid } = child
  if (pid !== undefined) unlessUnreadable(() => process.kill(-pid, 'SIGKILL'))
  for (const stream of child.stdio) stream?.destroy()
  child.unref()
}

/** O_CLOEXEC of open(2), as proc_pid_fdinfo(5) has it: octal. */
const CLOSE_ON_EXEC = 0o2000000

/**
 * Closes the files that the caller left open. Node keeps them from programs only below the first
 * gap above 15 (uv_disable_stdio_inheritance), and `exec 200>lock` of a shell leaves a gap. Node
 * opens its own files with O_CLOEXEC, so any other file came from the caller.
 */
function closeInheritedFiles(): void {
  const names = unlessUnreadable(() => readdirSync('/proc/self/fd')) ?? []
  for (const file of names.map(Number).filter((number) => number > 2)) {
    const [, flags] = /^flags:\s*([0-7]+)$/m.exec(readText(`/proc/self/fdinfo/${file}`) ?? '') ?? []
    if (flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0)
      unlessUnreadable(() => closeSync(file))
  }
}
