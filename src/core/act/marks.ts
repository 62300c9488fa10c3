import type { Printable } from '../printable.ts'
import type { Marker, Marking } from '../systemd/markers.ts'
import type { Left, Plan } from './plan.ts'

/** Which units are to be marked for a later restart. Nobody is asked then, so all are safe. */
export type MarkPlan = {
  readonly isOfUser: boolean
  /** Whether the manager itself uses old code and can re-execute itself: it cannot be marked. */
  readonly isManagerOld: boolean
  readonly units: readonly Printable[]
  /** Of those that were named, the ones that are not safe. */
  readonly left: readonly Left[]
}

/** Returns the part of a plan that is marked for later: what is safe. */
export function markPlanOf({ units, left, isOfUser, manager }: Plan): MarkPlan {
  const costs = units.filter(({ isSafe }) => !isSafe)
  return {
    isOfUser,
    isManagerOld: manager !== null,
    units: units.filter(({ isSafe }) => isSafe).map(({ unit }) => unit),
    left: [
      ...left,
      ...costs.map(({ unit, finding }) => ({ unit, finding, code: 'costs' as const })),
    ],
  }
}

/** A marked unit, and what its markers lead to. */
export type Mark = {
  readonly unit: Printable
  readonly markers: readonly Marker[]
  readonly job: Marking['job']
}
