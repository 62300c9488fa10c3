import type { World } from '../io/world.ts'
import { limitOf } from './stage.ts'
import type { Stage } from './stage.ts'

/**
 * Says whether pacman may have changed anything since the boot. If it has not, the later stages ask
 * pacman and systemd only where a process is stale.
 *
 * @param bootSeconds seconds since 1970 at which the machine booted; `null` when not known
 */
export async function mayHaveChanged(
  { packages }: World,
  bootSeconds: number | null,
): Promise<Stage<boolean>> {
  const { value, limit } = await packages.mayHaveChangedSince(bootSeconds)
  return { value, limits: limitOf(limit, 0) }
}
