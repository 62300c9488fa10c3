import type { AfterEffect } from './report.ts'
import { isUnitName } from '../systemd/unit-name.ts'

/** What systemd says of a unit that runs or has failed. */
export type UnitState = {
  readonly unit: string
  readonly isFailed: boolean
  /** `Result=`: why it failed (systemd.service(5), `$SERVICE_RESULT`). */
  readonly result: string
  /** `BusName=`; empty where it promises none. */
  readonly busName: string
  /** Seconds since 1970 at which it reached the state that it is in; `null` when not known. */
  readonly since: number | null
}

/** What the running system was asked. */
export type ServiceStates = {
  /** Seconds since 1970. */
  readonly at: number
  readonly units: readonly UnitState[]
  /** The names on the system bus; `null` where there is no bus, or it gave no answer. */
  readonly busNames: readonly string[] | null
  readonly isBusSilent: boolean
}

/** A service may say that it is ready before it has its name. */
const SECONDS_TO_TAKE_A_NAME = 5

/** Whoever restarts the bus takes the name of everything that is on it. */
export const BUS_UNITS: ReadonlySet<string> = new Set(['dbus.service', 'dbus-broker.service'])

/**
 * Returns what is broken since a transaction, by unit: what failed since it began, and what runs without
 * its name on the bus.
 *
 * @param transactionStart seconds since 1970; `null` when none is known: then no failure is laid at its door
 * @param isOnlyOfIt whether names that may have been lost before it are left out
 */
export function afterEffectsOf(
  states: ServiceStates,
  transactionStart: number | null,
  isOnlyOfIt: boolean,
): readonly AfterEffect[] {
  const busSince = states.units.find(({ unit }) => BUS_UNITS.has(unit))?.since ?? null
  const isOfIt = (since: number | null) =>
    transactionStart !== null && since !== null && since >= transactionStart
  const failed = states.units
    .filter(({ isFailed, since }) => isFailed && isOfIt(since))
    .map(({ unit, result }) => ({ code: 'failed' as const, unit, result }))
  const lost = withoutBusName(states)
    .filter(({ since }) => !isOnlyOfIt || isOfIt(since) || isOfIt(busSince))
    .map(({ unit, busName }) => ({ code: 'bus-name-lost' as const, unit, busName }))
  return [...failed, ...lost]
}

/** Returns the units that have run for long enough and do not have their name. */
export function withoutBusName({ at, units, busNames }: ServiceStates): readonly UnitState[] {
  if (busNames === null) return []
  const taken = new Set(busNames)
  return units.filter(
    ({ isFailed, busName, since }) =>
      !isFailed &&
      busName !== '' &&
      !taken.has(busName) &&
      since !== null &&
      since + SECONDS_TO_TAKE_A_NAME <= at,
  )
}

/** A unit that runs or has failed. */
export type ListedUnit = { readonly unit: string; readonly isFailed: boolean }

/**
 * Reads the output of `systemctl list-units --plain --no-legend`: `UNIT LOAD ACTIVE SUB DESCRIPTION`.
 * The name goes back to systemctl as it is, so what cannot be a unit's name is left out.
 */
export function parseUnitList(text: string): readonly ListedUnit[] {
  return text.split('\n').flatMap((line) => {
    const [, unit, state] = /^([\w:.@\\-]+\.[a-z]+) +\S+ +(\S+) /.exec(line) ?? []
    return unit === undefined ? [] : [{ unit, isFailed: state === 'failed' }]
  })
}

/** Returns the names that the text of a unit file gives for `BusName=`; one with a specifier is left as it is. */
export function busNamesIn(unitFile: string): readonly string[] {
  return [...unitFile.matchAll(/^[ \t]*BusName[ \t]*=[ \t]*(\S+)/gm)].map(([, name = '']) => name)
}

export const STATE_PROPERTIES = [
  'Id',
  'ActiveState',
  'Result',
  'BusName',
  'StateChangeTimestamp',
  'ActiveEnterTimestamp',
] as const

/**
 * Returns the services that run and the units that failed, sorted as systemd has them.
 *
 * Reads the output of `systemctl show --timestamp=unix --property=...`: `Key=value` lines in any order, a
 * blank line between units, times as `@SECONDS`.
 */
export function parseUnitStates(text: string): readonly UnitState[] {
  return text.split('\n\n').flatMap((block): readonly UnitState[] => {
    const value = (name: (typeof STATE_PROPERTIES)[number]) =>
      new RegExp(`^${name}=(.*)$`, 'm').exec(block)?.[1] ?? ''
    const [unit, state] = [value('Id'), value('ActiveState')]
    if (!isUnitName(unit) || (state !== 'active' && state !== 'failed')) return []
    const isFailed = state === 'failed'
    const [, seconds] =
      /^@(\d{1,12})/.exec(value(isFailed ? 'StateChangeTimestamp' : 'ActiveEnterTimestamp')) ?? []
    return [
      {
        unit,
        isFailed,
        result: RESULT.exec(value('Result'))?.[0] ?? '',
        busName: BUS_NAME.exec(value('BusName'))?.[0] ?? '',
        since: seconds === undefined ? null : Number(seconds),
      },
    ]
  })
}

/** `service_result_table` of systemd's src/core/service.c, and its like. */
const RESULT = /^[a-z-]{1,40}$/
/** D-Bus Specification, "Bus names". */
const BUS_NAME = /^[A-Za-z0-9_.-]{1,255}$/

/** Reads what `busctl --json=short call ... ListNames` prints: `{"type":"as","data":[[...]]}`; or `null`. */
export function parseBusNames(text: string): readonly string[] | null {
  try {
    const answer: unknown = JSON.parse(text)
    const [names] = (answer as { readonly data: readonly unknown[] }).data
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : null
  } catch {
    return null
  }
}

/**
 * Returns when the last transaction in a piece of pacman.log began, in seconds since 1970, or `null`.
 *
 * `[2026-11-23T07:18:40+0000] [ALPM] transaction started`: libalpm's trans.c and log.c; the zone has no
 * colon.
 */
export function parseTransactionStart(log: string): number | null {
  const started = [
    ...log.matchAll(
      /^\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)([+-]\d\d)(\d\d)\] \[ALPM\] transaction started$/gm,
    ),
  ].at(-1)
  if (started === undefined) return null
  const milliseconds = Date.parse(`${started[1]}${started[2]}:${started[3]}`)
  return Number.isNaN(milliseconds) ? null : milliseconds / 1000
}
