import type { Around } from '../../core/act/around.ts'
import type { Mark, MarkPlan } from '../../core/act/marks.ts'
import type { Left, LeftCode } from '../../core/act/plan.ts'
import { shortName } from '../../core/act/names.ts'
import { joined, say, words } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Marking } from '../../core/systemd/markers.ts'
import type { Line } from '../door.ts'
import type { PageSize } from '../width.ts'
import { rootCommand } from '../words/commands.ts'
import { commandLine, counted } from '../words/words.ts'
import { clearCommand, systemctlCommand } from './commands.ts'
import { itemsFor, whyLeft } from './costs.ts'
import { commandRows, foreign, item, heading, sentence, unitList } from './layout.ts'
import type { Screen } from './layout.ts'
import { currentLines, nothingOld, notRunningLines } from './nothing.ts'

/** What restarts the marked units of one manager. */
export type Firing = Pick<Marking, 'isAtUpgrade' | 'command'>

/** Returns which units are going to be marked, what restarts them then, and which are not. */
export function markPlanLines(
  plan: MarkPlan,
  around: Pick<Around, 'current' | 'notRunning' | 'limits' | 'hidden'>,
  firing: Firing,
  screen: Screen,
): readonly Line[] {
  const { units, left, isOfUser } = plan
  const who = units.length === 1 ? say`1 service that uses` : say`${units.length} services that use`
  const isNamed = left.length + around.current.length + around.notRunning.length > 0
  const isIdle = units.length === 0 && !isNamed
  return [
    ...(isIdle ? sentence(nothingOld(isOfUser, around), screen) : []),
    ...(units.length === 0
      ? [say`Nothing will be marked.`]
      : [
          ...heading(say`${who} old code will be marked for a restart:`, screen),
          ...item(unitList(units), screen),
          ...firingLines(firing, FOR_RESTARTS, screen),
        ]),
    ...managerLines(plan, screen),
    ...notMarkedLines(plan, screen),
    ...currentLines(around, isOfUser, screen),
    ...notRunningLines(around, isOfUser, screen),
  ]
}

/** A mark is for units that are restarted, and a manager re-executes itself. */
function managerLines({ isManagerOld, isOfUser }: MarkPlan, screen: Screen): readonly Line[] {
  if (!isManagerOld) return []
  const who = isOfUser ? say`Your manager (systemd --user)` : say`systemd itself`
  const command = systemctlCommand(isOfUser, 'daemon-reexec')
  return [
    ...sentence(say`${who} uses old code too, and cannot be marked:`, screen),
    ...commandRows(isOfUser ? command : rootCommand(screen, command), screen),
  ]
}

/** Returns what runs the jobs of marked units: pacman's hook, unattended, or a command. */
function firingLines(
  { isAtUpgrade, command }: Firing,
  { does, done, now }: FiringWords,
  screen: Screen,
): readonly Line[] {
  return [
    ...sentence(
      isAtUpgrade
        ? say`The next upgrade that touches unit files ${does}, and does not ask.`
        : say`Nothing is ${done} until somebody asks systemd for it.`,
      screen,
    ),
    ...(command === null
      ? sentence(say`No command for all marked units is known here.`, screen)
      : [say`To ${now} now:`, ...commandRows(rootCommand(screen, command), screen)]),
  ]
}

/** How a screen calls what is done to marked units. */
type FiringWords = Readonly<Record<'does' | 'done' | 'now', Printable>>

const FOR_RESTARTS: FiringWords = {
  does: say`restarts all marked units`,
  done: say`restarted`,
  now: say`restart all marked units`,
}

const FOR_ANY_JOB: FiringWords = { does: say`does this`, done: say`done`, now: say`do this` }

