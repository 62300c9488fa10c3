import type { Around } from '../../core/act/around.ts'
import { isAllGood } from '../../core/act/outcome.ts'
import type { End, EndCode, Outcome } from '../../core/act/outcome.ts'
import type { Plan } from '../../core/act/plan.ts'
import { joined, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Line } from '../door.ts'
import type { PageSize } from '../width.ts'
import { enumerated } from '../words/words.ts'
import { lookCommand, systemctlCommand } from './commands.ts'
import { endBlocks } from './ends.ts'
import type { UnitExtras } from './ends.ts'
import { commandRows, heading, namesOfUnits, sentence, unitList } from './layout.ts'
import type { Screen } from './layout.ts'
import { rebootReasonLines, rebootSentence } from './reboot.ts'

/** What a person reads beside an outcome. */
export type OutcomeExtras = {
  /** By the name of the unit. */
  readonly units: ReadonlyMap<string, UnitExtras>
  /** What the second look tells about a reboot; `null` where there was none. */
  readonly looked: Pick<Around, 'reboot' | 'isRoot' | 'limits'> | null
}

/** Returns what a restart did: the answer first, and then a block for each end that is not good. */
export function outcomeLines(
  plan: Plan,
  outcome: Outcome,
  extras: OutcomeExtras,
  screen: Screen,
): readonly Line[] {
  const isGood = isAllGood(plan, outcome)
  const first = isGood ? goodText(plan, outcome, extras) : mixedText(plan, outcome)
  const { looked } = extras
  return [
    ...heading(first, screen),
    ...(isGood && looked !== null ? rebootReasonLines(looked, screen) : []),
    ...againLines(outcome, screen),
    ...managerLines(plan, outcome, screen),
    ...endBlocks(plan, outcome, extras.units, screen),
    ...alsoFailedLines(plan, outcome, screen),
  ]
}

function goodText(plan: Plan, { ends }: Outcome, { looked }: OutcomeExtras): Printable {
  const did = [...reexecuted(plan), ...(ends.length === 0 ? [] : [say`${ends.length} restarted`])]
  const done =
    did.length === 0 ? say`Nothing was restarted` : say`${joined(did, ', ')}, nothing failed`
  const reboot = looked === null ? [] : [rebootSentence(looked)]
  return joined([say`${done}.`, ...leftText(plan), ...reboot], ' ')
}

function reexecuted({ manager, isOfUser }: Plan): readonly Printable[] {
  if (manager === null) return []
  return [isOfUser ? say`Your manager re-executed` : say`systemd re-executed`]
}

const MAX_LEFT_NAMES = 3

function leftText({ left }: Plan): readonly Printable[] {
  if (left.length === 0) return []
  const names = unitList(left.map(({ unit }) => unit))
  return left.length > MAX_LEFT_NAMES
    ? [say`${left.length} left alone.`]
    : [say`${left.length} left: ${names}.`]
}

/** What the first line calls each end, in the order in which it counts them. */
const ENDS = {
  restarted: say`restarted and looked at again`,
  unseen: say`restarted but not checked`,
  unknown: say`with an unknown end`,
  failed: say`failed`,
  'starting-again': say`failed and starting again`,
  stopped: say`stopped`,
  untouched: say`not restarted`,
  waiting: say`not done yet`,
  'still-old': say`still using old code`,
} as const satisfies Readonly<Record<EndCode | 'unknown', Printable>>

/** Where systemd did not answer, it is not known whether the unit was restarted. */
function endOf({ code, state }: End): EndCode | 'unknown' {
  return code === 'unseen' && state === null ? 'unknown' : code
}

/** Returns the number of each end. The sum is that of all units of the plan. */
function mixedText(plan: Plan, { ends }: Outcome): Printable {
  const parts = Object.entries(ENDS).flatMap(([code, text]) => {
    const number = ends.filter((end) => endOf(end) === code).length
    return number === 0 ? [] : [say`${number} ${text}`]
  })
  const left = plan.left.length === 0 ? [] : [say`${plan.left.length} left alone`]
  const all = [...reexecuted(plan), ...parts, ...left]
  return all.length === 0 ? say`Nothing was restarted.` : say`${joined(all, ', ')}.`
}

function againLines({ isLookedAgain, watched, ends }: Outcome, screen: Screen): readonly Line[] {
  const silent = say`systemd gave no answer any more: what became of the restarts is not known.`
  const unseen =
    watched === 'interrupted'
      ? say`Nothing was looked at again. To look: ${lookCommand(screen)}`
      : say`The machine could not be looked at again. To look: ${lookCommand(screen)}`
  const isSaidBelow = watched === 'interrupted' && ends.some(({ code }) => code === 'waiting')
  return [
    ...(watched === 'silent' ? sentence(silent, screen) : []),
    ...(isLookedAgain || isSaidBelow ? [] : sentence(unseen, screen)),
  ]
}

function managerLines(
  { manager, isOfUser }: Plan,
  { isManagerOld }: Outcome,
  page: PageSize,
): readonly Line[] {
  if (manager === null || isManagerOld === false) return []
  const who = isOfUser ? say`Your manager (systemd --user)` : say`systemd itself`
  if (isManagerOld) return heading(say`${who} still uses old code after its re-execution.`, page)
  return sentence(
    say`Whether ${isOfUser ? say`your manager` : say`systemd itself`} still uses old code is not known.`,
    page,
  )
}

function alsoFailedLines(
  { isOfUser }: Plan,
  { alsoFailed }: Outcome,
  page: PageSize,
): readonly Line[] {
  if (alsoFailed.length === 0) return []
  const isOne = alsoFailed.length === 1
  const names = enumerated(namesOfUnits(alsoFailed))
  const was = isOne ? say`was` : say`were`
  const text = say`${names} failed meanwhile, and ${was} not on the list. To see failed units:`
  return [
    say``,
    ...heading(text, page),
    ...commandRows(systemctlCommand(isOfUser, '--failed'), page),
  ]
}
