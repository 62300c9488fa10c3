/** Trouble that ends the whole run: said in one line, exit status 3. */
export class StaleLibsError extends Error {
  override readonly name = 'StaleLibsError'
}

/** Something wrong with what was asked for (a configuration file, a unit's name): exit status 2. */
export class RequestError extends Error {
  override readonly name: string = 'RequestError'
}

/** A configuration file that is wrong: the message names file, line and key. */
export class ConfigError extends RequestError {
  override readonly name = 'ConfigError'

  constructor(file: string, line: number | null, key: string | null, reason: string) {
    const where = line === null ? '' : `, line ${line}`
    super(`Cannot use "${file}"${where}: ${key === null ? '' : `${key}: `}${reason}`)
  }
}

/**
 * Returns the errno name of a system error (`ENOENT`), or what stands in its place where we do not
 * read a file (`NOT_A_FILE`); an empty text for anything else.
 */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** Says whether an error means that the process ended while it was looked at (proc(5), kernel ESRCH). */
export function isGone(error: unknown): boolean {
  return ['ENOENT', 'ESRCH'].includes(errorCode(error))
}

/** Says whether an error means that we may not look (ptrace(2), access mode checking; hidepid). */
export function isDenied(error: unknown): boolean {
  return ['EACCES', 'EPERM'].includes(errorCode(error))
}

/**
 * Whoever runs a process can make a file of it unreadable in more ways than anybody can list (a path
 * longer than PATH_MAX gives ENAMETOOLONG), so any system error is "not told".
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
 * Returns the one line that is said of an error. What is no error of ours is a bug, and is said as one:
 * whatever a stranger's process makes us stumble over, a hook never ends with a stack trace.
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

/** Returns the file of the program that could not be loaded, or `null` for any other error. */
function missingPart(error: unknown): string | null {
  if (!(error instanceof Error) || errorCode(error) !== 'MODULE_NOT_FOUND') return null
  return /'([^']*)'/.exec(error.message)?.[1] ?? ''
}
