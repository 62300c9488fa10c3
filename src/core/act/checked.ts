import { hidesProcesses } from '../limits.ts'
import type { Limit, LimitCode } from '../limits.ts'
import type { Plan } from './plan.ts'

/** Says whether everything was seen, so that what was not found is not there. */
export function isAllSeen(limits: readonly Limit[]): boolean {
  return !limits.some(hidesProcesses)
}

/** The limits that every look of a user has, since processes of others are not readable. */
const OF_OTHERS: ReadonlySet<LimitCode> = new Set(['maps-denied', 'processes-hidden'])

/** Says whether the reader is told that there may be more services with old code. */
export function mayBeMore(limits: readonly Limit[], isOfUser: boolean): boolean {
  return !isAllSeen(isOfUser ? limits.filter(({ code }) => !OF_OTHERS.has(code)) : limits)
}

/** Says whether a bare return at the question means yes: nothing is lost by the plan. */
export function isDefaultYes({ units }: Pick<Plan, 'units'>): boolean {
  return units.every(({ isSafe, endsCaller }) => isSafe && !endsCaller)
}
