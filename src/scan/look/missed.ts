import { isPersonal } from '../../core/owner/share.ts'
import type { ShareHolder } from '../../core/owner/share.ts'
import { compareText, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Inspection } from '../../core/proc/process.ts'
import { unlessUnreadable } from '../../io/error.ts'
import type { World } from '../../io/world.ts'

/** The processes that were not read to their end, by whose they are. */
export type Missed = {
  /** The number of the system's own: those of root and of services. */
  readonly ofSystem: number
  /** The users whose processes have more mappings than there was time for, one entry a process. */
  readonly long: readonly ShareHolder[]
}

const MISSED: ReadonlySet<Inspection['kind']> = new Set(['denied', 'failed', 'stuck', 'long'])

/**
 * Returns whose processes were not read. Only such processes are asked about. A user other than
 * root may read few processes, so those that are denied to such a user do not count.
 */
export function missedOf(
  inspections: readonly Inspection[],
  pids: readonly number[],
  { proc, uid, tally }: World,
): Missed {
  let ofSystem = tally.ofSystem
  const long: ShareHolder[] = []
  for (const [at, inspection] of inspections.entries()) {
    const isCut = inspection.kind === 'marked' && inspection.isCut
    const isMissed = MISSED.has(inspection.kind) && (inspection.kind !== 'denied' || uid === 0)
    if (!isMissed && !isCut) continue
    const pid = pids[at] ?? 0
    // A process that has ended since is missed by nobody.
    if (unlessUnreadable(() => proc.uidOf(pid)) === null) continue
    const holder = proc.holderOf(pid)
    if (!isPersonal(holder)) ofSystem += 1
    else if (inspection.kind === 'long') long.push(holder)
  }
  return { ofSystem, long }
}

/** Returns the names of users for a limit (`whose`), each once. */
export function namesOf(
  holders: readonly ShareHolder[],
  { machine }: Pick<World, 'machine'>,
): readonly (Printable | null)[] {
  const distinct = new Set(holders)
  const uids = [...distinct].filter((holder) => typeof holder === 'number')
  const names = uids.length === 0 ? new Map<number, Printable>() : machine.userNames()
  const named = uids.map((uid) => names.get(uid) ?? say`${uid}`).toSorted(compareText)
  return [...named, ...(distinct.has('others') ? [null] : [])]
}
