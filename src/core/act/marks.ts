import type { Printable } from '../printable.ts'
import type { Marker, Marking } from '../systemd/markers.ts'
import type { Finding, Report } from '../report/report.ts'
import { planOf } from './plan.ts'
import type { Left, Wanted } from './plan.ts'

/** Which units are to be marked for a later restart. Nobody is asked then, so all are safe. */
export type MarkPlan = {
  readonly isOfUser: boolean
  /** Whether the manager itself uses old code and can re-execute itself: it cannot be marked. */
  readonly isManagerOld: boolean
  readonly units: readonly Printable[]
  /** Of those that were named, the ones that are not safe. */
  readonly left: readonly Left[]
}

/** Returns the plan that marks units: see `planOf`. */
export function markPlanOf(
  report: Pick<Report, 'findings'>,
  wanted: Wanted,
  uid: number,
  states: Parameters<typeof planOf>[3],
  remembered: Parameters<typeof planOf>[4] = [],
): MarkPlan {
  const { units, left, isOfUser, manager } = planOf(report, wanted, uid, states, remembered)
  const isSafe = ({ isSafe: safe }: { readonly isSafe: boolean }) => safe
  const costs = ({ unit, finding }: { readonly unit: Printable; readonly finding: Finding }) => ({
    unit,
    finding,
    code: 'costs' as const,
  })
  return {
    isOfUser,
    isManagerOld: manager !== null,
    units: units.filter(isSafe).map(({ unit }) => unit),
    left: [...left, ...units.filter((one) => !one.isSafe).map(costs)],
  }
}

/** A marked unit, and what its markers lead to. */
export type Mark = {
  readonly unit: Printable
  readonly markers: readonly Marker[]
  readonly job: Marking['job']
}
