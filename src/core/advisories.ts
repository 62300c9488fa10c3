import { compareText } from './printable.ts'
import type { Advisory, Finding, PackageChange } from './types.ts'
import { compareVersions } from './version.ts'

/** A group of vulnerabilities of the Arch Linux security tracker ("AVG"), and the version that ended it. */
export type TrackedGroup = Advisory & {
  readonly packages: readonly string[]
  /** The first version without it. */
  readonly fixed: string
}

/** How the tracker rates, the worst last. */
export const SEVERITIES = ['Unknown', 'Low', 'Medium', 'High', 'Critical'] as const

/**
 * Reads the tracker's list of groups, as `https://security.archlinux.org/issues/all.json` and
 * `arch-audit --json` give it, and returns those that have been fixed; `null` where it is no such list.
 *
 * A group that has not the tracker's form is left out: nothing of it is printed.
 */
export function parseAdvisories(text: string): readonly TrackedGroup[] | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  return Array.isArray(value) ? value.flatMap(groupIn) : null
}

function groupIn(value: unknown): readonly TrackedGroup[] {
  const { name, packages, status, severity, fixed, issues } = (value ?? {}) as Record<
    string,
    unknown
  >
  const rating = SEVERITIES.find((one) => one === severity)
  if (typeof name !== 'string' || !/^AVG-\d{1,9}$/.test(name) || rating === undefined) return []
  if (!isTexts(packages) || !isTexts(issues) || status === 'Not affected') return []
  if (typeof fixed !== 'string' || fixed === '') return []
  const named = issues.filter((issue) => /^CVE-\d{4}-\d{1,9}$/.test(issue))
  return [{ name, severity: rating, issues: named.toSorted(compareText), packages, fixed }]
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

/** Returns the change with what it fixed, the worst first: what was open in its old version and is not in the new. */
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
export function changesOf({ files, ownPackage }: Finding): readonly PackageChange[] {
  return [...files.map((file) => file.package), ownPackage?.change ?? null].filter(
    (change) => change !== null,
  )
}

/** Returns how bad the worst is that an upgrade fixed and that a finding still runs; -1: nothing known. */
export function urgencyOf(finding: Finding): number {
  return Math.max(-1, ...changesOf(finding).flatMap(({ advisories = [] }) => advisories.map(rank)))
}

function rank({ severity }: Advisory): number {
  return SEVERITIES.indexOf(severity)
}
