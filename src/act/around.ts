import type { Around } from '../core/act/around.ts'
import type { UnitProgress } from '../core/act/progress.ts'
import { lifelineRule, SHIPPED_TABLES } from '../core/advice/sensitive-units.ts'
import type { MachineLook } from './desk.ts'
import type { OpenManager } from './open.ts'
import type { Meant } from './wanted.ts'

/** Returns what a person reads beside a plan. */
export async function aroundPlan(
  { current }: Meant,
  { report, world }: MachineLook,
  { acting, isOfUser }: OpenManager,
): Promise<Around> {
  const { reboot, canSoftReboot, isRoot, limits } = report
  const states = current.length === 0 ? null : await acting.progress(current)
  const notRunning = current.filter((unit) => isDown(states?.get(unit)))
  const isSoft = !isOfUser && canSoftReboot && reboot.needed === 'soft'
  return {
    reboot,
    canSoftReboot,
    isRoot,
    limits,
    hidden: hiddenIn(report),
    isRebootSimpler: !isOfUser && report.summary.simpler !== null,
    isPacmanAtWork: await world.packages.isAtWork(),
    current: current.filter((unit) => !notRunning.includes(unit)),
    notRunning,
    survivors: isSoft ? await acting.survivors() : null,
    isRemote: isRemote(world),
  }
}

function isDown(state: UnitProgress | undefined): boolean {
  return state?.activeState === 'failed' || state?.activeState === 'inactive'
}

/** Returns the number of findings that rules of the configuration hide. */
export function hiddenIn({ ignored }: MachineLook['report']): number {
  return ignored.reduce((sum, { findings }) => sum + findings, 0)
}

/** Says whether the caller came in through a server of remote logins, which may break off. */
function isRemote({ self }: MachineLook['world']): boolean {
  const above = self === null ? [] : [...self.ancestors.values()]
  return above.some(
    ({ unit, kind }) => unit !== null && lifelineRule(SHIPPED_TABLES, unit, kind)?.role === 'login',
  )
}
