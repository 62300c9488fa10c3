import { parseTargets } from '../../core/pacman/targets.ts'
import type { Targets } from '../../core/pacman/targets.ts'
import { unlessUnreadable } from '../error.ts'
import { readOpened, readWhole } from '../files/small-file.ts'

/** The bound on the list: a million paths. */
const MAX_BYTES = 64 * 1024 * 1024
const STANDARD_INPUT = 0

/**
 * Reads the paths that the transaction changed. Returns `null` where they cannot be read, and the
 * log then has to tell it.
 *
 * @param file `-` for standard input, which pacman makes a socket that cannot be opened by a name
 */
export function readTargets(file: string): Targets | null {
  const bytes = unlessUnreadable(() =>
    file === '-' ? readOpened(STANDARD_INPUT, MAX_BYTES) : readWhole(file, MAX_BYTES),
  )
  const text = bytes?.toString('latin1') ?? ''
  return text === '' ? null : parseTargets(text)
}
