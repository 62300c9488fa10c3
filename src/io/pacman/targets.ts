import { readFileSync } from 'node:fs'
import { parseTargets } from '../../core/pacman/targets.ts'
import type { Targets } from '../../core/pacman/targets.ts'
import { unlessUnreadable } from '../error.ts'

/**
 * Reads what the transaction changed; `null` where it cannot be read: whatever a hook is told, it is told
 * as well by the log.
 *
 * @param file `-` is the standard input, which pacman makes a socket that cannot be opened by a name
 */
export function readTargets(file: string): Targets | null {
  const text = unlessUnreadable(() => readFileSync(file === '-' ? 0 : file, 'utf8'))
  return text === null || text === '' ? null : parseTargets(text)
}
