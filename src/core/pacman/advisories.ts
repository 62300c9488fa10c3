import { compareText, printableText } from '../printable.ts'
import type { Advisory } from './package-change.ts'

/**
 * A group of vulnerabilities of the Arch Linux security tracker ("AVG"), and the version that ended
 * it.
 */
export type TrackedGroup = Advisory & {
  readonly packages: readonly string[]
  /** The first version without it. */
  readonly fixed: string
}

/** The ratings of the tracker, the worst last. */
export const SEVERITIES = ['Unknown', 'Low', 'Medium', 'High', 'Critical'] as const

/**
 * Reads the list of groups of the tracker, as `https://security.archlinux.org/issues/all.json` and
 * `arch-audit --json` give it. Returns those that have been fixed, or `null` where the text is no
 * such list.
 *
 * A group of another form is left out: nothing of it is printed.
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
  const named = issues.filter((issue) => /^CVE-\d{4}-\d{1,9}$/.test(issue)).map(printableText)
  const sorted = named.toSorted(compareText)
  return [{ name: printableText(name), severity: rating, issues: sorted, packages, fixed }]
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