/** A marked unit is restarted without a question, so that only safe ones are marked. */
function notMarkedLines({ left }: MarkPlan, page: PageSize): readonly Line[] {
  const of = (isMeant: (code: LeftCode) => boolean) =>
    itemsFor(
      left
        .filter(({ code }) => isMeant(code))
        .map((one) => ({ unit: one.unit, text: whyNot(one) })),
      page,
    )
  const costs = of((code) => code === 'costs')
  const others = of((code) => code !== 'costs')
  return [
    ...(costs.length === 0
      ? []
      : [...sentence(say`Not marked, since a restart costs something:`, page), ...costs]),
    ...(others.length === 0
      ? []
      : [
          ...sentence(say`Not marked, since a restart does not help or cannot be done:`, page),
          ...others,
        ]),
  ]
}

function whyNot(left: Left): Printable {
  switch (left.code) {
    case 'excepted':
      return say`left alone, as asked`
    case 'renewed':
      return say`an earlier restart did not renew it`
    case 'reboot':
      return left.finding.action === 'soft-reboot'
        ? say`only a soft reboot or a reboot renews it`
        : say`only a reboot renews it`
    case 'costs':
    case 'impossible':
      return whyLeft(left)
    default:
      return left.code satisfies never
  }
}

/** A unit that systemd did not mark, and what systemctl said. */
export type NotMarked = { readonly unit: Printable; readonly messages: readonly Printable[] }

/** Returns what was marked, and what was not. */
export function markedLines(
  marked: readonly Printable[],
  failed: readonly NotMarked[],
  isOfUser: boolean,
  screen: Screen,
): readonly Line[] {
  const undo = commandLine(clearCommand(isOfUser, screen))
  const verb = marked.length === 1 ? say`is` : say`are`
  const services = counted(marked.length, 'service', 'services')
  return [
    ...(marked.length === 0
      ? [say`Nothing was marked.`]
      : sentence(say`${services} ${verb} marked. To take all marks back: ${undo}`, screen)),
    ...refusedLines(failed, say`could not be marked`, screen),
  ]
}

function refusedLines(
  failed: readonly NotMarked[],
  what: Printable,
  page: PageSize,
): readonly Line[] {
  return failed.flatMap(({ unit, messages }) => [
    ...sentence(say`${shortName(unit)} ${what}${messages.length === 0 ? '.' : ':'}`, page),
    ...foreign(messages, page),
  ])
}

const JOBS: Readonly<Record<Marking['job'], Printable>> = {
  restart: say`to be restarted`,
  reload: say`to be reloaded`,
  stop: say`to be stopped`,
  start: say`to be started`,
}

/** Returns each marked unit, and what systemd does with it when. */
export function markListLines(
  marked: readonly Mark[],
  firing: Firing,
  screen: Screen,
): readonly Line[] {
  if (marked.length === 0) return [say`No unit is marked.`]
  const verb = marked.length === 1 ? say`is` : say`are`
  return [
    { strong: say`${counted(marked.length, 'unit', 'units')} ${verb} marked:` },
    ...itemsFor(
      marked.map(({ unit, markers, job }) => ({
        unit,
        text: say`${JOBS[job]} (${joined(words(...markers), ', ')})`,
      })),
      screen,
    ),
    ...firingLines(firing, FOR_ANY_JOB, screen),
  ]
}

/**
 * Returns which units are no longer marked, and which still are.
 *
 * @param isDryRun whether the units are only shown
 */
export function clearedLines(
  units: readonly Printable[],
  failed: readonly NotMarked[],
  isDryRun: boolean,
  page: PageSize,
): readonly Line[] {
  if (units.length + failed.length === 0) return [say`There is no mark to take back.`]
  const be = units.length === 1 ? say`is` : say`are`
  const verb = isDryRun ? say`would no longer be marked` : say`${be} no longer marked`
  return [
    ...(units.length === 0
      ? []
      : [say`${counted(units.length, 'unit', 'units')} ${verb}:`, ...item(unitList(units), page)]),
    ...refusedLines(failed, say`is still marked`, page),
  ]
}
