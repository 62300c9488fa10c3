import { printable } from '../printable.ts'
import type { Printable } from '../printable.ts'
import { firstValue, parsePropertyBlocks } from '../systemd/property-blocks.ts'
import type { PropertyBlock } from '../systemd/property-blocks.ts'
import { isUnitName, parseUnitList, unitType } from '../systemd/unit-name.ts'

/** How the main process of a service ended. */
export type MainExit = {
  /** `si_code` of waitid(2); `null` where no main process has ended. */
  readonly kind: 'exited' | 'killed' | 'dumped' | null
  /** The exit status, or the number of the signal. */
  readonly number: number
}

/** The state of one unit at one moment, on the way through a restart. */
export type UnitProgress = {
  /** `Id=`, which is another name than the one asked for where that is an alias. */
  readonly unit: Printable
  readonly loadState: Printable
  readonly activeState: Printable
  readonly subState: Printable
  /** `Type=` of a service; empty for any other unit. */
  readonly type: Printable
  /** `Result=`: why it failed (systemd.service(5), `$SERVICE_RESULT`). */
  readonly result: Printable
  /** The number of the job that waits or runs; `null` without one. */
  readonly job: number | null
  /** `InvocationID=`: new with each start; empty where the unit was never started. */
  readonly invocation: Printable
  /** `null` without a main process. */
  readonly mainPid: number | null
  readonly mainExit: MainExit
  /**
   * Whether systemd starts it when something calls it, over a socket (`TriggeredBy=`) or the bus
   * (`BusName=`): such a service may end where it has nothing to do.
   */
  readonly isOnDemand: boolean
  /** `NRestarts=`: how often `Restart=` started it again; a manual start begins anew. */
  readonly restarts: number
  /** Milliseconds since 1970 at which the unit became active; `null` when not known. */
  readonly activeSince: number | null
  /** Microseconds since the boot at which the unit changed its state last. */
  readonly changedAt: number
  /** `NeedDaemonReload=`: a file of the unit is younger than what systemd has read. */
  readonly needsReload: boolean
}

/** The properties that systemctl is asked for: none can hold any text. */
export const PROGRESS_PROPERTIES = [
  'Id',
  'Names',
  'LoadState',
  'ActiveState',
  'SubState',
  'Type',
  'BusName',
  'TriggeredBy',
  'Result',
  'Job',
  'InvocationID',
  'MainPID',
  'ExecMainCode',
  'ExecMainStatus',
  'NRestarts',
  'ActiveEnterTimestamp',
  'StateChangeTimestampMonotonic',
  'NeedDaemonReload',
] as const

/** The form of states, results and types: the tables of systemd's src/basic/unit-def.c. */
const WORD = /^[a-z-]{1,40}$/
const HEX = /^[0-9a-f]{32}$/
const WHOLE = /^\d{1,15}$/
const KINDS: readonly MainExit['kind'][] = [null, 'exited', 'killed', 'dumped']

/**
 * Returns what systemd says of each unit, by the name in the question; `null` where the answers are
 * not those of the question. An alias answers with another Id, so answers are matched by their
 * order, and by `Names=`.
 *
 * Reads the output of `systemctl show --timestamp=us+utc --property=...`: times have microseconds
 * (`Thu 2026-11-26 07:18:40.123456 UTC`).
 */
export function parseProgress(
  text: string,
  units: readonly string[],
): ReadonlyMap<string, UnitProgress> | null {
  const blocks = parsePropertyBlocks(text)
  if (blocks.length !== units.length) return null
  const found = units.flatMap((unit, at) => {
    const block = blocks[at]
    const progress = block === undefined || !isAbout(unit, block) ? null : progressIn(block)
    return progress === null ? [] : [[unit, progress] as const]
  })
  return found.length === units.length ? new Map(found) : null
}

/** Says whether a block with `Id=` and `Names=` is about a unit, by any of its names. */
export function isAbout(unit: string, block: PropertyBlock): boolean {
  if (firstValue(block, 'Id') === unit) return true
  return parseUnitList(firstValue(block, 'Names')).some((name) => name === unit)
}

