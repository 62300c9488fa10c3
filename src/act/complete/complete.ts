import { allOldUnits, planOf } from '../../core/act/plan.ts'
import type { Plan } from '../../core/act/plan.ts'
import { withAllCosts } from '../../core/act/when-named.ts'
import {
  offersToClear,
  offersToExplain,
  offersToMark,
  offersToRestart,
} from '../../core/complete/offers.ts'
import type { Offer } from '../../core/complete/offers.ts'
import { EXIT } from '../../core/exit.ts'
import { openActing } from '../../io/act/acting.ts'
import { openMemory } from '../../io/act/memory.ts'
import { write } from '../../io/write.ts'
import { written } from '../../render/door.ts'
import { renderOffers } from '../../render/offers.ts'
import type { CompleteCommand, Desk, MachineLook } from '../desk.ts'
import { planFor } from '../plan-for.ts'

/**
 * Runs `stale-libs --complete`: writes the names that a command takes now, and what is old of each.
 * It asks systemd, and acts on nothing.
 *
 * @returns the exit status
 * @throws {StaleLibsError} when systemd gives no answer
 */
export async function completeCommand(command: CompleteCommand, desk: Desk): Promise<number> {
  const look = await desk.look()
  write(written(renderOffers(await offersFor(command, desk, look))))
  return EXIT.looked
}

async function offersFor(
  { command, isUser, options }: CompleteCommand,
  desk: Desk,
  look: MachineLook,
): Promise<readonly Offer[]> {
  const { report, world } = look
  if (command === 'explain') return offersToExplain(report)
  const uid = world.uid ?? desk.uid
  // Root restarts no services of users, and nobody restarts anything without systemd.
  if ((isUser && uid === 0) || !world.machine.isBooted()) return []
  const isHere = options.from === null && world.uid !== null
  const acting = isHere ? openActing(isUser ? uid : 'system') : null
  if (command === 'clear') return offersToClear((await acting?.marks()) ?? [], report.findings)
  const plan = await planOfAll({ isUser, uid }, look, acting)
  const offersTo = command === 'restart' ? offersToRestart : offersToMark
  return offersTo(plan, report.findings)
}

/**
 * Returns the plan for all old units of a manager, as if each was named.
 *
 * @param acting the manager; `null` where the look was at another machine
 */
async function planOfAll(
  { isUser, uid }: { readonly isUser: boolean; readonly uid: number },
  look: MachineLook,
  acting: ReturnType<typeof openActing> | null,
): Promise<Plan> {
  const named = new Set<string>(allOldUnits(look.report, isUser))
  const wanted = { named, except: new Set<string>(), isOfUser: isUser }
  if (acting === null) return planOf({ findings: withAllCosts(look) }, wanted, uid, new Map())
  const memory = openMemory(isUser ? uid : 'system')
  return (await planFor({ wanted }, look, { acting, memory, uid })).plan
}
