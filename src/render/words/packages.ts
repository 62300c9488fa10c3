import { joined, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import { nameLabel } from './labels.ts'
import type { Advisory, PackageChange } from '../../core/pacman/package-change.ts'

/** Returns the name of a package, in quotes where it could read like words of this program. */
export function packageLabel(name: Printable): Printable {
  return nameLabel(name)
}

/** Returns a version. The colon behind an epoch reads like no words. */
export function versionLabel(version: Printable): Printable {
  return /[ "()\\]/.test(version) ? nameLabel(version) : version
}

/** Returns what pacman did to a package: `openssl 3.5.0-1 -> 3.5.1-1`. */
export function changeText({ name, from, to, change }: PackageChange): Printable {
  return to === null || from === to ? say`${name} ${from} ${change}` : say`${name} ${from} -> ${to}`
}

/** Returns what pacman did to a package, and which advisories that fixed. */
export function changeWithFixes(change: PackageChange, most: number): Printable {
  const fixes = advisoryText(change.advisories ?? [], most)
  return fixes === '' ? changeText(change) : say`${changeText(change)}, ${fixes}`
}

/** Returns which advisories the change of a package fixed: `openssl fixes CVE-2026-1 (High)`. */
export function fixesText(
  { name, advisories = [] }: PackageChange,
  most: number,
): readonly Printable[] {
  const fixes = advisoryText(advisories, most)
  return fixes === '' ? [] : [say`${name} ${fixes}`]
}

/** Returns what an upgrade fixed: `fixes CVE-2026-1234, CVE-2026-1235 and 2 more (High)`. */
function advisoryText(advisories: readonly Advisory[], most: number): Printable {
  const [worst] = advisories
  if (worst === undefined) return say``
  const issues = [
    ...new Set(advisories.flatMap((one) => (one.issues.length > 0 ? one.issues : one.name))),
  ]
  const more = issues.length - most
  const rest = more > 0 ? say` and ${more} more` : ''
  return say`fixes ${joined(issues.slice(0, most), ', ')}${rest} (${worst.severity})`
}
