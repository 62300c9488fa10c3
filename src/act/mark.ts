import { markPlanOf } from '../core/act/marks.ts'
import { EXIT } from '../core/exit.ts'
import type { Mark } from '../core/act/marks.ts'
import { markedCommand } from '../core/systemd/markers.ts'
import { compareText } from '../core/printable.ts'
import type { Printable } from '../core/printable.ts'
import type { Refusal } from '../io/act/acting.ts'
import { StaleLibsError } from '../io/error.ts'
import { clearedLines, markedLines, markListLines, markPlanLines } from '../render/act/marks.ts'
import type { Firing } from '../render/act/marks.ts'
import { dryRunText, saidNoText } from '../render/act/problems.ts'
import { markQuestion } from '../render/act/question.ts'
import { hiddenIn, runningAmong } from './around.ts'
import type { Desk, MachineLook, MarkCommand } from './desk.ts'
import { mustBeBooted, openManager } from './open.ts'
import type { OpenManager } from './open.ts'
import { planFor } from './plan-for.ts'
import { wantedOf } from './wanted.ts'

/**
 * Runs `stale-libs mark`: sets, takes back or lists the marks by which systemd restarts units
 * later.
 *
 * @returns the exit status
 * @throws {RequestError} when the command line asks for what cannot be
 * @throws {StaleLibsError} when systemd cannot be asked
 */
export async function markCommand(command: MarkCommand, desk: Desk): Promise<number> {
  const manager = openManager(command, desk)
  const look = await desk.look()
  mustBeBooted(look.world.machine.isBooted(), 'mark')
  if (command.verb === 'list') return await list(look, manager)
  return command.verb === 'clear'
    ? await clear(command, look, manager)
    : await set(command, look, manager)
}

async function set(command: MarkCommand, look: MachineLook, manager: OpenManager): Promise<number> {
  const { acting, isOfUser } = manager
  const names = { verb: 'mark', units: command.units, except: [] } as const
  const meant = await wantedOf(names, isOfUser, acting, look)
  const { wanted } = meant
  const plan = markPlanOf((await planFor(meant, look, manager)).plan)
  const status = wanted.named !== null && plan.left.length > 0 ? EXIT.unfinished : EXIT.looked
  const { limits } = look.report
  const hidden = hiddenIn(look.report)
  const around = { ...(await runningAmong(meant, manager)), limits, hidden }
  manager.tell(markPlanLines(plan, around, await firing(look, manager), manager.screen))
  if (plan.units.length === 0) return status
  if (command.isDryRun) {
    manager.tell([dryRunText('mark')])
    return EXIT.looked
  }
  if (!manager.isAgreed(markQuestion(plan.units, manager.screen), true)) {
    manager.tell([saidNoText('mark')])
    return EXIT.looked
  }
  const refused = await acting.mark(plan.units, true)
  manager.tell(
    markedLines(unitsBut(plan.units, refused), toldOf(refused), isOfUser, manager.screen),
  )
  return refused.length > 0 ? EXIT.unfinished : status
}

async function clear(
  command: MarkCommand,
  look: MachineLook,
  manager: OpenManager,
): Promise<number> {
  const { acting, isOfUser } = manager
  const names = { verb: 'mark', units: command.units, except: [] } as const
  const { wanted } = await wantedOf(names, isOfUser, acting, look)
  const marked = await marksOf(manager)
  const units = marked
    .filter(({ markers }) => markers.includes('needs-restart'))
    .flatMap(({ unit }) => (wanted.named === null || wanted.named.has(unit) ? [unit] : []))
  const refused = command.isDryRun || units.length === 0 ? [] : await acting.mark(units, false)
  manager.tell(
    clearedLines(unitsBut(units, refused), toldOf(refused), command.isDryRun, manager.screen),
  )
  return refused.length > 0 ? EXIT.unfinished : EXIT.looked
}

async function list(look: MachineLook, manager: OpenManager): Promise<number> {
  manager.tell(markListLines(await marksOf(manager), await firing(look, manager), manager.screen))
  return EXIT.looked
}

async function marksOf({ acting }: OpenManager): Promise<readonly Mark[]> {
  const marks = await acting.marks()
  if (marks === null) throw new StaleLibsError('Cannot ask systemd about marks: no answer')
  return marks.toSorted((a, b) => compareText(a.unit, b.unit))
}

/** Returns what runs the jobs of marked units. */
async function firing({ world }: MachineLook, { isOfUser }: OpenManager): Promise<Firing> {
  return {
    command: markedCommand(await world.systemctl.version(), isOfUser),
    isAtUpgrade: !isOfUser && world.machine.hasMarkingHook(),
  }
}

function unitsBut(units: readonly Printable[], refused: readonly Refusal[]): readonly Printable[] {
  return units.filter((unit) => !refused.some((one) => one.unit === unit))
}

function toldOf(refused: readonly Refusal[]) {
  return refused.map(({ unit, why }) => ({ unit, messages: why === null ? [] : [why] }))
}
