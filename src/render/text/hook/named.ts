import { countOf } from '../../../core/answer/count.ts'
import type { Placed } from '../../../core/answer/placed.ts'
import { joined, say } from '../../../core/printable.ts'
import type { Printable } from '../../../core/printable.ts'
import { foldedBy, placedName } from '../../words/names.ts'
import type { Folded } from '../../words/names.ts'
import { enumerated } from '../../words/words.ts'
import { wrapped } from '../layout.ts'
import type { Page } from '../layout.ts'
import { whoText } from '../sentences.ts'
import { HEADING } from '../table.ts'

/** A name in a list, with the findings that it stands for. */
export type Named = Folded<Placed>

/** Returns the names of findings, those of instances folded. */
export function namedOf(items: readonly Placed[]): readonly Named[] {
  return foldedBy(items, placedName)
}

/** Returns names in their order: those that stand first keep their place. */
export function ordered(items: readonly Placed[]): readonly Named[] {
  const isFirst = ({ finding, hasNote }: Placed) => finding.lifeline !== null || hasNote
  const first = items.filter(isFirst).map((one) => ({ text: placedName(one), items: [one] }))
  return [...first, ...namedOf(items.filter((one) => !isFirst(one)))]
}

/**
 * Returns as many names as fit in so many lines beside a heading, and the number of the others.
 * The work does not grow with names that do not fit.
 */
export function asManyAs(
  names: readonly Named[],
  lines: number,
  { width, columns }: Pick<Page, 'width' | 'columns'>,
): Printable {
  const room = width - HEADING
  for (let most = mostOf(names, lines * room, columns); most > 0; most -= 1) {
    const rest = names.slice(most).flatMap(({ items }) => items)
    const more = rest.length === 0 ? [] : [numberText(rest, true)]
    const texts = names.slice(0, most).map(({ text }) => text)
    const text = enumerated([joined(texts, ', '), ...more])
    if (wrapped(text, room, columns).length <= lines) return text
  }
  return numberText(names.flatMap(({ items }) => items))
}

/** Returns the number of the first names that take no more than so many columns. */
function mostOf(names: readonly Named[], room: number, columns: Page['columns']): number {
  let used = 0
  const end = names.findIndex(({ text }) => {
    used += columns(text) + 1
    return used > room + 1
  })
  return end === -1 ? names.length : end
}

/** Returns the number of findings: `4 services`, `17 more services and 1 app`. */
export function numberText(items: readonly Placed[], isMore = false): Printable {
  const count = countOf(items, () => [])
  // Without items it counts one, and does not name it.
  return count === null ? say`${items.length} more` : whoText({ ...count, items: [] }, isMore)
}
