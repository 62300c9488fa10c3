import { changedAt, goneSince } from '../../core/explain/uses.ts'
import type { PackageChange } from '../../core/pacman/package-change.ts'
import type { Kind } from '../../core/owner/kinds.ts'
import { joined, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Finding, FindingFile } from '../../core/report/report.ts'
import { pathLabel } from '../words/labels.ts'
import { changeText } from '../words/packages.ts'
import { bounded } from './layout.ts'
import type { Row } from './layout.ts'
import { timeText } from '../words/days.ts'

const MAX_FILES = 8

/** Returns the row with the old files of a finding, its programs first. */
export function oldRow({ files, ownPackage, isPartial, kind }: Finding): Row {
  const sorted = files.toSorted(programsFirst)
  const { shown, more } = bounded(
    sorted.map(({ path }) => path),
    MAX_FILES,
  )
  const said = new Set<string>()
  const pairs = shown.flatMap((_, at) => {
    const file = sorted[at]
    return file === undefined ? [] : [[pathLabel(file.path), originText(file, said, kind)] as const]
  })
  return {
    label: say`Old`,
    parts: [
      ...(pairs.length === 0 ? [] : [{ pairs }]),
      ...more,
      ...(ownPackage === null ? [] : ownTexts(ownPackage.change, said)),
      ...(isPartial ? [say`and more files, which could not be read to their end`] : []),
    ],
  }
}

/** Programs stand first, then what was replaced first. */
function programsFirst(a: FindingFile, b: FindingFile): number {
  const byKind = Number(b.kind === 'executable') - Number(a.kind === 'executable')
  const [one, other] = [orderOf(goneSince(a)), orderOf(goneSince(b))]
  return byKind || (one === other ? 0 : one - other)
}

/** Returns which package a file came from, and what became of it. Versions are named once. */
function originText(file: FindingFile, said: Set<string>, kind: Kind): Printable {
  const { package: change, isUnowned, isUnchanged, state } = file
  if (change !== null) return versionsOnce(change, said)
  if (kind === 'container') return say`a file of the container`
  if (isUnowned) return say`of no package`
  if (isUnchanged) return say`not changed by pacman`
  return state === 'removed' ? say`removed, package not known` : say`package not known`
}

function versionsOnce(change: PackageChange, said: Set<string>): Printable {
  const text = changeText(change)
  if (said.has(text)) return change.name
  said.add(text)
  return text
}

/** Returns the text about a package whose program is no file that the kernel marks. */
function ownTexts(change: PackageChange, said: ReadonlySet<string>): readonly Printable[] {
  if (said.has(changeText(change))) return []
  return [say`its own program, from ${changeText(change)}`]
}

/** Returns when the files of a finding were replaced, with the packages where times differ. */
export function sinceText(finding: Finding, now: Date): Printable {
  const { files, ownPackage } = finding
  const own = ownPackage?.change ?? null
  const all = [
    ...files.map((file) => ({ at: goneSince(file), name: file.package?.name ?? null })),
    ...(own === null ? [] : [{ at: changedAt(own), name: own.name }]),
  ]
  const times = new Map<Printable, Set<Printable>>()
  for (const { at, name } of all.toSorted((a, b) => orderOf(a.at) - orderOf(b.at))) {
    const text = at === null ? say`not known` : timeText(at, now)
    const names = times.get(text) ?? new Set()
    times.set(text, name === null ? names : names.add(name))
  }
  const [only] = times.keys()
  if (only !== undefined && times.size === 1) return only
  return joined(
    [...times].map(
      ([text, names]) =>
        say`${text} (${names.size === 0 ? say`others` : joined([...names], ', ')})`,
    ),
    ', ',
  )
}

/** A time that is not known is the last. */
function orderOf(at: Date | null): number {
  return at?.getTime() ?? Infinity
}
