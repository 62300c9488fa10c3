import type { Around } from '../../core/act/around.ts'
import type { Mark, MarkPlan } from '../../core/act/marks.ts'
import type { Left, LeftCode } from '../../core/act/plan.ts'
import { shortName } from '../../core/act/names.ts'
import { joined, say, words } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Marking } from '../../core/systemd/markers.ts'
import type { Line } from '../door.ts'
import { commandLine, counted } from '../words/words.ts'
import { behindSudo, clearCommand, systemctlCommand } from './commands.ts'
import { itemsFor, whyLeft } from './costs.ts'
import { commandRows, foreign, item, sentence, unitList } from './layout.ts'
import { currentLines, nothingOld } from './nothing.ts'

/** What restarts the marked units of one manager. */
export type Firing = Pick<Marking, 'isAtUpgrade' | 'command'> & {
  /** Whether the reader became root by sudo. */
  readonly isSudo: boolean
}

/** Returns which units are going to be marked, what restarts them then, and which are not. */
export function markPlanLines(
  plan: MarkPlan,
  around: Pick<Around, 'current' | 'limits' | 'hidden'>,
  firing: Firing,
): readonly Line[] {
  const { units, left, isOfUser } = plan
  const who = units.length === 1 ? say`1 service that uses` : say`${units.length} services that use`
  const isIdle = units.length === 0 && left.length === 0 && around.current.length === 0
  return [
    ...(isIdle ? sentence(nothingOld(isOfUser, around)) : []),
    ...(units.length === 0
      ? [say`Nothing will be marked.`]
      : [
          { strong: say`${who} old code will be marked for a restart:` },
          ...item(unitList(units)),
          ...firingLines(firing, FOR_RESTARTS),
        ]),
    ...managerLines(plan, firing),
    ...notMarkedLines(plan),
    ...currentLines(around, isOfUser),
  ]
}

/** A mark is for units that are restarted, and a manager re-executes itself. */
function managerLines(
  { isManagerOld, isOfUser }: MarkPlan,
  { isSudo }: Pick<Firing, 'isSudo'>,
): readonly Line[] {
  if (!isManagerOld) return []
  const who = isOfUser ? say`Your manager (systemd --user)` : say`systemd itself`
  const command = systemctlCommand(isOfUser, 'daemon-reexec')
  return [
    say`${who} uses old code too, and cannot be marked:`,
    ...commandRows(isOfUser ? command : behindSudo(command, isSudo)),
  ]
}

/** Returns what runs the jobs of marked units: pacman's hook, unattended, or a command. */
function firingLines(
  { isAtUpgrade, command, isSudo }: Firing,
  { does, done, now }: FiringWords,
): readonly Line[] {
  return [
    ...sentence(
      isAtUpgrade
        ? say`The next upgrade that touches unit files ${does}, and does not ask.`
        : say`Nothing is ${done} until somebody asks systemd for it.`,
    ),
    ...(command === null
      ? [say`No command for all marked units is known here.`]
      : [say`To ${now} now:`, ...commandRows(behindSudo(command, isSudo))]),
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
function notMarkedLines({ left }: MarkPlan): readonly Line[] {
  const of = (isMeant: (code: LeftCode) => boolean) =>
    itemsFor(
      left
        .filter(({ code }) => isMeant(code))
        .map((one) => ({ unit: one.unit, text: whyNot(one) })),
    )
  const costs = of((code) => code === 'costs')
  const others = of((code) => code !== 'costs')
  return [
    ...(costs.length === 0 ? [] : [say`Not marked, since a restart costs something:`, ...costs]),
    ...(others.length === 0
      ? []
      : [say`Not marked, since a restart does not help or cannot be done:`, ...others]),
  ]
}

function whyNot(left: Left): Printable {
  switch (left.code) {
    case 'excepted':
      return say`left alone, as asked`
    case 'renewed':
      return say`a restart did not clear it`
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
  { isOfUser, isSudo }: { readonly isOfUser: boolean; readonly isSudo: boolean },
): readonly Line[] {
  const undo = commandLine(clearCommand(isOfUser, isSudo))
  const verb = marked.length === 1 ? say`is` : say`are`
  const services = counted(marked.length, 'service', 'services')
  return [
    ...(marked.length === 0
      ? [say`Nothing was marked.`]
      : sentence(say`${services} ${verb} marked. To take all marks back: ${undo}`)),
    ...refusedLines(failed, say`could not be marked`),
  ]
}

function refusedLines(failed: readonly NotMarked[], what: Printable): readonly Line[] {
  return failed.flatMap(({ unit, messages }) => [
    ...sentence(say`${shortName(unit)} ${what}${messages.length === 0 ? '.' : ':'}`),
    ...foreign(messages),
  ])
}

const JOBS: Readonly<Record<Marking['job'], Printable>> = {
  restart: say`to be restarted`,
  reload: say`to be reloaded`,
  stop: say`to be stopped`,
  start: say`to be started`,
}

/** Returns each marked unit, and what systemd does with it when. */
export function markListLines(marked: readonly Mark[], firing: Firing): readonly Line[] {
  if (marked.length === 0) return [say`No unit is marked.`]
  const verb = marked.length === 1 ? say`is` : say`are`
  return [
    { strong: say`${counted(marked.length, 'unit', 'units')} ${verb} marked:` },
    ...itemsFor(
      marked.map(({ unit, markers, job }) => ({
        unit,
        text: say`${JOBS[job]} (${joined(words(...markers), ', ')})`,
      })),
    ),
    ...firingLines(firing, FOR_ANY_JOB),
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
): readonly Line[] {
  if (units.length + failed.length === 0) return [say`There is no mark to take back.`]
  const be = units.length === 1 ? say`is` : say`are`
  const verb = isDryRun ? say`would no longer be marked` : say`${be} no longer marked`
  return [
    ...(units.length === 0
      ? []
      : [say`${counted(units.length, 'unit', 'units')} ${verb}:`, ...item(unitList(units))]),
    ...refusedLines(failed, say`is still marked`),
  ]
}
