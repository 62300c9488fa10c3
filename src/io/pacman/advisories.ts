import { parseAdvisories } from '../../core/pacman/advisories.ts'
import type { TrackedGroup } from '../../core/pacman/advisories.ts'
import { unlessUnreadable } from '../error.ts'
import { readWhole } from '../files/small-file.ts'

/** The bound on the list: ten times the whole list of the tracker. */
const MAX_BYTES = 32 * 1024 * 1024

/** Reads a copy of the security tracker's list. Returns `null` where it cannot be read. */
export function readAdvisories(file: string): readonly TrackedGroup[] | null {
  const text = unlessUnreadable(() => readWhole(file, MAX_BYTES).toString('utf8'))
  return text === null ? null : parseAdvisories(text)
}
