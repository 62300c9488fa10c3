import type { Around } from '../core/act/around.ts'
import { isDown } from '../core/act/progress.ts'
import { lifelineRule, SHIPPED_TABLES } from '../core/advice/sensitive-units.ts'
import type { MachineLook } from './desk.ts'
import type { OpenManager } from './open.ts'
import type { Meant } from './wanted.ts'

/** Returns what a person reads beside a plan. */
export async function aroundPlan(
  meant: Meant,
  { report, world }: MachineLook,
  manager: OpenManager,
): Promise<Around> {
  const { reboot, canSoftReboot, isRoot, limits } = report
  const { acting, isOfUser } = manager
  const isSoft = !isOfUser && canSoftReboot && reboot.needed === 'soft'
  return {
    reboot,
    canSoftReboot,
    isRoot,
    limits,
    hidden: hiddenIn(report),
    isRebootSimpler: !isOfUser && report.summary.simpler !== null,
    isPacmanAtWork: await world.packages.isAtWork(),
    ...(await runningAmong(meant, manager)),
    survivors: isSoft ? await acting.survivors() : null,
    isRemote: isRemote(world),
  }
}

/** Returns which of the named units that use no old code run, and which do not. */
export async function runningAmong(
  { current }: Pick<Meant, 'current'>,
  { acting }: Pick<OpenManager, 'acting'>,
): Promise<Pick<Around, 'current' | 'notRunning'>> {
  const states = current.length === 0 ? null : await acting.progress(current)
  const isNotRunning = (unit: string) => {
    const state = states?.get(unit)
    return state !== undefined && isDown(state)
  }
  return {
    current: current.filter((unit) => !isNotRunning(unit)),
    notRunning: current.filter(isNotRunning),
  }
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
