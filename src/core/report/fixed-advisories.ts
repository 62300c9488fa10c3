import { compareText } from '../printable.ts'
import type { Advisory, PackageChange } from '../pacman/package-change.ts'
import type { Finding } from './report.ts'
import { compareVersions } from '../pacman/version.ts'
import { SEVERITIES } from '../pacman/advisories.ts'
import type { TrackedGroup } from '../pacman/advisories.ts'

/**
 * Returns the change with the advisories that it fixed, the worst first: the old version has them,
 * and the new one does not.
 */
function withAdvisories(change: PackageChange, groups: readonly TrackedGroup[]): PackageChange {
  const { name, from, to } = change
  if (to === null) return change
  const advisories = groups
    .filter(({ packages }) => packages.includes(name))
    .filter(({ fixed }) => compareVersions(from, fixed) < 0 && compareVersions(to, fixed) >= 0)
    .toSorted((a, b) => rank(b) - rank(a) || compareText(a.name, b.name))
    .map((group) => ({ name: group.name, severity: group.severity, issues: group.issues }))
  return { ...change, advisories }
}

/** Returns the finding with the advisories that each change of a package fixed. */
export function findingWithAdvisories(finding: Finding, groups: readonly TrackedGroup[]): Finding {
  const { files, ownPackage } = finding
  return {
    ...finding,
    ownPackage: ownPackage && {
      ...ownPackage,
      change: withAdvisories(ownPackage.change, groups),
    },
    files: files.map((file) => ({
      ...file,
      package: file.package && withAdvisories(file.package, groups),
    })),
  }
}

/** Returns the packages that changed under a finding. */
export function changesOf({
  files,
  ownPackage,
}: Pick<Finding, 'files' | 'ownPackage'>): readonly PackageChange[] {
  return [...files.map((file) => file.package), ownPackage?.change ?? null].filter(
    (change) => change !== null,
  )
}

/**
 * Returns the severity of the worst advisory that an upgrade fixed and that a finding still runs
 * with: an index of `SEVERITIES`, or -1 where none is known.
 */
export function urgencyOf(finding: Finding): number {
  return Math.max(-1, ...changesOf(finding).map(severityOf))
}

/** Returns the severity of the worst advisory that the change of a package fixed, or -1. */
export function severityOf({ advisories = [] }: PackageChange): number {
  return Math.max(-1, ...advisories.map(rank))
}

function rank({ severity }: Advisory): number {
  return SEVERITIES.indexOf(severity)
}
