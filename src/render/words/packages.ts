import type { Advisory, PackageChange } from '../../core/pacman/package-change.ts'

/** Returns what pacman did to a package: `openssl 3.5.0-1 -> 3.5.1-1`. */
export function changeText({ name, from, to, change }: PackageChange): string {
  return to === null || from === to ? `${name} ${from} ${change}` : `${name} ${from} -> ${to}`
}

/** Returns what pacman did to a package, and which advisories that fixed. */
export function changeWithFixes(change: PackageChange, most: number): string {
  const fixes = advisoryText(change.advisories ?? [], most)
  return fixes === '' ? changeText(change) : `${changeText(change)}, ${fixes}`
}

/** Returns what an upgrade fixed: `fixes CVE-2026-1234, CVE-2026-1235 and 2 more (High)`. */
function advisoryText(advisories: readonly Advisory[], most: number): string {
  const [worst] = advisories
  if (worst === undefined) return ''
  const issues = [
    ...new Set(advisories.flatMap((one) => (one.issues.length > 0 ? one.issues : one.name))),
  ]
  const more = issues.length - most
  const rest = more > 0 ? ` and ${more} more` : ''
  return `fixes ${issues.slice(0, most).join(', ')}${rest} (${worst.severity})`
}
