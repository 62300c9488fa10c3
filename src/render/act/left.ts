import type { Around } from '../../core/act/around.ts'
import { endsReader } from '../../core/report/ends-reader.ts'
import type { Left, LeftCode, Plan } from '../../core/act/plan.ts'
import { say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Line } from '../door.ts'
import type { PageSize } from '../width.ts'
import { enumerated } from '../words/words.ts'
import { ownCommand } from './commands.ts'
import { itemsFor, oldCodeOf, whyLeft } from './costs.ts'
import { commandRows, namesOfUnits, sentence, unitList } from './layout.ts'
import type { Screen } from './layout.ts'

/** Returns what a plan leaves alone, and why. */
export function leftLines(
  plan: Pick<Plan, 'left' | 'isOfUser'>,
  around: Around,
  screen: Screen,
): readonly Line[] {
  const of = (code: LeftCode) => plan.left.filter((one) => one.code === code)
  return [
    ...exceptedLines(of('excepted'), screen),
    ...withReasons(say`Left alone, since a restart costs something:`, of('costs'), screen),
    ...askLines(
      plan,
      of('costs').filter(({ finding }) => !endsReader(finding)),
      screen,
    ),
    ...withReasons(
      say`Left alone, since a restart does not help or cannot be done:`,
      of('impossible'),
      screen,
    ),
    ...renewedLines(of('renewed'), screen),
    ...rebootLeftLines(of('reboot'), around, screen),
  ]
}

function exceptedLines(left: readonly Left[], page: PageSize): readonly Line[] {
  if (left.length === 0) return []
  return sentence(say`Left alone, as asked: ${unitList(unitsOf(left))}.`, page)
}

function withReasons(title: Printable, left: readonly Left[], page: PageSize): readonly Line[] {
  if (left.length === 0) return []
  return [
    ...sentence(title, page),
    ...itemsFor(
      left.map((one) => ({ unit: one.unit, text: whyLeft(one) })),
      page,
    ),
  ]
}

/** No command stands beside what would end the terminal that it is pasted into. */
function askLines(
  plan: Pick<Plan, 'isOfUser'>,
  left: readonly Left[],
  screen: Screen,
): readonly Line[] {
  if (left.length === 0) return []
  const them = left.length === 1 ? say`it` : say`them`
  return [
    ...sentence(say`To restart ${them} all the same (asks first):`, screen),
    ...commandRows(ownCommand(plan, 'restart', unitsOf(left), screen), screen),
  ]
}

function renewedLines(left: readonly Left[], page: PageSize): readonly Line[] {
  if (left.length === 0) return []
  const why = left.map((one) => ({ unit: one.unit, text: oldFilesText(one) }))
  return [
    ...sentence(say`Left alone, since an earlier restart did not renew it:`, page),
    ...itemsFor(why, page),
  ]
}

function oldFilesText({ finding }: Left): Printable {
  const { paths } = oldCodeOf(finding)
  if (paths === '') return say`which file it loads again is not known`
  return say`it loads old code again: ${paths}`
}

/** A soft reboot is told only where it is enough for this machine, and this unit. */
function rebootLeftLines(
  left: readonly Left[],
  { canSoftReboot, survivors }: Around,
  page: PageSize,
): readonly Line[] {
  const isSoft = ({ finding }: Left) => canSoftReboot && finding.action === 'soft-reboot'
  const soft = unitsOf(left.filter(isSoft))
  const full = unitsOf(left.filter((one) => !isSoft(one)))
  const surviving = soft.length === 0 ? [] : (survivors ?? [])
  return [
    ...(full.length === 0 ? [] : sentence(say`Only a reboot renews ${names(full)}.`, page)),
    ...(soft.length === 0
      ? []
      : sentence(say`Only a soft reboot or a reboot renews ${names(soft)}.`, page)),
    ...(surviving.length === 0
      ? []
      : sentence(say`A soft reboot does not end ${names(surviving)}: a reboot does.`, page)),
  ]
}

function names(units: readonly Printable[]): Printable {
  return enumerated(namesOfUnits(units))
}

function unitsOf(left: readonly Left[]): readonly Printable[] {
  return left.map(({ unit }) => unit)
}
