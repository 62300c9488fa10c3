import { closeSync, constants, fstatSync, readSync, realpathSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { unlessUnreadable } from '../error.ts'
import { inDirectory, pathIn } from './directory.ts'
import { openFile } from './proc-file.ts'
import { refusal, whoElseWrites } from './trust.ts'

/** The code of an error about a file with more bytes than a file of its name can have. */
export const TOO_LARGE = 'too large'
/**
 * The first size of the buffer. Files of proc and sys, and pipes, report a size of 0, and most have
 * less than this. A larger buffer takes longer to get than a small file takes to read.
 */
const FIRST_BYTES = 4096

/**
 * Returns the bytes of a file. A path can lead to a pipe without a writer or to a device without an
 * end, and these are refused at once.
 *
 * @throws an error with `code` `NOT_A_FILE`, `TOO_LARGE` or of the system (open(2), read(2))
 */
export function readWhole(path: string, maxBytes: number): Buffer {
  return inFile(path, (file) => readOpened(file, maxBytes))
}

/** Returns a file as text, one character a byte, or `null` where `readWhole` throws. */
export function readWholeText(path: string, maxBytes: number): string | null {
  return unlessUnreadable(() => readWhole(path, maxBytes).toString('latin1'))
}

/** Returns the same of a file that is no link itself; `null` for a link. */
export function readUnlinked(path: string, maxBytes: number): string | null {
  return unlessUnreadable(() =>
    inFile(path, (file) => readOpened(file, maxBytes), constants.O_NOFOLLOW).toString('latin1'),
  )
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
      return readBytes(file, bytes, null, roomFor(size, bytes)).toString('latin1')
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
 * Returns the bytes of a file that only these users can change or put there. The file is opened in
 * a directory that was opened before, so the file that was checked is the file that is read.
 *
 * @param owners user ids; `null` allows all users
 * @throws the errors of `readWhole`, and a refusal with its reason: see `reasonOf`
 */
export function readTrusted(
  path: string,
  maxBytes: number,
  owners: ReadonlySet<number> | null,
): Buffer {
  const assertTrusted = (opened: number, what: string) => {
    const reason = owners === null ? null : whoElseWrites(fstatSync(opened), owners, what)
    if (reason !== null) throw refusal(reason)
  }
  const real = realpathSync.native(path)
  return inDirectory(dirname(real), (directory) => {
    assertTrusted(directory, `its directory "${dirname(real)}"`)
    return inFile(pathIn(directory, basename(real)), (file) => {
      assertTrusted(file, 'it')
      return readOpened(file, maxBytes)
    })
  })
}

/**
 * Returns all bytes of an open file, pipe or socket, and waits for them.
 *
 * @throws an error with `code` `TOO_LARGE` or of the system (read(2))
 */
export function readOpened(file: number, maxBytes: number): Buffer {
  const { size } = fstatSync(file)
  const bytes = size === 0 ? maxBytes : Math.min(size, maxBytes)
  // One byte more than allowed shows that the file is too large.
  const read = readBytes(file, bytes + 1, null, roomFor(size, bytes + 1))
  if (read.length <= bytes) return read
  throw Object.assign(new Error('Cannot read all of a file: it is too large'), { code: TOO_LARGE })
}

/**
 * Opens a file for as long as `use` runs.
 *
 * @throws an error with `code` `NOT_A_FILE` or of the system (open(2))
 */
function inFile<T>(path: string, use: (file: number) => T, flags = 0): T {
  const file = openFile(path, flags)
  try {
    return use(file)
  } finally {
    closeSync(file)
  }
}

/**
 * Returns so many bytes of an open file, or fewer where it ends before.
 *
 * @param position of the first byte; `null` for the position of the open file
 * @param room the size of the first buffer, in bytes
 */
function readBytes(file: number, bytes: number, position: number | null, room = bytes): Buffer {
  let buffer: Buffer = Buffer.allocUnsafe(room)
  let length = 0
  while (length < bytes) {
    if (length === buffer.length) buffer = grown(buffer, bytes)
    const at = position === null ? null : position + length
    const count = readSync(file, buffer, length, buffer.length - length, at)
    if (count === 0) break
    length += count
  }
  return buffer.subarray(0, length)
}

function roomFor(size: number, bytes: number): number {
  return size === 0 ? Math.min(FIRST_BYTES, bytes) : bytes
}

function grown(buffer: Buffer, maxBytes: number): Buffer {
  return Buffer.concat([buffer], Math.min(buffer.length * 2, maxBytes))
}
