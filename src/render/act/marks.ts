import { isAllSeen } from '../../core/act/checked.ts'
import type { Around } from '../../core/act/around.ts'
import type { Mark, MarkPlan } from '../../core/act/marks.ts'
import type { Left } from '../../core/act/plan.ts'
import { shortName } from '../../core/act/short-name.ts'
import { joined, say, words } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Marking } from '../../core/systemd/markers.ts'
import type { Line } from '../door.ts'
import { commandLine, counted, enumerated } from '../words/words.ts'
import { behindSudo, clearCommand } from './commands.ts'
import { itemsFor, whyLeft } from './costs.ts'
import { commandRows, foreign, item, namesOfUnits, sentence, unitList } from './layout.ts'

/** What restarts the marked units of one manager. */
export type Firing = Pick<Marking, 'isAtUpgrade' | 'command'> & {
  /** Whether the reader became root by sudo. */
  readonly isSudo: boolean
}

/** Returns which units are going to be marked, what restarts them then, and which are not. */
export function markPlanLines(
  plan: MarkPlan,
  around: Pick<Around, 'current' | 'limits'>,
  firing: Firing,
): readonly Line[] {
  const { units } = plan
  const who = units.length === 1 ? say`1 service that uses` : say`${units.length} services that use`
  return [
    ...(units.length === 0
      ? [say`Nothing will be marked.`]
      : [
          { strong: say`${who} old code will be marked for a restart:` },
          ...item(unitList(units)),
          ...firingLines(firing),
        ]),
    ...notMarkedLines(plan),
    ...currentLines(around),
  ]
}

/** Returns what restarts marked units: pacman's hook, unattended, or a command. */
export function firingLines({ isAtUpgrade, command, isSudo }: Firing): readonly Line[] {
  const hook = say`The next upgrade that touches unit files restarts what is marked, and does not ask.`
  return [
    ...(isAtUpgrade ? sentence(hook) : [say`Nothing restarts what is marked by itself.`]),
    ...(command === null
      ? sentence(say`There is no safe command here that restarts all that is marked.`)
      : [say`To restart all that is marked now:`, ...commandRows(behindSudo(command, isSudo))]),
  ]
}

function notMarkedLines({ left }: MarkPlan): readonly Line[] {
  if (left.length === 0) return []
  return [
    say`Not marked, since nobody is asked later:`,
    ...itemsFor(left.map((one) => ({ unit: one.unit, text: whyNot(one) }))),
  ]
}

function whyNot(left: Left): Printable {
  switch (left.code) {
    case 'excepted':
      return say`left alone, as asked`
    case 'renewed':
      return say`a restart did not clear it`
    case 'reboot':
      return say`only a reboot renews it`
    case 'costs':
    case 'impossible':
      return whyLeft(left)
    default:
      return left.code satisfies never
  }
}

function currentLines({ current, limits }: Pick<Around, 'current' | 'limits'>): readonly Line[] {
  if (current.length === 0) return []
  const names = enumerated(namesOfUnits(current))
  return sentence(
    isAllSeen(limits)
      ? say`${names} ${current.length === 1 ? 'uses' : 'use'} no old code.`
      : say`${names} ${current.length === 1 ? 'was' : 'were'} not seen to use old code.`,
  )
}

/** A unit whose mark systemd did not change, and what systemctl said. */
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
    marked.length === 0
      ? say`Nothing was marked.`
      : say`${services} ${verb} marked. To take it back: ${undo}`,
    ...refusalLines(failed, say`could not be marked`),
  ]
}

const JOBS: Readonly<Record<Marking['job'], Printable>> = {
  restart: say`is restarted`,
  reload: say`is reloaded`,
  stop: say`is stopped`,
  start: say`is started`,
}

/** Returns each marked unit, and what systemd does with it when. */
export function markListLines(marked: readonly Mark[], firing: Firing): readonly Line[] {
  if (marked.length === 0) return [say`Nothing is marked.`]
  const verb = marked.length === 1 ? say`is` : say`are`
  return [
    { strong: say`${counted(marked.length, 'unit', 'units')} ${verb} marked:` },
    ...itemsFor(
      marked.map(({ unit, markers, job }) => ({
        unit,
        text: say`${JOBS[job]} (${joined(words(...markers), ', ')})`,
      })),
    ),
    ...firingLines(firing),
  ]
}

/** Returns what is no longer marked, and what is marked as before. */
export function clearedLines(
  units: readonly Printable[],
  failed: readonly NotMarked[],
  isDryRun: boolean,
): readonly Line[] {
  const be = units.length === 1 ? say`is` : say`are`
  const verb = isDryRun ? say`would be no longer marked` : say`${be} no longer marked`
  return [
    ...(units.length === 0 && failed.length === 0 ? [say`Nothing was marked.`] : []),
    ...(units.length === 0
      ? []
      : [say`${counted(units.length, 'unit', 'units')} ${verb}:`, ...item(unitList(units))]),
    ...refusalLines(failed, say`is marked as before`),
  ]
}

function refusalLines(failed: readonly NotMarked[], how: Printable): readonly Line[] {
  return failed.flatMap(({ unit, messages }) => [
    ...sentence(say`${shortName(unit)} ${how}${messages.length === 0 ? '.' : ':'}`),
    ...foreign(messages),
  ])
}
