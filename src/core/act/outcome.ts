import { EXIT } from '../exit.ts'
import type { LimitCode } from '../limits.ts'
import type { Printable } from '../printable.ts'
import { isLeftAlone } from '../report/finding.ts'
import type { Finding, Report } from '../report/report.ts'
import type { Plan } from './plan.ts'
import { stageOf } from './progress.ts'
import type { RestartStage, UnitProgress } from './progress.ts'
import type { NotCleared } from './renewed.ts'

/**
 * What became of a unit.
 *
 * - `restarted`: it runs anew, or did until it had nothing to do, and the second look found nothing
 *   old of it.
 * - `failed`: its start failed, and it does not run.
 * - `starting-again`: its start failed, and systemd tries again (`Restart=`).
 * - `stopped`: it does not run, and did not fail.
 * - `untouched`: systemd made no job for it.
 * - `waiting`: its job had not ended when the watching did.
 * - `still-old`: it runs anew, and uses old code.
 * - `unseen`: the second look could not tell, or systemd did not answer.
 */
export type EndCode =
  | 'restarted'
  | 'failed'
  | 'starting-again'
  | 'stopped'
  | 'untouched'
  | 'waiting'
  | 'still-old'
  | 'unseen'

/** What became of one unit of a plan. */
export type End = {
  readonly unit: Printable
  readonly code: EndCode
  /** What systemd says of it; `null` where it did not answer. */
  readonly state: UnitProgress | null
  /** What it still has of old code; `null` but for `still-old`. */
  readonly old: Finding | null
  /** Whether the main process is another than before the restart; `null` where not known. */
  readonly isMainNew: boolean | null
}

/** What a run of `restart` did, as far as it was seen. */
export type Outcome = {
  readonly ends: readonly End[]
  /** Units of no plan that have failed meanwhile. */
  readonly alsoFailed: readonly Printable[]
  /** See `isManagerOldIn`. */
  readonly isManagerOld: boolean | null
  /** Whether the machine could be looked at again. */
  readonly isLookedAgain: boolean
  /** Why the watching ended. */
  readonly watched: 'to-the-end' | 'time-limit' | 'interrupted' | 'silent'
}

/** What the second look tells of the units. */
export type Again = Pick<Report, 'findings' | 'limits' | 'unseenOfSystem'>

/** What was seen of the units at one time. */
export type States = ReadonlyMap<string, UnitProgress>

/** What was seen of the units on their way. */
export type Seen = {
  /** The states when the last job had ended, some seconds before the end; `null`: not known. */
  readonly settled: States | null
  /** The units that have run anew for some seconds, whatever came then. */
  readonly ran: ReadonlySet<string>
}

/**
 * Returns what became of the units of a plan.
 *
 * @param before the states before the restart
 * @param after the last states that were seen; `null` where systemd did not answer
 * @param seen what was seen until then
 * @param again the second look; `null` where there was none
 */
export function endsOf(
  { units, isOfUser }: Pick<Plan, 'units' | 'isOfUser'>,
  before: States,
  after: States | null,
  seen: Seen,
  again: Again | null,
): readonly End[] {
  const kind = isOfUser ? 'user-service' : 'service'
  const isLooked = again !== null && !isPartial(again, isOfUser)
  return units.map(({ unit }) => {
    const [was, state] = [before.get(unit), after?.get(unit) ?? null]
    const found = again?.findings.filter((one) => one.kind === kind && one.unit === unit) ?? []
    const old = found.find((one) => !isLeftAlone(one)) ?? null
    const stage = was && state ? stageIn(unit, [was, state], seen) : null
    const code = endCode(stage, old, isLooked)
    const isMainNew = was === undefined || state === null ? null : was.mainPid !== state.mainPid
    return { unit, code, state, old: code === 'still-old' ? old : null, isMainNew }
  })
}

function endCode(stage: RestartStage | null, old: Finding | null, isLooked: boolean): EndCode {
  if (stage === null) return 'unseen'
  if (stage !== 'done') return stage
  if (old !== null) return 'still-old'
  return isLooked ? 'restarted' : 'unseen'
}

/**
 * Returns where a unit is. A service that is started when it is called ends for want of work, as
 * systemd-hostnamed does after 30 seconds, and systemd forgets all about it then.
 */