function progressIn(block: PropertyBlock): UnitProgress | null {
  const value = (name: (typeof PROGRESS_PROPERTIES)[number]) => firstValue(block, name)
  const word = (name: (typeof PROGRESS_PROPERTIES)[number]) =>
    printable(WORD.exec(value(name))?.[0] ?? '')
  const number = (name: (typeof PROGRESS_PROPERTIES)[number]) =>
    Number(WHOLE.exec(value(name))?.[0] ?? 0)
  const unit = value('Id')
  const states = [word('LoadState'), word('ActiveState'), word('SubState')] as const
  if (!isUnitName(unit) || states.some((state) => state === '')) return null
  return {
    unit,
    loadState: states[0],
    activeState: states[1],
    subState: states[2],
    type: word('Type'),
    result: word('Result'),
    job: number('Job') || null,
    invocation: printable(HEX.exec(value('InvocationID'))?.[0] ?? ''),
    mainPid: number('MainPID') || null,
    mainExit: { kind: KINDS[number('ExecMainCode')] ?? null, number: number('ExecMainStatus') },
    isOnDemand: value('BusName') !== '' || isBehindSocket(value('TriggeredBy')),
    restarts: number('NRestarts'),
    activeSince: millisecondsOf(value('ActiveEnterTimestamp')),
    changedAt: number('StateChangeTimestampMonotonic'),
    needsReload: value('NeedDaemonReload') === 'yes',
  }
}

function isBehindSocket(triggers: string): boolean {
  return parseUnitList(triggers).some((unit) => unitType(unit) === 'socket')
}

function millisecondsOf(timestamp: string): number | null {
  const [, day, time] =
    /^\w+ (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3})\d{3} UTC$/.exec(timestamp) ?? []
  const milliseconds = Date.parse(`${day}T${time}Z`)
  return Number.isNaN(milliseconds) ? null : milliseconds
}

/** Where a unit is on its way through a restart. */
export type RestartStage =
  /** A job, or a change of state, goes on. */
  | 'waiting'
  /** It runs since the restart, or has done its work. */
  | 'done'
  | 'failed'
  /** It failed, and systemd starts it again by itself (`Restart=`). */
  | 'starting-again'
  /** It is not active, and did not fail: a condition was not met, or it ended by itself. */
  | 'stopped'
  /** Nothing has happened to it. */
  | 'untouched'

/**
 * The states between two starts of `Restart=`, of which 254 brought more (`auto-restart-queued`,
 * `failed-before-auto-restart`).
 */
const BETWEEN_STARTS = /auto-restart/

/** Says whether nothing of a unit runs: it is down, or waits to be started again (`Restart=`). */
export function isDown({ activeState, subState }: UnitProgress): boolean {
  return activeState === 'failed' || activeState === 'inactive' || BETWEEN_STARTS.test(subState)
}

const CHANGING: ReadonlySet<string> = new Set(
  'activating deactivating reloading refreshing maintenance'.split(' '),
)

/**
 * Returns where a unit is on its way through a restart. A unit that dies right behind its start is
 * `done` for a moment, so the caller looks once more a little later.
 *
 * The invocation tells a start from another (`unit_acquire_invocation_id` of src/core/unit.c), but
 * a start that systemd gives up before it begins has none: the limit of starts, or a condition.
 *
 * @param before the unit before the restart
 * @param earlier an answer of some seconds ago: a unit that `Restart=` started again is done when
 *   it has run from then to now; `null` where there is none
 */
export function stageOf(
  before: UnitProgress,
  now: UnitProgress,
  earlier: UnitProgress | null = null,
): RestartStage {
  const isSame = now.invocation === before.invocation
  if (isSame && now.job !== null) return 'waiting'
  if (isSame && now.activeState === before.activeState && isUnchanged(before, now))
    return 'untouched'
  if (BETWEEN_STARTS.test(now.subState)) return 'starting-again'
  const hasFailed = now.activeState === 'failed' && now.job === null
  if (!hasFailed && isStartedAgain(before, now))
    return hasLasted(earlier, now) ? 'done' : 'starting-again'
  if (now.job !== null || CHANGING.has(now.activeState)) return 'waiting'
  if (hasFailed) return 'failed'
  if (now.activeState === 'active') return 'done'
  return !isSame && now.type === 'oneshot' && now.result === 'success' ? 'done' : 'stopped'
}

/** A reload changes the time of an active unit, too, so it counts for the others only. */
function isUnchanged(before: UnitProgress, now: UnitProgress): boolean {
  return now.activeState === 'active' || now.changedAt === before.changedAt
}

/**
 * A manual start sets `NRestarts=` to 0, but not where the unit was between two starts
 * (`flush_n_restarts` of src/core/service.c).
 */
function isStartedAgain(before: UnitProgress, now: UnitProgress): boolean {
  return now.restarts > 0 && now.restarts !== before.restarts
}

function hasLasted(earlier: UnitProgress | null, now: UnitProgress): boolean {
  return (
    earlier?.activeState === 'active' &&
    now.activeState === 'active' &&
    earlier.invocation === now.invocation
  )
}
