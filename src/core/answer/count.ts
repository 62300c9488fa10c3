import { changesOf } from '../report/fixed-advisories.ts'
import type { Printable } from '../printable.ts'
import { compareText } from '../printable.ts'
import type { PackageChange } from '../pacman/package-change.ts'
import { groupedBy } from './grouped.ts'
import { NOUNS } from './group.ts'
import type { Noun } from './group.ts'
import type { Finding } from '../report/report.ts'
import type { Placed } from './placed.ts'

/** A package that changed, and the versions in use. */
export type OldPackage = {
  readonly name: Printable
  /** `null` where programs use several old versions. */
  readonly from: Printable | null
  /** The installed version; `null` where the package was removed. */
  readonly to: Printable | null
}

/** How many use old code, and of what. */
export type Count = {
  readonly items: readonly Placed[]
  /** The number of each noun, without zeros, in the order of `NOUNS`. */
  readonly nouns: readonly { readonly noun: Noun; readonly number: number }[]
  readonly total: number
  /** Whether the one session among them is the one of the reader. */
  readonly isYourSession: boolean
  /** Those that most of them use come first. */
  readonly packages: readonly OldPackage[]
  /** What is known of the other files: packages have none of them, or it is not known. */
  readonly others: 'unowned' | 'unknown' | null
  /** When the first file of them was replaced; `null` where that is not known. */
  readonly oldest: Date | null
  /** When the first file of the last of them was replaced; `null` where that is not known. */
  readonly newest: Date | null
}

/**
 * Returns the count of findings; `null` where none of them is counted.
 *
 * @param changes returns the packages of a finding that count
 */
export function countOf(
  placed: readonly Placed[],
  changes: (finding: Finding) => readonly PackageChange[] = changesOf,
): Count | null {
  const items = placed.filter(({ noun }) => noun !== null)
  if (items.length === 0) return null
  const numberOf = (noun: Noun) => items.filter((one) => one.noun === noun).length
  const nouns = NOUNS.map((noun) => ({ noun, number: numberOf(noun) }))
  const sessions = items.filter(({ noun }) => noun === 'session')
  const times = items.map(({ since }) => since?.getTime() ?? Number.NaN)
  const isTimed = times.every((time) => !Number.isNaN(time))
  const [oldest, newest] = times.reduce<readonly [number, number]>(
    ([first, last], time) => [Math.min(first, time), Math.max(last, time)],
    [Infinity, -Infinity],
  )
  return {
    items,
    nouns: nouns.filter(({ number }) => number > 0),
    total: items.length,
    isYourSession: sessions.length === 1 && sessions[0]?.isReaders === true,
    packages: packagesOf(items, changes),
    others: othersOf(items),
    oldest: isTimed ? new Date(oldest) : null,
    newest: isTimed ? new Date(newest) : null,
  }
}

function packagesOf(
  items: readonly Placed[],
  changesIn: (finding: Finding) => readonly PackageChange[],
): readonly OldPackage[] {
  const all = items.map(({ finding }) => changesIn(finding))
  const changes = groupedBy(all.flat(), ({ name }) => name)
  const users = groupedBy(
    all.flatMap((own) => [...new Set(own.map(({ name }) => name))]),
    (name) => name,
  )
  return [...users]
    .map(([name, some]) => [name, some.length] as const)
    .toSorted(([a, many], [b, more]) => more - many || compareText(a, b))
    .map(([name]) => {
      const some = changes.get(name) ?? []
      const froms = new Set(some.map(({ from }) => from))
      const [from = null] = froms
      return { name, from: froms.size === 1 ? from : null, to: some[0]?.to ?? null }
    })
}

function othersOf(items: readonly Placed[]): Count['others'] {
  const without = items.flatMap(({ finding: { files } }) =>
    files.filter((file) => file.package === null),
  )
  if (without.length === 0) return null
  return without.every(({ isUnowned }) => isUnowned) ? 'unowned' : 'unknown'
}

/** Returns the names of the packages of one finding, each once. */
export function packageNames({ finding }: Placed): readonly Printable[] {
  return [...new Set(changesOf(finding).map(({ name }) => name))]
}
