import { closeSync, constants, openSync } from 'node:fs'
import { readAtOnce } from './proc-file.ts'

/**
 * open(2) that opens a place and not what is there (`include/uapi/asm-generic/fcntl.h`). Node has
 * no name for it.
 */
export const O_PATH = 0o10000000

/**
 * Opens a directory, and no link to one, for as long as `use` runs: nobody can put another in the
 * place of it.
 *
 * @throws what open(2) says
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

/** Returns the id of the mount that something open lies on (proc_pid_fdinfo(5)), or `null`. */
export function mountIdOf(file: number): number | null {
  const [, id] =
    /^mnt_id:\s*(\d+)$/m.exec(readAtOnce(`/proc/self/fdinfo/${file}`, room) ?? '') ?? []
  return id === undefined ? null : Number(id)
}

/** Follows no link but the one to what is open, which nobody can change (proc_pid_fd(5)). */
export function pathIn(directory: number, name: string): string {
  return `/proc/self/fd/${directory}/${name}`
}
