import { endsOf, exitStatusOfOutcome, isManagerOldIn, memoryAfter } from '../core/act/outcome.ts'
import type { Outcome } from '../core/act/outcome.ts'
import { isDefaultYes } from '../core/act/checked.ts'
import { isNothing, oldUnits, planAgain, planOf } from '../core/act/plan.ts'
import type { Plan } from '../core/act/plan.ts'
import { EXIT } from '../core/exit.ts'
import type { Printable } from '../core/printable.ts'
import { ignoreHangups, onInterrupt } from '../io/act/terminal.ts'
import { StaleLibsError } from '../io/error.ts'
import { outcomeLines } from '../render/act/outcome.ts'
import { planLines } from '../render/act/plan.ts'
import { changedLines, dryRunText, saidNoText } from '../render/act/problems.ts'
import { restartQuestion } from '../render/act/question.ts'
import { aroundPlan } from './around.ts'
import type { Desk, MachineLook, RestartCommand } from './desk.ts'
import { extrasOf } from './extras.ts'
import { openProgress } from './tell-progress.ts'
import { locked, mustBeBooted, openManager } from './open.ts'
import type { OpenManager } from './open.ts'
import { wantedOf } from './wanted.ts'
import type { Meant } from './wanted.ts'
import { watch } from './watch.ts'

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
  manager.tell(planLines(plan, await aroundPlan(meant, look, manager), manager.isSudo))
  if (isNothing(plan)) return statusOfLeft(plan)
  if (command.isDryRun) {
    manager.tell([dryRunText('restart')])
    return EXIT.looked
  }
  if (!manager.isAgreed(restartQuestion(plan), isDefaultYes(plan))) {
    manager.tell([saidNoText('restart')])
    return EXIT.looked
  }
  return await locked(manager, command.waitSeconds, async () => {
    // Nothing is done that was not shown, or that has changed since: by another restart, too.
    const now = { meant, look: await desk.look(), command, desk, manager }
    return await carryOut(plan, now)
  })
}

type Work = {
  readonly meant: Meant
  readonly look: MachineLook
  readonly command: RestartCommand
  readonly desk: Desk
  readonly manager: OpenManager
}

/** Returns the exit status for what is left alone: it was named, or a restart did not clear it. */
function statusOfLeft({ left, isNamed }: Plan): number {
  const staysOld = left.some(({ code }) => code === 'renewed' || (isNamed && code !== 'excepted'))
  return staysOld ? EXIT.unfinished : EXIT.looked
}

async function planFor(
  { wanted }: Meant,
  { report }: MachineLook,
  { acting, memory, uid }: OpenManager,
) {
  const units = [...new Set(oldUnits(report, wanted.isOfUser))]
  const states = units.length === 0 ? new Map() : await acting.progress(units)
  if (states === null) throw new StaleLibsError('Cannot ask systemd about the units: no answer')
  return { plan: planOf(report, wanted, uid, states, memory.read()), states }
}

/** Does what a plan says, and returns the exit status. */
async function carryOut(shown: Plan, work: Work): Promise<number> {
  const { meant, look, manager, desk } = work
  const { plan: now, states: before } = await planFor(meant, look, manager)
  const { plan, changed } = planAgain(shown, now)
  if (changed.length > 0) manager.tell(changedLines(changed))
  if (isNothing(plan)) {
    manager.tell([saidNoText('restart')])
    return statusOfLeft(plan)
  }
  const failedBefore = await manager.acting.failed()
  const beganAt = Math.floor(Date.now() / 1000)
  const messages = await act(plan, manager)
  const watched = await watchUnits(plan, before, work)
  manager.dialog.clearStatus()
  const again = watched.why === 'interrupted' ? null : await lookAgain(desk)
  const failedNow = await manager.acting.failed()
  const outcome: Outcome = {
    ends: endsOf(plan, before, watched.states, watched, again?.report ?? null),
    alsoFailed: newlyFailed(failedBefore, failedNow, plan),
    isManagerOld: isManagerOldIn(plan, again?.report ?? null),
    isLookedAgain: again !== null,
    watched: watched.why,
  }
  rememberNotCleared(outcome, manager)
  const units = await extrasOf(plan, outcome, { beganAt, messages, look, manager })
  manager.tell(
    outcomeLines(plan, outcome, { units, looked: again?.report ?? null, isSudo: manager.isSudo }),
  )
  return Math.max(statusOfLeft(plan), exitStatusOfOutcome(plan, outcome))
}

/** Asks systemd for it all. From here on a cut connection ends nothing. */
async function act(plan: Plan, { acting }: OpenManager): Promise<readonly Printable[]> {
  ignoreHangups()
  const failure =
    (plan.manager ? await acting.reexecute() : null) ??
    (plan.isReloaded ? await acting.reload() : null)
  if (failure !== null) throw new StaleLibsError(`Cannot restart anything: ${failure}`)
  // systemctl runs in the group of the caller, and may end with it before it has asked for all.
  const units = plan.units.toSorted((a, b) => Number(a.endsCaller) - Number(b.endsCaller))
  return units.length === 0 ? [] : await acting.restart(units.map(({ unit }) => unit))
}

const NOTHING_WATCHED = {
  states: new Map(),
  settled: null,
  ran: new Set<string>(),
  why: 'to-the-end',
} as const

async function watchUnits(plan: Plan, before: Parameters<typeof endsOf>[1], work: Work) {
  const { manager, command } = work
  const units = plan.units.map(({ unit }) => unit)
  if (units.length === 0) return NOTHING_WATCHED
  let isInterrupted = false
  const progress = openProgress(manager, units.length)
  const takeBack = onInterrupt(() => (isInterrupted = true))
  try {
    return await watch(units, {
      acting: manager.acting,
      before,
      waitMs: command.waitSeconds * 1000,
      isInterrupted: () => isInterrupted,
      onProgress: progress,
    })
  } finally {
    takeBack()
  }
}

function rememberNotCleared(outcome: Outcome, { memory }: OpenManager): void {
  const before = memory.read()
  const after = memoryAfter(outcome, before)
  if (before.length + after.length > 0) memory.write(after)
}

/** Returns the second look, or `null` where it failed: what was restarted stays told. */
async function lookAgain(desk: Desk): Promise<MachineLook | null> {
  try {
    return await desk.look()
  } catch (error) {
    if (error instanceof StaleLibsError) return null
    throw error
  }
}

function newlyFailed(
  before: readonly Printable[] | null,
  after: readonly Printable[] | null,
  { units }: Plan,
): readonly Printable[] {
  if (before === null || after === null) return []
  return after.filter(
    (unit) => !before.includes(unit) && !units.some((planned) => planned.unit === unit),
  )
}
