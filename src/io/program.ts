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
 * Runs a program of the machine to its end.
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
  let isClosed = false
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
    // Most scans run no program, so the module that starts them is loaded here.
    const { spawn } = await import('node:child_process')
    if (!isClosed) closeInheritedFiles()
    isClosed = true
    try {
      const child = spawn(path, argv, {
        env: { PATH: '/usr/bin', LC_ALL: 'C', ...question.environment },
        cwd: '/',
        stdio: 'pipe',
        detached: true,
      })
      const said = await answerOf(child, question, leftMs)
      if ('error' in said && said.error === 'ETIMEDOUT') silent.add(asked)
      return said
    } catch (error) {
      // Some versions of Node throw where no process can be made.
      return { error: errorCode(error) || 'EAGAIN' }
    }
  }
}

function answerOf(
  child: ChildProcess,
  { maxBytes, encoding }: Asking,
  leftMs: number,
): Promise<Said> {
  return new Promise((resolve) => {
    const parts: Buffer[] = []
    let length = 0
    const end = (said: Said) => {
      clearTimeout(whole)
      clearTimeout(silence)
      resolve(said)
    }
    const giveUp = (error: string) => {
      abandon(child)
      end({ error })
    }
    const whole = setTimeout(giveUp, leftMs, 'ETIMEDOUT')
    const silence = setTimeout(giveUp, SILENCE_LIMIT_MS, 'ETIMEDOUT')
    child.stdin?.on('error', () => {}).end()
    child.stderr?.on('error', () => {}).resume()
    child.stdout
      ?.on('error', () => {})
      .on('data', (part: Buffer) => {
        silence.refresh()
        parts.push(part)
        length += part.length
        if (length > maxBytes) giveUp('ENOBUFS')
      })
    child.once('error', (error) => end({ error: errorCode(error) || 'EAGAIN' }))
    child.once('close', (status, signal) =>
      end(
        status === 0
          ? { stdout: Buffer.concat(parts).toString(encoding) }
          : { error: `status ${status ?? signal}` },
      ),
    )
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
