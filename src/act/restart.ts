import { isDefaultYes } from '../core/act/checked.ts'
import { exitStatusOfLeft } from '../core/act/outcome.ts'
import { isNothing } from '../core/act/plan.ts'
import { EXIT } from '../core/exit.ts'
import { planLines } from '../render/act/plan.ts'
import { dryRunText, saidNoText } from '../render/act/problems.ts'
import { restartQuestion } from '../render/act/question.ts'
import { aroundPlan } from './around.ts'
import { carryOut } from './carry-out.ts'
import type { Desk, RestartCommand } from './desk.ts'
import { locked, mustBeBooted, openManager } from './open.ts'
import { planFor } from './plan-for.ts'
import { wantedOf } from './wanted.ts'

/**
 * Runs `stale-libs restart`: shows the plan, asks, restarts, and looks again.
 *
 * @returns the exit status
 * @throws {RequestError} when the command line asks for what cannot be
 * @throws {StaleLibsError} when systemd cannot be asked
 */
export async function restartCommand(command: RestartCommand, desk: Desk): Promise<number> {
  const manager = openManager(command, desk)
  const look = await desk.look()
  mustBeBooted(look.world.machine.isBooted(), 'restart')
  const meant = await wantedOf(
    { ...command, verb: 'restart' },
    command.isUser,
    manager.acting,
    look,
  )
  const { plan } = await planFor(meant, look, manager)
  manager.tell(planLines(plan, await aroundPlan(meant, look, manager), manager.screen))
  if (isNothing(plan)) return exitStatusOfLeft(plan)
  if (command.isDryRun) {
    manager.tell([dryRunText('restart')])
    return EXIT.looked
  }
  if (!manager.isAgreed(restartQuestion(plan, manager.screen), isDefaultYes(plan))) {
    manager.tell([saidNoText('restart')])
    return EXIT.looked
  }
  return await locked(manager, command.waitSeconds, async () => {
    // Nothing is done that was not shown, or that has changed since: by another restart, too.
    const now = { meant, look: await desk.look(), command, desk, manager }
    return await carryOut(plan, now)
  })
}
