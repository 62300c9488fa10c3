import { readdirSync } from 'node:fs'
import { isReadOnly, lockNumber } from '../../core/proc/open-files.ts'
import { unlessUnreadable } from '../error.ts'
import type { Descriptors, OpenFiles } from '../proc/descriptors.ts'

/** The inhibitor locks of logind that processes hold. */
export type HeldLocks = {
  /** Says whether logind has one. */
  readonly areAny: boolean
  /** Returns the numbers of those that a process with these open files holds, each once. */
  readonly of: (pid: number, targets: OpenFiles['targets']) => readonly number[]
}

/**
 * Opens the locks of a machine.
 *
 * @param tree prefix of the absolute paths of the machine
 */
export function openHeldLocks(tree: string, { info }: Pick<Descriptors, 'info'>): HeldLocks {
  const names = unlessUnreadable(() => readdirSync(`${tree}/run/systemd/inhibit`)) ?? []
  const areAny = names.some((name) => name.endsWith('.ref'))
  return {
    areAny,
    of(pid, targets) {
      if (!areAny) return []
      const held = [...targets].flatMap(([file, target]) => {
        const number = lockNumber(target)
        return number === null || isReadOnly(info(pid, file) ?? '') ? [] : [number]
      })
      return [...new Set(held)]
    },
  }
}
