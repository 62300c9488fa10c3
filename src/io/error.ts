/** Trouble that ends the whole run: said in one line, exit status 3. */
export class StaleLibsError extends Error {
  override readonly name = 'StaleLibsError'
}

/** Returns the errno name of a system error (`ENOENT`), or an empty text for anything else. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** Says whether an error means that the process ended while it was looked at (proc(5), kernel ESRCH). */
export function isGone(error: unknown): boolean {
  return ['ENOENT', 'ESRCH'].includes(errorCode(error))
}

/** Says whether an error means that we may not look. */
export function isDenied(error: unknown): boolean {
  return ['EACCES', 'EPERM'].includes(errorCode(error))
}
