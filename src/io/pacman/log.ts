import { closeSync, fstatSync, readSync } from 'node:fs'
import { changesSince, lastTransactionStart } from '../../core/pacman/history.ts'
import type { PackageLog } from '../../core/pacman/history.ts'
import { NO_TRACE } from '../../core/pacman/hook/traces.ts'
import { MAX_ENTRY_LENGTH } from '../../core/pacman/log.ts'
import type { PackageLimitCode } from '../../core/limits.ts'
import { errorCode, unlessUnreadable } from '../error.ts'
import { openFile } from '../files/proc-file.ts'

/** The part of pacman.log since a time, and the reason where it is not complete. */
export type LogReading = { readonly log: PackageLog; readonly limit: PackageLimitCode | null }

/** The reading of a log without entries. */
export const NOTHING_LOGGED: LogReading = {
  log: { changes: [], knownSince: null, gap: null, hook: NO_TRACE },
  limit: null,
}

const BLOCK_BYTES = 64 * 1024
/** The bound on the log: thirty times what a machine logs in a year. */
const MAX_BYTES = 32 * 1024 * 1024
/**
 * The bound on one transaction. The output of scriptlets and hooks after "transaction started" is
 * in the log too.
 */
const MAX_BYTES_OF_A_TRANSACTION = 2 * 1024 * 1024
/**
 * The number of rotated logs that are read. No distribution keeps more by default, and Arch rotates
 * nothing.
 */
const MAX_ROTATED = 12
/** The longest line: the time and the program are in front of the entry. */
const MAX_LINE_LENGTH = MAX_ENTRY_LENGTH + 128

/**
 * Reads the changes since a time from a log, from its end on and no further than needed. Logs that
 * were rotated to `.1`, `.2` and so on are read as well, and compressed ones are not.
 *
 * @param now no line is later
 */
export function readPackageLog(file: string, since: Date, now: Date): LogReading {
  const budget = { bytes: MAX_BYTES, isCutShort: false }
  try {
    const log = changesSince(logPieces(file, budget), since, now)
    return { log, limit: limitOf(log, budget) }
  } catch (error) {
    const code = errorCode(error)
    if (code === '') throw error
    const limit = code === 'ENOENT' ? 'package-log-missing' : 'package-log-unreadable'
    return { ...NOTHING_LOGGED, limit }
  }
}

/**
 * Returns when the last transaction of a log began, in seconds since 1970, or `null` where the end
 * of the log does not have it, or cannot be read.
 */
export function readLastTransactionStart(file: string): number | null {
  const budget = { bytes: MAX_BYTES_OF_A_TRANSACTION, isCutShort: false }
  return unlessUnreadable(() => lastTransactionStart(logPieces(file, budget)))
}

function limitOf({ gap }: PackageLog, budget: Budget): PackageLimitCode | null {
  if (gap === null) return null
  if (gap === 'short' && budget.isCutShort) return 'package-log-unreadable'
  return gap === 'short' && budget.bytes === 0 ? 'package-log-too-long' : `package-log-${gap}`
}

/** The bytes that may still be read, and whether a rotated log could not be read. */
type Budget = { bytes: number; isCutShort: boolean }

function* logPieces(file: string, budget: Budget): Generator<string> {
  yield* piecesBackwards(file, budget)
  for (let number = 1; number <= MAX_ROTATED && budget.bytes > 0; number += 1)
    try {
      yield* piecesBackwards(`${file}.${number}`, budget)
    } catch (error) {
      if (errorCode(error) === '') throw error
      budget.isCutShort = errorCode(error) !== 'ENOENT'
      return
    }
}

/**
 * Yields the texts between the newlines of a file, last first, one character a byte. Of a line that
 * is longer than any entry only the beginning is yielded.
 */
function* piecesBackwards(path: string, budget: Budget): Generator<string> {
  const file = openFile(path)
  try {
    let rest = ''
    for (let end = fstatSync(file).size; end > 0 && budget.bytes > 0;) {
      const length = Math.min(BLOCK_BYTES, end, budget.bytes)
      end -= length
      budget.bytes -= length
      const text = readBlock(file, end, length) + rest
      let until = text.length
      for (let at = text.lastIndexOf('\n'); at !== -1; at = text.lastIndexOf('\n', until - 1)) {
        yield text.slice(at + 1, until)
        until = at
        if (at === 0) break
      }
      rest = text.slice(0, Math.min(until, MAX_LINE_LENGTH))
    }
    if (budget.bytes > 0) yield rest
  } finally {
    closeSync(file)
  }
}

const block = Buffer.allocUnsafe(BLOCK_BYTES)

/** Reads a block. A log that was truncated meanwhile gives fewer bytes. */
function readBlock(file: number, position: number, length: number): string {
  return block.toString('latin1', 0, readSync(file, block, 0, length, position))
}
