import { closeSync, fstatSync, readSync, realpathSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { unlessUnreadable } from '../error.ts'
import { inDirectory, pathIn } from './directory.ts'
import { openFile } from './proc-file.ts'
import { refusal, whoElseWrites } from './trust.ts'

/** In the place of an errno name: more bytes than the file of that name can mean. */
export const TOO_LARGE = 'too large'
/** Files of proc and sys, and pipes, say that they have no bytes. Most have fewer than these. */
const FIRST_BYTES = 64 * 1024

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
 * Returns the bytes of a file that nobody but these users can change or put there. The file is
 * opened in a directory that was opened before, so what was looked at is what is read.
 *
 * @param owners user ids; `null`: anybody may
 * @throws what `readWhole` throws, and a refusal with its reason: see `reasonOf`
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
 * Returns all bytes that come through what is open, a file, a pipe or a socket. It waits for them.
 *
 * @throws with `code` `TOO_LARGE` or of the system (read(2))
 */
export function readOpened(file: number, maxBytes: number): Buffer {
  const { size } = fstatSync(file)
  const bytes = size === 0 ? maxBytes : Math.min(size, maxBytes)
  // One more than there may be.
  const read = readBytes(file, bytes + 1, null, roomFor(size, bytes + 1))
  if (read.length <= bytes) return read
  throw Object.assign(new Error('Cannot read all of a file: it is too large'), { code: TOO_LARGE })
}

/**
 * Opens a file, and nothing else, for as long as `use` runs.
 *
 * @throws with `code` `NOT_A_FILE` or of the system (open(2))
 */
function inFile<T>(path: string, use: (file: number) => T): T {
  const file = openFile(path)
  try {
    return use(file)
  } finally {
    closeSync(file)
  }
}

/**
 * Returns fewer bytes where the file ends before.
 *
 * @param position where they begin; `null`: where the file is
 * @param room how many bytes to make room for at once
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
