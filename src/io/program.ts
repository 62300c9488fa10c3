import type { ExecFileException } from 'node:child_process'
import { errorCode } from './error.ts'

/** How a program of the machine is asked. */
export type Question = {
  readonly timeLimitMs: number
  readonly maxBytes: number
  readonly encoding: 'utf8' | 'latin1'
  /** Variables beside PATH and LC_ALL. */
  readonly environment?: Readonly<Record<string, string>>
  /** Whom the program runs as, where that is somebody else. */
  readonly identity?: { readonly uid: number; readonly gid: number }
}

/** What the program said, or why it said nothing: the errno name (`ENOENT`, `ETIMEDOUT`), or its status. */
export type Said = { readonly stdout: string } | { readonly error: string }

/**
 * Runs a program to its end, without a shell, a terminal or the caller's environment. What starts programs is
 * loaded only here: most scans ask nobody.
 *
 * @param path absolute
 */
export async function ask(
  path: string,
  argv: readonly string[],
  { timeLimitMs, maxBytes, encoding, environment, identity }: Question,
): Promise<Said> {
  const { execFile } = await import('node:child_process')
  const options = {
    env: { PATH: '/usr/bin', LC_ALL: 'C', ...environment },
    ...identity,
    cwd: '/',
    encoding,
    timeout: timeLimitMs,
    killSignal: 'SIGKILL',
    maxBuffer: maxBytes,
  } as const
  return new Promise((resolve) => {
    try {
      const child = execFile(path, [...argv], options, (error, stdout) =>
        resolve(error === null ? { stdout } : { error: reasonOf(error) }),
      )
      child.stdin?.on('error', () => {}).end()
    } catch (error) {
      // Where no process can be made, some versions of Node throw.
      resolve({ error: errorCode(error) || 'EAGAIN' })
    }
  })
}

function reasonOf(error: ExecFileException): string {
  if (error.killed) return 'ETIMEDOUT'
  return typeof error.code === 'string' ? error.code : `status ${error.code ?? error.signal}`
}
