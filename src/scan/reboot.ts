import type { Host } from '../core/machine/host.ts'
import { rebootOf } from '../core/reboot/reboot.ts'
import type { Finding, Reboot } from '../core/report/report.ts'
import type { World } from '../io/world.ts'
import { limitOf } from './stage.ts'
import type { Stage } from './stage.ts'

/**
 * Returns how much of a reboot is needed.
 *
 * @param world `null` where pacman has changed nothing since the boot: the files of the machine are
 *   not read
 */
export async function judgeReboot(
  findings: readonly Finding[],
  host: Host,
  world: World | null,
): Promise<Stage<Reboot>> {
  const facts = world === null ? null : await world.bootFacts(host)
  const { reboot, limit } = rebootOf({ ...host, facts, findings })
  return { value: reboot, limits: limitOf(limit, 1) }
}
