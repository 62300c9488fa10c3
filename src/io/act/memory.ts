import { memoryText, parseMemory } from '../../core/act/renewed.ts'
import type { NotCleared } from '../../core/act/renewed.ts'
import type { Manager } from '../../core/systemd/unit-facts.ts'
import { StaleLibsError, unlessUnreadable } from '../error.ts'
import { replaceFile } from '../files/output-file.ts'
import { readTrusted } from '../files/small-file.ts'
import { runtimeDirectory } from '../systemd/manager-call.ts'

const NAME = 'stale-libs-not-cleared'
/** `memoryText` writes no more. */
const MOST_BYTES = 1024 * 1024

/**
 * The restarts that cleared nothing, until the next boot. Without the file nothing is remembered,
 * and such a unit is restarted once more.
 */
export type Memory = {
  readonly read: () => readonly NotCleared[]
  /** Where the file cannot be written, nothing is remembered. */
  readonly write: (all: readonly NotCleared[]) => void
}

/**
 * Opens the memory of a manager, in a directory that only root, or only the user, can change (see
 * `takeLock`).
 *
 * @param manager a number is the uid of this process
 */
export function openMemory(manager: Manager, tree = ''): Memory {
  const directory = manager === 'system' ? `${tree}/run` : runtimeDirectory(tree, manager)
  const path = `${directory}/${NAME}`
  const owners = new Set([0, manager === 'system' ? 0 : manager])
  return {
    read: () => {
      const bytes = unlessUnreadable(() => readTrusted(path, MOST_BYTES, owners))
      return bytes === null ? [] : parseMemory(bytes.toString('utf8'))
    },
    write: (all) => {
      try {
        replaceFile(path, Buffer.from(memoryText(all)), owners)
      } catch (error) {
        if (!(error instanceof StaleLibsError)) throw error
      }
    },
  }
}
