import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
} from 'node:fs'
import { unlessUnreadable } from '../error.ts'

/**
 * Opening a pipe that nobody writes to does not wait (fifo(7)), and no terminal becomes that of the
 * process (open(2)). libuv adds O_CLOEXEC to everything that it opens.
 */
export const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY

/** Returns a file as text, one character a byte, or `null` when it cannot be read. */
export function readText(path: string): string | null {
  return unlessUnreadable(() => {
    const file = openFile(path)
    try {
      return readFileSync(file, 'latin1')
    } finally {
      closeSync(file)
    }
  })
}

/**
 * Returns a small file of the kernel as text, one character a byte, or `null`: what a process's
 * stat and cgroup say comes with one read (single_open in fs/seq_file.c).
 *
 * @param room more than the file can have
 */
export function readAtOnce(path: string, room: Buffer): string | null {
  return unlessUnreadable(() => {
    const file = openSync(path, OPEN_FLAGS)
    try {
      return room.toString('latin1', 0, readSync(file, room, 0, room.length, null))
    } finally {
      closeSync(file)
    }
  })
}

/** Returns the target of a link, one character a byte, or `null` when it cannot be read. */
export function readLink(path: string): string | null {
  return unlessUnreadable(() => readlinkSync(path, 'latin1'))
}

/** Opens what is a file and nothing else. */
export function openFile(path: string): number {
  const file = openSync(path, OPEN_FLAGS)
  assertFile(file, path)
  return file
}

/** Closes and refuses what is no file: a pipe would give nothing, and a device have no end. */
export function assertFile(file: number, path: string): void {
  const found = fstatSync(file)
  if (found.isFile()) return
  closeSync(file)
  const code = found.isDirectory() ? 'EISDIR' : NOT_A_FILE
  throw Object.assign(new Error(`Cannot read "${path}": ${code}`), { code })
}

/** In the place of the errno name that the system has for a directory only. */
export const NOT_A_FILE = 'not a file'
