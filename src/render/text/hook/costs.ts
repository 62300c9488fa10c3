import type { BlockCommand } from '../../../core/answer/blocks.ts'
import { groupedBy } from '../../../core/answer/grouped.ts'
import type { Placed } from '../../../core/answer/placed.ts'
import { joined, say } from '../../../core/printable.ts'
import type { Printable } from '../../../core/printable.ts'
import type { Reader } from '../../../core/report/reader.ts'
import type { Line } from '../../door.ts'
import { cutOffText } from '../../words/cautions.ts'
import { placedName } from '../../words/names.ts'
import type { Page } from '../layout.ts'
import { lookText } from '../typed.ts'
import { costTexts } from '../row-notes.ts'
import { asManyAs, namedOf } from './named.ts'
import { MOST_LINES, RANK } from './shorten.ts'
import type { Part } from './shorten.ts'

/**
 * Returns each cost once, behind the names that have it. More than a hook can show are left out,
 * since it has a shorter form for them.
 */
export function costs(items: readonly Placed[], page: Page): readonly Printable[] {
  const texts = groupsOf(items).map(([cost, some]) => {
    const names = asManyAs(namedOf(some), MOST_LINES, page)
    return cost === '' ? names : say`${names}: ${cost}`
  })
  return [...texts, ...clientsTexts(items)]
}

/** Returns what a restart that is safe costs others, without what is said of clients. */
export function costsOfSafe(items: readonly Placed[], page: Page): readonly Printable[] {
  return groupsOf(items)
    .filter(([cost]) => cost !== '')
    .map(([cost, some]) => say`${asManyAs(namedOf(some), MOST_LINES, page)}: ${cost}`)
}

/** Returns what a restart of services that are not safe costs, or why no command does it. */
export function costsOfUrgent(items: readonly Placed[], page: Page): readonly Printable[] {
  return [...costsOfSafe(items, page), ...clientsTexts(items)]
}

/**
 * Returns what a restart costs as a part. What `stale-libs restart` alone does is shown there too,
 * before it asks.
 *
 * @param linesOf returns texts as lines
 */
export function costsPart(
  texts: readonly Printable[],
  commands: readonly BlockCommand[],
  reader: Reader,
  linesOf: (texts: readonly Printable[]) => readonly Line[],
): Part {
  if (texts.length === 0) return { rank: null, forms: [] }
  const short = linesOf([say`A restart costs something: ${lookText(reader)}`])
  const isCounted = commands.length > 0 && commands.every(({ by }) => by === 'restart')
  return { rank: RANK.costs, forms: [linesOf(texts), short], isCounted }
}

function groupsOf(items: readonly Placed[]): readonly (readonly [Printable, readonly Placed[]])[] {
  return [...groupedBy(items, (item) => joined(costOf(item), '; '))].slice(0, MOST_LINES + 1)
}

/** Returns what a step costs. Clients have one sentence for all of a list. */
function costOf({ finding, ...placed }: Placed): readonly Printable[] {
  const cautions = finding.cautions.filter(({ code }) => code !== 'cuts-clients')
  return costTexts({ ...placed, finding: { ...finding, cautions } })
}

function clientsTexts(items: readonly Placed[]): readonly Printable[] {
  const cut = items.filter(({ finding }) =>
    finding.cautions.some(({ code }) => code === 'cuts-clients'),
  )
  if (cut.length === 0) return []
  const names = cut.slice(0, MOST_CLIENTS).map(placedName)
  const more = cut.length - names.length
  return [cutOffText([...names, ...(more > 0 ? [say`${more} more`] : [])])]
}

const MOST_CLIENTS = 20
