import { closeSync, constants, openSync, statSync } from 'node:fs'
import { errorCode, StaleLibsError } from '../error.ts'
import { readAtOnce } from './proc-file.ts'

/**
 * The flag of open(2) that opens a place without opening the file there
 * (`include/uapi/asm-generic/fcntl.h`). Node has no name for it.
 */
export const O_PATH = 0o10000000

/**
 * Opens a directory for as long as `use` runs, and no link to one. Nobody can put another directory
 * in its place meanwhile.
 *
 * @throws the errors of open(2)
 */
export function inDirectory<T>(path: string, use: (directory: number) => T): T {
  const directory = openSync(path, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    return use(directory)
  } finally {
    closeSync(directory)
  }
}

const room = Buffer.allocUnsafeSlow(1024)

/** Returns the id of the mount of an open file (proc_pid_fdinfo(5)), or `null`. */
export function mountIdOf(file: number): number | null {
  const [, id] =
    /^mnt_id:\s*(\d+)$/m.exec(readAtOnce(`/proc/self/fdinfo/${file}`, room) ?? '') ?? []
  return id === undefined ? null : Number(id)
}

/**
 * Returns the path of a name in an open directory. It follows no link but the one to the open
 * directory, which nobody can change (proc_pid_fd(5)).
 */
export function pathIn(directory: number, name: string): string {
  return `/proc/self/fd/${directory}/${name}`
}

/** @throws {StaleLibsError} when no directory is at a path, or it may not be looked at */
export function assertDirectory(directory: string): void {
  try {
    if (statSync(directory).isDirectory()) return
  } catch (error) {
    throw new StaleLibsError(`Cannot read "${directory}": ${errorCode(error)}`, { cause: error })
  }
  throw new StaleLibsError(`Cannot read "${directory}": not a directory`)
}
