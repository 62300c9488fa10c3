import type { AfterEffect } from './report.ts'
import type { UnitState } from '../systemd/unit-states.ts'

/** What the running system said of its services. */
export type ServiceStates = {
  /** Seconds since 1970. */
  readonly at: number
  readonly units: readonly UnitState[]
  /** The names on the system bus; `null` where there is no bus, or the bus did not answer. */
  readonly busNames: readonly string[] | null
  readonly isBusSilent: boolean
}

/** A service may report that it is ready before it has its name. */
const SECONDS_TO_TAKE_A_NAME = 5

/** The units of the bus. Their restart takes the names of all services on the bus. */
export const BUS_UNITS: ReadonlySet<string> = new Set(['dbus.service', 'dbus-broker.service'])

/**
 * Returns the effects of a transaction by unit: the units that failed since it began, and the units
 * that run without their name on the bus.
 *
 * @param transactionStart seconds since 1970; `null` when none is known, and then no failure counts
 * @param isOnlyOfIt whether names that may have been lost before the transaction are left out
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

/** Returns the units that have run for long enough without having their name. */
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
