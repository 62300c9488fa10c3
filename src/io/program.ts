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
 * Runs a program and waits for it, without a shell, a terminal or the caller's environment. What starts
 * programs is loaded only here: most scans ask nobody.
 *
 * @param path absolute
 */
export async function ask(
  path: string,
  argv: readonly string[],
  { timeLimitMs, maxBytes, encoding, environment, identity }: Question,
): Promise<Said> {
  const { spawnSync } = await import('node:child_process')
  const { status, stdout, error } = spawnSync(path, argv, {
    env: { PATH: '/usr/bin', LC_ALL: 'C', ...environment },
    ...identity,
    cwd: '/',
    encoding,
    timeout: timeLimitMs,
    killSignal: 'SIGKILL',
    maxBuffer: maxBytes,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const code = errorCode(error)
  if (code !== '') return { error: code }
  return status === 0 ? { stdout } : { error: `status ${status}` }
}
