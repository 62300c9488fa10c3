import { fstatSync, writeSync } from 'node:fs'
import { pauseThread } from './clock.ts'
import { errorCode, StaleLibsError, unlessUnreadable } from './error.ts'
import { replaceFile } from './files/output-file.ts'

/**
 * Writes the whole result to standard output, or to a file.
 *
 * @throws {StaleLibsError} when it could not be written
 */
export function write(text: string, file: OutputFile | null = null): void {
  if (file === null) writeResult(text)
  else replaceFile(file.path, Buffer.from(text), new Set([ROOT, file.uid]))
}

/** A file for a result, and the user who writes it. */
export type OutputFile = { readonly path: string; readonly uid: number }

const ROOT = 0
const RETRY_MS = 5

/** Says whether standard output is a device, as every terminal is. */
export function isOutputDevice(): boolean {
  return unlessUnreadable(() => fstatSync(1))?.isCharacterDevice() ?? false
}

/** Writes to standard output. Returns false where that failed. */
export function couldWrite(text: string): boolean {
  try {
    writeResult(text)
    return true
  } catch {
    return false
  }
}

/**
 * Writes the whole result to standard output. A reader that ended early (`| head`) is no error.
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
 * Writes all bytes. Another process can have made a pipe non-blocking, which then gives EAGAIN
 * while it is full: the reader is waited for.
 */
function writeAll(descriptor: number, bytes: Buffer): void {
  let written = 0
  while (written < bytes.length) {
    try {
      written += writeSync(descriptor, bytes, written)
    } catch (error) {
      if (errorCode(error) !== 'EAGAIN') throw error
      pauseThread(RETRY_MS)
    }
  }
}
