import { firstValue, parsePropertyBlocks } from './property-blocks.ts'
import type { PropertyBlock } from './property-blocks.ts'
import { isUnitName } from './unit-name.ts'

/** A unit that runs or has failed. */
export type ListedUnit = { readonly unit: string; readonly isFailed: boolean }

/** What systemd says of a unit that runs or has failed. */
export type UnitState = ListedUnit & {
  /** `Result=`: why it failed (systemd.service(5), `$SERVICE_RESULT`). */
  readonly result: string
  /** `BusName=`; empty where it promises none. */
  readonly busName: string
  /** Seconds since 1970 at which it reached the state that it is in; `null` when not known. */
  readonly since: number | null
}

/**
 * Reads the output of `systemctl list-units --plain --no-legend`: `UNIT LOAD ACTIVE SUB
 * DESCRIPTION`. The name goes back to systemctl as it is, so what cannot be a unit's name is left
 * out.
 */
export function parseListedUnits(text: string): readonly ListedUnit[] {
  return text.split('\n').flatMap((line) => {
    const [, unit, state] = /^([\w:.@\\-]+\.[a-z]+) +\S+ +(\S+) /.exec(line) ?? []
    return unit === undefined ? [] : [{ unit, isFailed: state === 'failed' }]
  })
}

/** What is asked of each unit. */
export const STATE_PROPERTIES = [
  'Id',
  'ActiveState',
  'Result',
  'BusName',
  'StateChangeTimestamp',
  'ActiveEnterTimestamp',
] as const

/** `service_result_table` of systemd's src/core/service.c, and its like. */
const RESULT = /^[a-z-]{1,40}$/
/** D-Bus Specification, "Bus names". */
const BUS_NAME = /^[A-Za-z0-9_.-]{1,255}$/

/**
 * Returns the services that run and the units that failed, sorted as systemd has them.
 *
 * Reads the output of `systemctl show --timestamp=unix --property=...`: times are `@SECONDS`.
 */
export function parseUnitStates(text: string): readonly UnitState[] {
  return parsePropertyBlocks(text).flatMap((block) => stateOf(block) ?? [])
}

function stateOf(block: PropertyBlock): UnitState | null {
  const value = (name: (typeof STATE_PROPERTIES)[number]) => firstValue(block, name)
  const [unit, state] = [value('Id'), value('ActiveState')]
  if (!isUnitName(unit) || (state !== 'active' && state !== 'failed')) return null
  const isFailed = state === 'failed'
  const time = value(isFailed ? 'StateChangeTimestamp' : 'ActiveEnterTimestamp')
  const [, seconds] = /^@(\d{1,12})/.exec(time) ?? []
  return {
    unit,
    isFailed,
    result: RESULT.exec(value('Result'))?.[0] ?? '',
    busName: BUS_NAME.exec(value('BusName'))?.[0] ?? '',
    since: seconds === undefined ? null : Number(seconds),
  }
}
