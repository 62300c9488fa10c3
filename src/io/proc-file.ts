import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
} from 'node:fs'
import { unlessUnreadable } from './error.ts'

/** A recorded tree can have a pipe that nobody writes to under any name: opening it must not wait. */
export const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK

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
 * Returns a small file of the kernel as text, one character a byte, or `null`: what a process's stat and
 * cgroup say comes with one read (single_open in fs/seq_file.c).
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

/** Closes and refuses what is no file: in a recorded tree a pipe, or a device without an end. */
export function assertFile(file: number, path: string): void {
  if (fstatSync(file).isFile()) return
  closeSync(file)
  throw Object.assign(new Error(`Cannot read "${path}": not a file`), { code: 'EINVAL' })
}
