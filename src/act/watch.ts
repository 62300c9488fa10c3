import type { Outcome, Seen, States } from '../core/act/outcome.ts'
import { stageOf } from '../core/act/progress.ts'
import type { Printable } from '../core/printable.ts'
import type { Acting } from '../io/act/acting.ts'
import { pause } from '../io/clock.ts'

/** The time between two questions. A restart takes some tenths of a second at best. */
const INTERVAL_MS = 250
/**
 * The time that a unit must run before it counts as started: systemd takes a simple service for
 * started as soon as its process is there (systemd.service(5), Type=).
 */
const SETTLING_MS = 2000
/** The number of times that it waits so long for a unit that `Restart=` has started again. */
const MOST_SETTLING = 4
/** The number of questions without an answer after which systemd counts as silent. */
const MAX_SILENT = 8

/** What was seen of the units until the watching ended. */
export type Watched = Seen & {
  readonly states: States | null
  readonly why: Outcome['watched']
}

/** How units are watched. */
export type Watching = {
  readonly acting: Pick<Acting, 'progress'>
  /** The states before the restart. */
  readonly before: States
  readonly waitMs: number
  readonly isInterrupted: () => boolean
  /** Tells how far it is: the units that are not done, and the milliseconds since the restart. */
  readonly onProgress: (waiting: readonly Printable[], elapsedMs: number) => void
}

/**
 * Watches units until no job of them is left, and a little longer. It cancels nothing: the jobs
 * belong to systemd.
 */
export async function watch(units: readonly Printable[], watching: Watching): Promise<Watched> {
  const { acting, before, waitMs, isInterrupted, onProgress } = watching
  const begun = performance.now()
  const { ran, note } = openRunning(units, before)
  let [times, silent] = [0, 0]
  let [settledAt, settled]: [number, States] | [null, null] = [null, null]
  let states: States | null = null
  const endWith = (why: Watched['why']) => ({ states, settled, ran, why })
  for (;;) {
    const elapsedMs = performance.now() - begun
    const seen = await acting.progress(units)
    silent = seen === null ? silent + 1 : 0
    if (silent >= MAX_SILENT) return { states: null, settled: null, ran, why: 'silent' }
    states = seen ?? states
    if (isInterrupted()) return endWith('interrupted')
    if (seen !== null) note(seen, elapsedMs)
    const waiting = seen === null ? units : waitingAmong(units, before, seen)
    onProgress(waiting, elapsedMs)
    if (waiting.length > 0 || states === null) [settledAt, settled] = [null, null]
    else if (settledAt === null) [settledAt, settled] = [elapsedMs, states]
    else if (elapsedMs - settledAt >= SETTLING_MS) {
      times += 1
      const isLast = times >= MOST_SETTLING || elapsedMs >= waitMs
      if (isLast || !isAnyStartedAgain(units, before, states, settled)) return endWith('to-the-end')
      ;[settledAt, settled] = [elapsedMs, states]
    }
    if (elapsedMs >= waitMs && settledAt === null) return endWith('time-limit')
    await pause(INTERVAL_MS)
  }
}

/** Returns what notes which units have run anew for as long as a unit must. */
function openRunning(units: readonly Printable[], before: States) {
  const ran = new Set<string>()
  const since = new Map<string, number>()
  const note = (seen: States, elapsedMs: number) => {
    for (const unit of units) {
      const now = seen.get(unit)
      const isAnew = now?.invocation !== before.get(unit)?.invocation
      if (now?.activeState !== 'active' || !isAnew) since.delete(unit)
      else if (!since.has(unit)) since.set(unit, elapsedMs)
      else if (elapsedMs - (since.get(unit) ?? 0) >= SETTLING_MS) ran.add(unit)
    }
  }
  return { ran, note }
}

function waitingAmong(
  units: readonly Printable[],
  before: States,
  now: States,
): readonly Printable[] {
  return units.filter((unit) => {
    const [was, is] = [before.get(unit), now.get(unit)]
    return was === undefined || is === undefined || stageOf(was, is) === 'waiting'
  })
}

function isAnyStartedAgain(
  units: readonly Printable[],
  before: States,
  now: States | null,
  earlier: States | null,
): boolean {
  return units.some((unit) => {
    const [was, is] = [before.get(unit), now?.get(unit)]
    return was && is && stageOf(was, is, earlier?.get(unit)) === 'starting-again'
  })
}
