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
 * The flags for files of processes. Opening a pipe without a writer does not wait (fifo(7)), and no
 * terminal becomes that of this process (open(2)). libuv adds O_CLOEXEC to all files that it opens.
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
 * Returns a small file of the kernel as text, one character a byte, or `null` where it cannot be
 * read. The stat and the cgroup of a process come with one read (single_open in fs/seq_file.c).
 *
 * @param room buffer that is larger than the file
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

/**
 * Opens a file, and throws `NOT_A_FILE` for anything else.
 *
 * @param flags further ones of open(2)
 */
export function openFile(path: string, flags = 0): number {
  const file = openSync(path, OPEN_FLAGS | flags)
  assertFile(file, path)
  return file
}

/**
 * Closes an open pipe, device or directory, and throws `NOT_A_FILE`. A pipe would give nothing, and
 * a device may have no end.
 */
export function assertFile(file: number, path: string): void {
  const found = fstatSync(file)
  if (found.isFile()) return
  closeSync(file)
  const code = found.isDirectory() ? 'EISDIR' : NOT_A_FILE
  throw Object.assign(new Error(`Cannot read "${path}": ${code}`), { code })
}

/**
 * The code of an error about something that is not a file. The system has an errno name for a
 * directory only.
 */
export const NOT_A_FILE = 'not a file'
