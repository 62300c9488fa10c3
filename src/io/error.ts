/** An error that ends the whole run: one line, exit status 3. */
export class StaleLibsError extends Error {
  override readonly name = 'StaleLibsError'
}

/**
 * An error in what the caller asked for (a configuration file, the name of a unit): exit status 2.
 */
export class RequestError extends Error {
  override readonly name: string = 'RequestError'
}

/** A wrong configuration file. The message names file, line and key. */
export class ConfigError extends RequestError {
  override readonly name = 'ConfigError'

  constructor(file: string, line: number | null, key: string | null, reason: string) {
    const where = line === null ? '' : `, line ${line}`
    super(`Cannot use "${file}"${where}: ${key === null ? '' : `${key}: `}${reason}`)
  }
}

/**
 * Returns the errno name of a system error (`ENOENT`), or the reason why this program does not read
 * a file (`NOT_A_FILE`, `TOO_LARGE`). Returns an empty text for any other error.
 */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** Says whether an error means that the process ended meanwhile (proc(5), ESRCH of the kernel). */
export function isGone(error: unknown): boolean {
  return ['ENOENT', 'ESRCH'].includes(errorCode(error))
}

/**
 * Says whether an error means that this user may not read the process (ptrace(2), access mode
 * checking; hidepid).
 */
export function isDenied(error: unknown): boolean {
  return ['EACCES', 'EPERM'].includes(errorCode(error))
}

/**
 * Returns what a function read, or `null` where the system refused it. Any other error is thrown.
 *
 * The user who runs a process can make its files unreadable in many ways (a path longer than
 * PATH_MAX gives ENAMETOOLONG), so any system error means "not told".
 */
export function unlessUnreadable<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (errorCode(error) !== '') return null
    throw error
  }
}

/**
 * Returns the one line about an error. An error that no code of this program throws on purpose is a
 * bug, and the line says so. A hook never ends with a stack trace, whatever process led to it.
 *
 * @param withStack whether the diagnostic log was asked for
 */
export function messageOf(error: unknown, withStack: boolean): string {
  if (error instanceof StaleLibsError || error instanceof RequestError) return error.message
  const part = missingPart(error)
  if (part !== null) return `Cannot load "${part}": this part of the program is missing`
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const stack = withStack && error instanceof Error ? ` ${error.stack}` : ''
  return `Cannot look: this is a bug (${what}); please report it with --log-level debug${stack}`
}

/** Returns the part of the program that could not be loaded, or `null` for any other error. */
function missingPart(error: unknown): string | null {
  if (!(error instanceof Error) || errorCode(error) !== 'MODULE_NOT_FOUND') return null
  return /'([^']*)'/.exec(error.message)?.[1] ?? ''
}
