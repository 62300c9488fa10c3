import { closeSync, fstatSync, readSync } from 'node:fs'
import { unlessUnreadable } from '../error.ts'
import { openFile } from './proc-file.ts'

/** In the place of an errno name: more bytes than the file of that name can mean. */
export const TOO_LARGE = 'too large'
/**
 * Files of proc and sys say that they have no bytes. Those that are read like this have a few
 * lines.
 */
const MAX_BYTES_WITHOUT_SIZE = 64 * 1024

/**
 * Returns the bytes of a file. What lies where a file belongs may be a pipe that nobody writes to
 * or a device without an end: these are refused at once.
 *
 * @throws with `code` `NOT_A_FILE`, `TOO_LARGE` or of the system (open(2), read(2))
 */
export function readWhole(path: string, maxBytes: number): Buffer {
  return inFile(path, (file) => readOpened(file, maxBytes))
}

/** Returns a file as text, one character a byte, or `null` where `readWhole` throws. */
export function readWholeText(path: string, maxBytes: number): string | null {
  return unlessUnreadable(() => readWhole(path, maxBytes).toString('latin1'))
}

/**
 * Returns the start of a file as text, one character a byte, or `null` where it cannot be read or
 * is no file.
 */
export function readStart(path: string, maxBytes: number): string | null {
  return unlessUnreadable(() =>
    inFile(path, (file) => {
      const { size } = fstatSync(file)
      const bytes = size === 0 ? maxBytes : Math.min(size, maxBytes)
      return readBytes(file, bytes, null).toString('latin1')
    }),
  )
}

/**
 * Returns the end of a file as text, one character a byte, or `null` where it cannot be read or is
 * no file.
 */
export function readEnd(path: string, maxBytes: number): string | null {
  return unlessUnreadable(() =>
    inFile(path, (file) => {
      const { size } = fstatSync(file)
      const bytes = Math.min(size, maxBytes)
      return readBytes(file, bytes, size - bytes).toString('latin1')
    }),
  )
}

/**
 * Opens a file, and nothing else, for as long as `use` runs.
 *
 * @throws with `code` `NOT_A_FILE` or of the system (open(2))
 */
export function inFile<T>(path: string, use: (file: number) => T): T {
  const file = openFile(path)
  try {
    return use(file)
  } finally {
    closeSync(file)
  }
}

/**
 * Returns all bytes of what `inFile` opened.
 *
 * @throws with `code` `TOO_LARGE` or of the system (read(2))
 */
export function readOpened(file: number, maxBytes: number): Buffer {
  const { size } = fstatSync(file)
  const bytes = Math.min(size === 0 ? MAX_BYTES_WITHOUT_SIZE : size, maxBytes)
  // One more than there may be.
  const read = readBytes(file, bytes + 1, null)
  if (read.length <= bytes) return read
  throw Object.assign(new Error('Cannot read all of a file: it is too large'), { code: TOO_LARGE })
}

/** Returns fewer where the file ends before. */
function readBytes(file: number, bytes: number, position: number | null): Buffer {
  const buffer = Buffer.allocUnsafe(bytes)
  let length = 0
  while (length < bytes) {
    const at = position === null ? null : position + length
    const count = readSync(file, buffer, length, bytes - length, at)
    if (count === 0) break
    length += count
  }
  return buffer.subarray(0, length)
}
