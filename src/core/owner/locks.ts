import { printableText } from '../printable.ts'
import type { Printable } from '../printable.ts'
import { parseBusAnswer } from '../systemd/bus-names.ts'
import type { UnitFacts } from '../systemd/unit-facts.ts'
import { lostWith } from './holding.ts'
import type { Holding } from './holding.ts'

/** An inhibitor lock of logind, as the program that took it describes it (systemd-inhibit(1)). */
export type Lock = {
  /** Whether the machine does not shut down while it is held. Others only delay that, or less. */
  readonly isBlocking: boolean
  readonly who: Printable
  readonly why: Printable
}

/** The locks of processes, by their ids. */
export type Locks = ReadonlyMap<number, readonly Lock[]>

/** The modes that forbid root nothing: `block-weak` stops neither root nor the user of the lock. */
const WEAK: ReadonlySet<string> = new Set(['delay', 'block-weak'])

/**
 * Returns the locks of all processes, or `null` for any other text.
 *
 * Reads what `busctl --json=short call ... ListInhibitors` prints: what, who, why, mode, user id
 * and process id of each (org.freedesktop.login1(5)).
 */
export function parseLocks(text: string): Locks | null {
  const rows = parseBusAnswer(text)
  if (rows === null) return null
  const locks = new Map<number, readonly Lock[]>()
  for (const row of rows) {
    const found = lockIn(row)
    if (found === null) return null
    const [pid, lock] = found
    locks.set(pid, [...(locks.get(pid) ?? []), lock])
  }
  return locks
}

function lockIn(row: unknown): readonly [pid: number, Lock] | null {
  if (!Array.isArray(row)) return null
  const [what, who, why, mode]: readonly unknown[] = row
  const pid: unknown = row[5]
  if (typeof what !== 'string' || typeof who !== 'string' || typeof why !== 'string') return null
  if (typeof mode !== 'string' || typeof pid !== 'number') return null
  const isBlocking = what.split(':').includes('shutdown') && !WEAK.has(mode)
  return [pid, { isBlocking, who: printableText(who), why: printableText(why) }]
}

/** Returns the processes that have the locks of those that a restart of the unit ends, or none. */
export function pidsOfLocks(
  holding: Holding,
  facts: Parameters<typeof lostWith>[1],
): readonly number[] {
  const isAny = lostWith(holding, facts).holders.some(({ locks = [] }) => locks.length > 0)
  if (!isAny) return []
  return holding.holders.flatMap(({ pid, locks = [] }) => (locks.length > 0 ? [pid] : []))
}

/**
 * Returns the locks that forbid a shutdown, and whose processes a restart of the unit ends; `null`
 * for one of which nothing is known.
 *
 * Who took a lock may have handed its file on (fork(2)), so any process of the unit that has the
 * same file tells what it is. Processes with more files than logind has locks of theirs were handed
 * one by a stranger.
 *
 * @param known those that logind knows; `null` where it was not or could not be asked
 */
export function blockingLocks<Use>(
  holding: Holding<Use>,
  facts: UnitFacts | null,
  known: Locks | null,
): readonly (Lock | null)[] {
  const lost = new Set(lostWith(holding, facts).holders.flatMap(({ locks = [] }) => locks))
  const found = [...lost].flatMap((number): readonly (Lock | null)[] => {
    const sharers = holding.holders.filter(({ locks = [] }) => locks.includes(number))
    const files = new Set(sharers.flatMap(({ locks = [] }) => locks))
    const told = sharers.flatMap(({ pid }) => known?.get(pid) ?? [])
    const blocking = told.filter(({ isBlocking }) => isBlocking)
    return told.length < files.size ? [...blocking, null] : blocking
  })
  return [...new Map(found.map((lock) => [JSON.stringify(lock), lock])).values()]
}
