import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { errorCode, StaleLibsError, unlessUnreadable } from './error.ts'

/**
 * Writes the whole result to a file, or to standard output for `null`.
 *
 * @throws {StaleLibsError} when it could not be written
 */
export function write(text: string, file: string | null = null): void {
  if (file === null) writeResult(text)
  else writeFile(file, Buffer.from(text))
}

/** Says whether standard output is a device, as every terminal is. */
export function isOutputDevice(): boolean {
  return unlessUnreadable(() => fstatSync(1))?.isCharacterDevice() ?? false
}

/** Writes to standard output, and says whether it took it. */
export function couldWrite(text: string): boolean {
  try {
    writeResult(text)
    return true
  } catch {
    return false
  }
}

/**
 * Writes the whole result to standard output. A reader that went away (`| head`) is no error.
 *
 * @throws {StaleLibsError} when the result could not be written (a full disk)
 */
function writeResult(text: string): void {
  try {
    writeAll(1, Buffer.from(text))
  } catch (error) {
    if (errorCode(error) === 'EPIPE') return
    throw new StaleLibsError(`Cannot write the result to standard output: ${errorCode(error)}`, {
      cause: error,
    })
  }
}

/**
 * Writes the whole result to a file: beside it first, then renamed, so that nobody reads half of it.
 *
 * @throws {StaleLibsError} when it could not be written; the old file stays as it was
 */
export function writeFile(file: string, bytes: Buffer): void {
  assertReplaceable(file)
  let beside: string | null = null
  try {
    beside = mkdtempSync(join(dirname(file), '.stale-libs-'))
    const descriptor = openSync(join(beside, 'result'), 'wx', 0o644)
    try {
      writeAll(descriptor, bytes)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(join(beside, 'result'), file)
  } catch (error) {
    throw new StaleLibsError(`Cannot write "${file}": ${errorCode(error)}`, { cause: error })
  } finally {
    if (beside !== null) rmSync(beside, { recursive: true, force: true })
  }
}

/** Root would take `/dev/null` or `/dev/stdout` from everybody; a directory refuses by itself. */
function assertReplaceable(file: string): void {
  const found = unlessUnreadable(() => statSync(file))
  const directory = unlessUnreadable(() => realpathSync(dirname(file))) ?? ''
  const isOrdinary = found === null || found.isFile() || found.isDirectory()
  if (isOrdinary && !/^\/(?:dev$|proc(?:\/|$))/.test(directory)) return
  throw new StaleLibsError(`Cannot write "${file}": not a file, and not to be replaced by one`)
}

/** A pipe that somebody else made non-blocking says EAGAIN while it is full: then its reader is waited for. */
function writeAll(descriptor: number, bytes: Buffer): void {
  let written = 0
  while (written < bytes.length) {
    try {
      written += writeSync(descriptor, bytes, written)
    } catch (error) {
      if (errorCode(error) !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}
