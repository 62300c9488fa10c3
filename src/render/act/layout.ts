import { shortName } from '../../core/act/names.ts'
import { joined, printableText, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import { columnsOf } from '../text/columns.ts'
import { continued } from '../text/commands.ts'
import { hanging, shortened, wrapped } from '../text/layout.ts'

/** The page of the screens about restarts: as wide as the smallest terminal that is common. */
export const ACT_PAGE = { width: 80, columns: columnsOf } as const

const HANGING_ITEM = 6

/** The characters of unit names, with the marks that a sentence puts around them. */
const MAY_BE_UNIT = /^\(?[0-9A-Za-z:_.\\@-]+[,;:.?)]{0,3}$/

/** The name of a unit is never cut, since people copy it into commands. */
function isWhole(word: string): boolean {
  return MAY_BE_UNIT.test(word)
}

/** Returns a sentence as lines at the left edge. */
export function sentence(text: Printable, width: number = ACT_PAGE.width): readonly Printable[] {
  return wrapped(text, width, ACT_PAGE.columns, isWhole)
}

/** Returns one item of a list as lines: the first indented by two, the others by six. */
export function item(text: Printable): readonly Printable[] {
  const room = ACT_PAGE.width - HANGING_ITEM
  return hanging(say`  `, HANGING_ITEM, wrapped(text, room, ACT_PAGE.columns, isWhole))
}

/** Returns a command as lines that a shell reads. */
export function commandRows(command: readonly Printable[]): readonly Printable[] {
  return continued(command, ACT_PAGE)
}

/** A reason stands at the end of a line as often as not, so few lines are cut. */
const MOST_ROWS = 4

/**
 * Returns what another program said, each of its lines in as many rows as it takes: the first
 * indented by four, and the others deeper than any line of this program begins.
 */
export function foreign(lines: readonly Printable[]): readonly Printable[] {
  const room = ACT_PAGE.width - HANGING_ITEM
  return lines
    .filter((line) => line.trim() !== '')
    .flatMap((line) => {
      const text = shortened(printableText(line.trim()), MOST_ROWS * room, ACT_PAGE.columns)
      return hanging(say`    `, HANGING_ITEM, wrapped(text, room, ACT_PAGE.columns))
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
