import {
  endsOf,
  exitStatusOfLeft,
  exitStatusOfOutcome,
  isManagerOldIn,
  memoryAfter,
  newlyFailed,
} from '../core/act/outcome.ts'
import type { Outcome, States } from '../core/act/outcome.ts'
import { isNothing } from '../core/act/plan.ts'
import { planAgain } from '../core/act/plan-again.ts'
import type { Plan } from '../core/act/plan.ts'
import type { Printable } from '../core/printable.ts'
import { onInterrupt } from '../io/act/terminal.ts'
import { StaleLibsError } from '../io/error.ts'
import { outcomeLines } from '../render/act/outcome.ts'
import { changedLines, saidNoText } from '../render/act/problems.ts'
import type { Desk, MachineLook, RestartCommand } from './desk.ts'
import { extrasOf } from './extras.ts'
import type { OpenManager } from './open.ts'
import { planFor } from './plan-for.ts'
import type { Made } from './plan-for.ts'
import { openProgress } from './tell-progress.ts'
import type { Meant } from './wanted.ts'
import { watch } from './watch.ts'
import type { Watched } from './watch.ts'

/** A restart that was agreed to, and the machine right before it. */
type Work = {
  readonly meant: Meant
  readonly look: MachineLook
  readonly command: RestartCommand
  readonly desk: Desk
  readonly manager: OpenManager
}

/** What was done, and seen meanwhile. */
type Done = Made & {
  /** What systemctl said. */
  readonly messages: readonly Printable[]
  readonly watched: Watched
  /** Seconds since 1970 at which it began. */
  readonly beganAt: number
}

/** Does what a plan says as far as it is still right, and returns the exit status. */
export async function carryOut(shown: Plan, work: Work): Promise<number> {
  const { manager } = work
  const made = await narrowed(shown, work.look, work)
  if (isNothing(made.plan)) {
    manager.tell([saidNoText('restart')])
    return exitStatusOfLeft(made.plan)
  }
  let isInterrupted = false
  const takeBack = onInterrupt(() => (isInterrupted = true))
  try {
    return await actAndTell(made, work, () => isInterrupted)
  } finally {
    takeBack()
  }
}

/** From here on neither a cut connection nor Ctrl-C ends anything but the watching. */
async function actAndTell(made: Made, work: Work, isInterrupted: () => boolean): Promise<number> {
  const { manager, desk } = work
  manager.begin()
  const failedBefore = await manager.acting.failed()
  const done = await act(made, work, isInterrupted)
  const { plan, watched } = done
  manager.dialog.clearStatus()
  const again = watched.why === 'interrupted' ? null : await lookAgain(desk)
  const failedNow = await manager.acting.failed()
  const outcome: Outcome = {
    ends: endsOf(plan, done.states, watched.states, watched, again?.report ?? null),
    alsoFailed: newlyFailed(failedBefore, failedNow, plan),
    isManagerOld: isManagerOldIn(plan, again?.report ?? null),
    isLookedAgain: again !== null,
    watched: watched.why,
  }
  rememberNotCleared(outcome, manager)
  const units = await extrasOf(plan, outcome, { ...done, look: work.look, manager })
  const looked = again?.report ?? null
  manager.tell(outcomeLines(plan, outcome, { units, looked }, manager.screen))
  return Math.max(exitStatusOfLeft(plan), exitStatusOfOutcome(plan, outcome))
}

/** Returns what is still right of a plan, and tells what is not. */
async function narrowed(shown: Plan, look: MachineLook, { meant, manager }: Work): Promise<Made> {
  const now = await planFor(meant, look, manager)
  const { plan, changed } = planAgain(shown, now.plan)
  if (changed.length > 0) manager.tell(changedLines(changed, manager.screen))
  return { plan, states: now.states }
}

async function act(made: Made, work: Work, isInterrupted: () => boolean): Promise<Done> {
  const beganAt = Math.floor(Date.now() / 1000)
  const { plan, states } = await prepare(made, work)
  // An interrupt that comes before the restart stops it, and one that comes later does not.
  const messages = isInterrupted() ? [] : await restart(plan, work.manager)
  const watched = await watchUnits(plan, states, work, isInterrupted)
  return { plan, states, messages, watched, beganAt }
}

/**
 * Lets systemd execute itself anew and read the unit files. What those say was not known before, so
 * the machine is looked at once more.
 */
async function prepare(made: Made, work: Work): Promise<Made> {
  const { plan } = made
  const { acting } = work.manager
  const failure =
    (plan.manager ? await acting.reexecute() : null) ??
    (plan.isReloaded ? await acting.reload() : null)
  if (failure !== null) throw new StaleLibsError(`Cannot restart anything: ${failure}`)
  if (!plan.isReloaded) return made
  const again = await narrowed(plan, await work.desk.look(), work)
  return { ...again, plan: { ...again.plan, manager: plan.manager } }
}

/** Asks systemd for all restarts, and returns what systemctl said. */
async function restart({ units }: Plan, { acting }: OpenManager): Promise<readonly Printable[]> {
  // systemctl runs in the group of the caller, and may end with it before it has asked for all.
  const sorted = units.toSorted((a, b) => Number(a.endsCaller) - Number(b.endsCaller))
  return units.length === 0 ? [] : await acting.restart(sorted.map(({ unit }) => unit))
}

const NOTHING_WATCHED: Watched = {
  states: new Map(),
  settled: null,
  ran: new Set(),
  why: 'to-the-end',
}

async function watchUnits(
  plan: Plan,
  before: States,
  { manager, command }: Work,
  isInterrupted: () => boolean,
): Promise<Watched> {
  const units = plan.units.map(({ unit }) => unit)
  if (units.length === 0) return NOTHING_WATCHED
  return await watch(units, {
    acting: manager.acting,
    before,
    waitMs: command.waitSeconds * 1000,
    isInterrupted,
    onProgress: openProgress(manager, units.length),
  })
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
