import { parseTargets } from '../../core/pacman/targets.ts'
import type { Targets } from '../../core/pacman/targets.ts'
import { unlessUnreadable } from '../error.ts'
import { readOpened, readWhole } from '../files/small-file.ts'

/** A million paths of a transaction. */
const MAX_BYTES = 64 * 1024 * 1024
const STANDARD_INPUT = 0

/**
 * Reads what the transaction changed; `null` where it cannot be read: whatever a hook is told, it
 * is told as well by the log.
 *
 * @param file `-` is the standard input, which pacman makes a socket that cannot be opened by a
 *   name
 */
export function readTargets(file: string): Targets | null {
  const bytes = unlessUnreadable(() =>
    file === '-' ? readOpened(STANDARD_INPUT, MAX_BYTES) : readWhole(file, MAX_BYTES),
  )
  const text = bytes?.toString('utf8') ?? ''
  return text === '' ? null : parseTargets(text)
}
