import type { Attribution } from '../pacman/attribution.ts'
import type { StaleCopy } from '../pacman/former-owner.ts'
import type { Case } from '../advice/case.ts'
import type { StaleProcess } from '../advice/stale-process.ts'

/** USER_HZ: times in `/proc/PID/stat` are hundredths of a second on every Linux that Arch runs on. */
const TICKS_PER_SECOND = 100

/** Returns when a process started, or `null` where the boot time is not known. */
export function startOf(
  { startTicks }: Pick<StaleProcess, 'startTicks'>,
  bootSeconds: number | null,
): Date | null {
  if (startTicks === null || bootSeconds === null) return null
  const date = new Date(bootSeconds * 1000 + (startTicks * 1000) / TICKS_PER_SECOND)
  return Number.isNaN(date.getTime()) ? null : date
}

/** What pacman did to each stale copy, by `copyKey`. */
export type Attributions = ReadonlyMap<string, Attribution>

export function copyKey({ path, startedAt }: StaleCopy): string {
  return `${startedAt?.getTime() ?? ''} ${path}`
}

/**
 * Returns the stale copies of a case that pacman may know of, one a path: that of the oldest process which
 * has it, because the others are its children or started from what it had left.
 */
export function copiesOf(
  { processes, owner }: Pick<Case, 'processes' | 'owner'>,
  bootSeconds: number | null,
): readonly StaleCopy[] {
  if (owner.kind === 'container' && !owner.isSupervisor) return []
  const copies = new Map<string, StaleCopy>()
  for (const process of processes.filter(({ isForeign }) => !isForeign)) {
    const startedAt = startOf(process, bootSeconds)
    for (const [at, { path, state }] of process.files.entries()) {
      const known = copies.get(path)
      if (known !== undefined && !isBefore(startedAt, known.startedAt)) continue
      const unlinked = process.unlinked[at] ?? null
      copies.set(path, {
        path,
        state,
        startedAt,
        unlinkedAt: sinceBoot(unlinked?.at ?? null, bootSeconds),
        replacedAt: sinceBoot(unlinked?.replacedAt ?? null, bootSeconds),
      })
    }
  }
  return [...copies.values()]
}

function isBefore(a: Date | null, b: Date | null): boolean {
  return a !== null && (b === null || a < b)
}

/** A file can have lost its name before this boot only by a clock that was wrong. */
function sinceBoot(milliseconds: number | null, bootSeconds: number | null): Date | null {
  const isKnown = milliseconds !== null && bootSeconds !== null
  return isKnown && milliseconds >= bootSeconds * 1000 ? new Date(milliseconds) : null
}
