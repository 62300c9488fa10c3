import type { StaleProcess } from '../core/advice/stale-process.ts'
import type { Config } from '../core/config/config.ts'
import type { World } from '../io/world.ts'
import type { Stage } from './stage.ts'

/** Finds the running services whose own package changed since they started, unless the configuration forbids it. */
export async function findUpgraded(
  world: World,
  { packageUpgraded }: Config,
  bootSeconds: number | null,
): Promise<Stage<readonly StaleProcess[]>> {
  if (bootSeconds === null || packageUpgraded === false) return NONE_UPGRADED
  const { processes, limits } = await world.upgradedServices(bootSeconds, new Date())
  return { value: processes, limits }
}

export const NONE_UPGRADED: Stage<readonly StaleProcess[]> = { value: [], limits: [] }