function stageIn(
  unit: string,
  [before, now]: readonly [UnitProgress, UnitProgress],
  { settled, ran }: Seen,
): RestartStage {
  const stage = stageOf(before, now, settled?.get(unit) ?? null)
  const isIdle = stage === 'stopped' && now.isOnDemand && now.result === 'success'
  return isIdle && ran.has(unit) ? 'done' : stage
}

/**
 * Says whether a stale process of a service may have been missed. Those of other users hide nothing
 * of the system's services, and those of others nothing of a user's.
 */
function isPartial({ limits, unseenOfSystem }: Again, isOfUser: boolean): boolean {
  const hiding = isOfUser ? HIDES_FROM_A_USER : HIDES_FROM_ROOT
  return (!isOfUser && unseenOfSystem > 0) || limits.some(({ code }) => hiding.has(code))
}

const HIDES_FROM_ROOT: ReadonlySet<LimitCode> = new Set([
  'mappings-dropped',
  'files-unjudged',
  'group-unreadable',
])

const HIDES_FROM_A_USER: ReadonlySet<LimitCode> = new Set([
  ...HIDES_FROM_ROOT,
  'maps-failed',
  'maps-stuck',
  'user-processes-cut',
  'user-share-spent',
])

/** Returns the exit status for what is left alone: it was named, or a restart did not clear it. */
export function exitStatusOfLeft({ left, isNamed }: Pick<Plan, 'left' | 'isNamed'>): number {
  const staysOld = left.some(({ code }) => code === 'renewed' || (isNamed && code !== 'excepted'))
  return staysOld ? EXIT.unfinished : EXIT.looked
}

/** The manager of a user: this user can let it fail, and no restart of others does. */
const OF_A_USER = /^(?:user|user-runtime-dir)@\d+\.service$/

/**
 * Returns the units of no plan that have failed since the restart began.
 *
 * @param before the units that had failed; `null` where systemd did not answer
 */
export function newlyFailed(
  before: readonly Printable[] | null,
  after: readonly Printable[] | null,
  { units }: Pick<Plan, 'units'>,
): readonly Printable[] {
  if (before === null || after === null) return []
  const known = new Set([...before, ...units.map(({ unit }) => unit)])
  return after.filter((unit) => !known.has(unit) && !OF_A_USER.test(unit))
}

/** Returns the exit status of a restart: see stale-libs(8). */
export function exitStatusOfOutcome(plan: Pick<Plan, 'manager'>, outcome: Outcome): number {
  return isAllGood(plan, outcome) ? EXIT.looked : EXIT.unfinished
}

/** Says whether all that was meant is done, and was looked at again. */
export function isAllGood(
  { manager }: Pick<Plan, 'manager'>,
  { ends, alsoFailed, isManagerOld, isLookedAgain }: Outcome,
): boolean {
  const isManagerDone = manager === null || isManagerOld === false
  const isClear = isLookedAgain && isManagerDone && alsoFailed.length === 0
  return isClear && ends.every(({ code }) => code === 'restarted')
}

/**
 * Says whether systemd itself, which was re-executed, has old code; `null` where that is not known,
 * or nothing was asked of it.
 */
export function isManagerOldIn(
  { manager, isOfUser }: Pick<Plan, 'manager' | 'isOfUser'>,
  again: Again | null,
): boolean | null {
  if (manager === null || again === null) return null
  const isFound = again.findings.some(
    ({ kind, command }) => kind === manager.kind && command !== null,
  )
  return isFound || (isPartial(again, isOfUser) ? null : false)
}

/**
 * Returns what is to be remembered after a run: the restarts that cleared nothing.
 *
 * @param before what was remembered until then
 */
export function memoryAfter(
  { ends }: Pick<Outcome, 'ends'>,
  before: readonly NotCleared[],
): readonly NotCleared[] {
  const others = before.filter(({ unit }) => !ends.some((end) => end.unit === unit))
  const now = ends.flatMap(({ unit, old, state }) => {
    if (old === null || state === null || old.isPartial) return []
    return [{ unit, invocation: state.invocation, paths: old.files.map(({ path }) => path) }]
  })
  return [...others, ...now]
}
