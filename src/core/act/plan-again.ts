import type { Printable } from '../printable.ts'
import type { Finding } from '../report/report.ts'
import type { Left, Plan, Planned } from './plan.ts'

/** Returns a text that is equal where a restart costs the same: the same guests and logins. */
function costOf({ rule, cautions }: Finding): string {
  const costs = cautions.filter(({ blocking }) => blocking)
  return JSON.stringify([rule, ...costs.map(({ code, detail }) => [code, detail])])
}

/**
 * Returns the part of a plan that was shown which is still right, and the units that are not:
 * they were restarted meanwhile, or a rule that was not shown speaks against it now. Those that
 * use old code all the same are left alone.
 */
export function planAgain(
  shown: Plan,
  now: Plan,
): { readonly plan: Plan; readonly changed: readonly Printable[] } {
  const planned = (unit: string) => now.units.find((one) => one.unit === unit)
  const isStillRight = ({ unit, finding }: Planned) => {
    const is = planned(unit)
    return is !== undefined && (is.isSafe || costOf(is.finding) === costOf(finding))
  }
  const units = shown.units.filter(isStillRight)
  const changed = shown.units.filter((one) => !isStillRight(one)).map(({ unit }) => unit)
  const costs = changed.flatMap((unit): readonly Left[] => {
    const is = planned(unit)
    return is === undefined ? [] : [{ unit, finding: is.finding, code: 'costs' }]
  })
  const manager = shown.manager && now.manager
  const left = [...now.left, ...costs]
  const isReloaded = shown.isReloaded && now.isReloaded
  return { plan: { ...shown, units, left, manager, isReloaded }, changed }
}
