import { shortName } from '../../core/act/names.ts'
import { joined, printableText, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Reader } from '../../core/report/reader.ts'
import type { Line } from '../door.ts'
import { columnsOf } from '../text/columns.ts'
import { shellRows } from '../text/typed.ts'
import { hanging, shortened, wrapped } from '../text/layout.ts'
import type { PageSize } from '../width.ts'

/** What the screens about restarts are written for. */
export type Screen = PageSize & Pick<Reader, 'asRoot'>

const HANGING_ITEM = 6

/** The characters of unit names, with the marks that a sentence puts around them. */
const MAY_BE_UNIT = /^\(?[0-9A-Za-z:_.\\@-]+[,;:.?)]{0,3}$/

/** The name of a unit is never cut, since people copy it into commands. */
function isWhole(word: string): boolean {
  return MAY_BE_UNIT.test(word)
}

/** Returns a sentence as lines at the left edge. */
export function sentence(text: Printable, { width }: PageSize): readonly Printable[] {
  return wrapped(text, width, columnsOf, isWhole)
}

/** Returns a sentence as lines at the left edge that stand out. */
export function heading(text: Printable, page: PageSize): readonly Line[] {
  return sentence(text, page).map((strong) => ({ strong }))
}

/** Returns one item of a list as lines: the first indented by two, the others by six. */
export function item(text: Printable, { width }: PageSize): readonly Printable[] {
  const room = width - HANGING_ITEM
  return hanging(say`  `, HANGING_ITEM, wrapped(text, room, columnsOf, isWhole))
}

/** Returns a command as lines that a shell reads. */
export function commandRows(
  command: readonly Printable[],
  { width }: PageSize,
): readonly Printable[] {
  return shellRows(command, 2, { width, columns: columnsOf })
}

/** A reason stands at the end of a line as often as not, so few lines are cut. */
const MOST_ROWS = 4

/**
 * Returns what another program said, each of its lines in as many rows as it takes: the first
 * indented by four, and the others deeper than any line of this program begins.
 */
export function foreign(lines: readonly Printable[], { width }: PageSize): readonly Printable[] {
  const room = width - HANGING_ITEM
  return lines
    .filter((line) => line.trim() !== '')
    .flatMap((line) => {
      const text = shortened(printableText(line.trim()), MOST_ROWS * room, columnsOf)
      return hanging(say`    `, HANGING_ITEM, wrapped(text, room, columnsOf))
    })
}

/** Returns the names of units for a list. */
export function namesOfUnits(units: readonly Printable[]): readonly Printable[] {
  return units.map(shortName)
}

/** Returns the names of units as `a, b, c`. */
export function unitList(units: readonly Printable[]): Printable {
  return joined(namesOfUnits(units), ', ')
}

/** Returns a text with its first letter as a capital. */
export function capitalized(text: Printable): Printable {
  return printableText(text.replace(/^[a-z]/, (letter) => letter.toUpperCase()))
}
