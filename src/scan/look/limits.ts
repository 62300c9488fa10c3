import type { Printable } from '../../core/printable.ts'
import type { Limit, LimitCode } from '../../core/limits.ts'
import { isPersonal } from '../../core/owner/share.ts'
import type { Inspection, StaleFile } from '../../core/proc/process.ts'
import type { MarkedProcess } from '../../io/reading/marked-processes.ts'
import type { Walk } from '../../io/reading/walk.ts'
import type { World } from '../../io/world.ts'
import { limitIf } from '../stage.ts'
import { namesOf } from './missed.ts'
import type { Missed } from './missed.ts'

/** A process with deleted mappings, and its stale files. */
type SeenProcess = MarkedProcess & { readonly found: { readonly stale: readonly StaleFile[] } }

/** The facts from which the limits of a look are counted. */
export type LookFacts = {
  readonly walk: Walk
  readonly world: World
  readonly counts: Readonly<Record<Inspection['kind'], number>>
  /** The number of processes that were read only in part. */
  readonly cut: number
  readonly missed: Missed
  readonly seen: readonly SeenProcess[]
  readonly stale: readonly SeenProcess[]
  readonly hasBootTime: boolean
}

/** Returns what a look could not read, and whose it is. */
export function limitsOfLook({
  walk,
  world,
  counts,
  cut,
  missed,
  seen,
  stale,
  hasBootTime,
}: LookFacts): readonly Limit[] {
  const { machine, tally } = world
  const long = missed.long.length + tally.long
  const stuck = counts.stuck + counts.long - long
  const failed = counts.failed + cut
  const withoutGroup = seen.filter(({ facts }) => facts.cgroup.text === '').length
  const withoutTree = stale.filter(({ facts }) => facts.isTreeUnknown).length
  // Where PID 1 is hidden, so are the processes of other users (hidepid of proc(5)).
  const isHidden = machine.isLive && !tally.sawInit && walk.pids[0] !== 1
  const isLost = machine.isLive && counts.marked > 0 && world.self === null
  return [
    ...limitIf(counts.denied > 0, 'maps-denied', counts.denied),
    ...limitIf(failed > 0, 'maps-failed', failed),
    ...limitIf(stuck > 0, 'maps-stuck', stuck),
    ...limitOfUsers('user-processes-cut', long, [...tally.longOf, ...namesOf(missed.long, world)]),
    ...limitIf(isHidden, 'processes-hidden', 0),
    ...limitIf(withoutTree > 0, 'tree-unknown', withoutTree),
    ...limitsOfShares(seen, world),
    ...limitIf(withoutGroup > 0, 'group-unreadable', withoutGroup),
    ...limitIf(!hasBootTime && stale.length > 0, 'boot-time-unknown', stale.length),
    ...limitIf(isLost, 'self-unknown', 0),
  ]
}

/** Returns the limits of budgets that were spent, with the users whose share it was. */
function limitsOfShares(seen: readonly SeenProcess[], world: World): readonly Limit[] {
  const { holders } = world.proc
  const marked = seen.map(({ facts, found, dropped }) => ({
    holder: holders.of(facts.uid, facts.cgroup.path),
    dropped,
    unjudged: found.stale.filter(({ isUnjudged }) => isUnjudged).length,
  }))
  const ofSystem = marked.filter(({ holder }) => !isPersonal(holder))
  const ofUsers = marked.filter(
    ({ holder, dropped, unjudged }) => isPersonal(holder) && dropped + unjudged > 0,
  )
  const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0)
  const dropped = sum(ofSystem.map((one) => one.dropped))
  const unjudged = sum(ofSystem.map((one) => one.unjudged))
  return [
    ...limitIf(dropped > 0, 'mappings-dropped', dropped),
    ...limitIf(unjudged > 0, 'files-unjudged', unjudged),
    ...limitOfUsers(
      'user-share-spent',
      ofUsers.length,
      namesOf(
        ofUsers.map(({ holder }) => holder),
        world,
      ),
    ),
  ]
}

/** @param whose the users of the processes that are counted */
function limitOfUsers(
  code: LimitCode,
  count: number,
  whose: readonly (Printable | null)[],
): readonly Limit[] {
  return count === 0 ? [] : [{ code, count, whose }]
}
