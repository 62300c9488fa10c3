import type { Attribution } from '../pacman/attribution.ts'
import type { StaleCopy } from '../pacman/former-owner.ts'
import type { Case } from '../advice/case.ts'
import { isMachineFile, machinePathOf } from '../proc/process.ts'
import type { StaleProcess } from '../advice/stale-process.ts'

/**
 * USER_HZ: times in `/proc/PID/stat` are hundredths of a second on every Linux that Arch runs on.
 */
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

/** What pacman did to each stale copy of a file, by `copyKey`. */
export type Attributions = ReadonlyMap<string, Attribution>

/** Returns the key of a stale copy in `Attributions`: start of the process, blank, path. */
export function copyKey({ path, startedAt }: StaleCopy): string {
  return `${startedAt?.getTime() ?? ''} ${path}`
}

/**
 * Returns the stale files of a case that pacman may know, one for each path: the one of the oldest
 * process that has it. The other processes are its children, or started with the file that it had
 * left.
 */
export function copiesOf(
  { processes, owner }: Pick<Case, 'processes' | 'owner'>,
  bootSeconds: number | null,
): readonly StaleCopy[] {
  const isInContainer = owner.kind === 'container' && !owner.isSupervisor
  const copies = new Map<string, StaleCopy>()
  for (const process of processes) {
    const startedAt = startOf(process, bootSeconds)
    for (const [at, file] of process.files.entries()) {
      if ((process.isForeign || isInContainer) && !isMachineFile(file)) continue
      const { state } = file
      const path = machinePathOf(file)
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

/**
 * Returns a time as a date, or `null` where it is before this boot. Only a wrong clock gives a
 * mapped file such a time.
 */
function sinceBoot(milliseconds: number | null, bootSeconds: number | null): Date | null {
  const isKnown = milliseconds !== null && bootSeconds !== null
  return isKnown && milliseconds >= bootSeconds * 1000 ? new Date(milliseconds) : null
}
