import { isDefaultYes } from '../../core/act/checked.ts'
import type { Plan } from '../../core/act/plan.ts'
import { shortName } from '../../core/act/names.ts'
import { joined, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import { columnsOf } from '../text/columns.ts'
import { shortened } from '../text/layout.ts'
import type { PageSize } from '../width.ts'
import { counted, enumerated, listed } from '../words/words.ts'
import { costsOf } from './costs.ts'
import { capitalized, namesOfUnits, sentence } from './layout.ts'

/**
 * Returns the question before a restart, as lines. The last one is the prompt: it ends with a
 * blank, and no line end belongs behind it.
 */
export function restartQuestion(plan: Plan, page: PageSize): readonly Printable[] {
  if (isDefaultYes(plan)) return asked(say`${deedOf(plan)}?`, say`[Y/n]`, page)
  const risky = plan.units.filter(({ isSafe, endsCaller }) => !isSafe || endsCaller)
  const [only] = plan.units
  if (only !== undefined && plan.units.length === 1) {
    const costs = costsOf(plan).map(({ text }) => say`${capitalized(text)}.`)
    const end = only.endsCaller ? [say`Your own session or terminal ends with it.`] : []
    return asked(joined([say`${deedOf(plan)}?`, ...costs, ...end], ' '), say`[y/N]`, page)
  }
  const names = namesOfUnits(risky.map(({ unit }) => unit))
  const who = names.length > MAX_RISKY_NAMES ? say`${names.length} of them` : enumerated(names)
  return asked(
    say`${deedOf(plan)}? A restart of ${who} costs something: see above.`,
    say`[y/N]`,
    page,
  )
}

const MAX_RISKY_NAMES = 3

/** Returns the question before units are marked. */
export function markQuestion(units: readonly Printable[], page: PageSize): readonly Printable[] {
  return asked(say`Mark ${whatOf(units)}?`, say`[Y/n]`, page)
}

function deedOf({ units, manager, isOfUser }: Plan): Printable {
  const systemd = isOfUser ? say`your manager` : say`systemd`
  if (units.length === 0) return say`Re-execute ${systemd}`
  const what = whatOf(units.map(({ unit }) => unit))
  return manager === null ? say`Restart ${what}` : say`Re-execute ${systemd} and restart ${what}`
}

function whatOf(units: readonly Printable[]): Printable {
  const [only] = units
  if (only !== undefined && units.length === 1) return shortName(only)
  return counted(units.length, 'service', 'services')
}

/** The blank behind a question, and the answer. */
const ANSWER = 2

function asked(question: Printable, choice: Printable, { width }: PageSize): readonly Printable[] {
  const lines = sentence(say`${question} ${choice}`, { width: width - ANSWER })
  return lines.map((line, at) => (at === lines.length - 1 ? say`${line} ` : line))
}

/** How far a restart is. */
export type RestartProgress = {
  readonly done: number
  readonly total: number
  /** The units whose jobs go on, and for how many seconds. */
  readonly waiting: readonly { readonly unit: Printable; readonly seconds: number }[]
}

/** Returns one line about how far a restart is, with the unit that takes longest first. */
export function progressLine(
  { done, total, waiting }: RestartProgress,
  { width }: PageSize,
): Printable {
  const start = say`  ${done} of ${total} done`
  const [longest, ...rest] = waiting.toSorted((a, b) => b.seconds - a.seconds)
  if (longest === undefined) return shortened(start, width, columnsOf)
  const first = say`${shortName(longest.unit)} (${longest.seconds} s)`
  const names = [first, ...namesOfUnits(rest.map(({ unit }) => unit))]
  const line = (most: number) => say`${start}, waiting for ${listed(names, most)}`
  const fitting = names
    .slice(0, width + 1)
    .findLastIndex((_, at) => columnsOf(line(at + 1)) <= width)
  return shortened(line(Math.max(fitting + 1, 1)), width, columnsOf)
}
