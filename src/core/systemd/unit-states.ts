import { printable } from '../printable.ts'
import type { Printable } from '../printable.ts'
import { firstValue, parsePropertyBlocks } from './property-blocks.ts'
import type { PropertyBlock } from './property-blocks.ts'
import { isUnitName } from './unit-name.ts'

/** A unit that runs or has failed. */
export type ListedUnit = { readonly unit: string; readonly isFailed: boolean }

/** The state of a unit that runs or has failed. */
export type UnitState = Pick<ListedUnit, 'isFailed'> & {
  readonly unit: Printable
  /** `Result=`: why it failed (systemd.service(5), `$SERVICE_RESULT`). */
  readonly result: Printable
  /** `BusName=`; empty where the unit promises no name. */
  readonly busName: Printable
  /** Seconds since 1970 at which the unit reached its state; `null` when not known. */
  readonly since: number | null
}

/**
 * Reads the output of `systemctl list-units --plain --no-legend`: `UNIT LOAD ACTIVE SUB
 * DESCRIPTION`. The names are given back to systemctl, so a text that cannot be the name of a unit
 * is left out.
 */
export function parseListedUnits(text: string): readonly ListedUnit[] {
  return text.split('\n').flatMap((line) => {
    const [, unit, state] = /^([\w:.@\\-]+\.[a-z]+) +\S+ +(\S+) /.exec(line) ?? []
    return unit === undefined ? [] : [{ unit, isFailed: state === 'failed' }]
  })
}

/** The properties that systemctl is asked for. */
export const STATE_PROPERTIES = [
  'Id',
  'ActiveState',
  'Result',
  'BusName',
  'StateChangeTimestamp',
  'ActiveEnterTimestamp',
] as const

/**
 * The form of `Result=`: `service_result_table` of systemd's src/core/service.c, and those of other
 * unit types.
 */
const RESULT = /^[a-z-]{1,40}$/
/** The form of a name on the bus (D-Bus Specification, "Bus names"). */
const BUS_NAME = /^[A-Za-z0-9_.-]{1,255}$/

/**
 * Returns the running services and the failed units, in the order of systemd.
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
    result: printable(RESULT.exec(value('Result'))?.[0] ?? ''),
    busName: printable(BUS_NAME.exec(value('BusName'))?.[0] ?? ''),
    since: seconds === undefined ? null : Number(seconds),
  }
}
