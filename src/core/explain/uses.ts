import type { PackageChange } from '../pacman/package-change.ts'
import { compareVersions } from '../pacman/version.ts'
import { printableText } from '../printable.ts'
import type { Printable } from '../printable.ts'
import type { Finding, FindingFile } from '../report/report.ts'
import type { Use } from './explanation.ts'

/** The use of one version by one finding. */
type OneUse = {
  readonly version: Printable | null
  readonly since: Date | null
  readonly finding: Finding
}

/** Returns when a file lost its name, or when its package last changed; `null`: not known. */
export function goneSince({ goneAt, package: change }: FindingFile): Date | null {
  return goneAt ?? changedAt(change)
}

/** Returns when a package last changed; `null` where that is not known. */
export function changedAt(change: PackageChange | null): Date | null {
  const at = change === null ? null : new Date(change.at)
  return at === null || Number.isNaN(at.getTime()) ? null : at
}

/** Returns what findings use of a package, by version, the newest first. */
export function usesOfPackage(findings: readonly Finding[], name: string): readonly Use[] {
  return byVersion(
    findings.flatMap((finding) => {
      const files = finding.files.filter((file) => file.package?.name === name)
      const own = finding.ownPackage?.change.name === name ? finding.ownPackage.change : null
      const changes = [
        ...files.flatMap((file) => (file.package === null ? [] : [file.package])),
        ...(own === null ? [] : [own]),
      ]
      const [oldest] = changes.toSorted((a, b) => compareVersions(a.from, b.from))
      if (oldest === undefined) return []
      return [
        { version: oldest.from, since: first([...files.map(goneSince), changedAt(own)]), finding },
      ]
    }),
  )
}

/**
 * Returns which findings use an old file, by the version of its package.
 *
 * @param isIt says of each finding and the place of a file in it whether that is the file
 */
export function usesOfFile(
  findings: readonly Finding[],
  isIt: (finding: number, file: number) => boolean,
): readonly Use[] {
  return byVersion(
    findings.flatMap((finding, at) => {
      const files = finding.files.filter((_, index) => isIt(at, index))
      if (files.length === 0) return []
      const version = files.find((file) => file.package !== null)?.package?.from ?? null
      return [{ version, since: first(files.map(goneSince)), finding }]
    }),
  )
}

function byVersion(uses: readonly OneUse[]): readonly Use[] {
  const versions = new Map<Printable | null, OneUse[]>()
  for (const use of uses) versions.set(use.version, [...(versions.get(use.version) ?? []), use])
  return [...versions]
    .toSorted(([a], [b]) => compareVersions(b ?? '', a ?? ''))
    .map(([version, some]) => ({
      version,
      since: first(some.map(({ since }) => since)),
      findings: some.map(({ finding }) => finding).toSorted(lifelinesFirst),
    }))
}

/** Returns the findings of uses, lifelines first. */
export function findingsOf(uses: readonly Use[]): readonly Finding[] {
  return uses.flatMap(({ findings }) => findings).toSorted(lifelinesFirst)
}

function lifelinesFirst(a: Finding, b: Finding): number {
  return Number(b.lifeline !== null) - Number(a.lifeline !== null)
}

/** Returns the first of some times; `null` where none is known. */
export function first(times: readonly (Date | null)[]): Date | null {
  return times.reduce((a, b) => (a === null || (b !== null && b < a) ? b : a), null)
}

/** Returns the paths of the old files of a package, each once. */
export function filesOfPackage(findings: readonly Finding[], name: string): readonly Printable[] {
  const paths = findings.flatMap(({ files }) =>
    files.flatMap((file) => (file.package?.name === name ? [file.path] : [])),
  )
  return [...new Set(paths)].toSorted().map(printableText)
}
