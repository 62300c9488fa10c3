/**
 * What happened to the package that a stale file came from, from the start of the process until
 * now.
 */
export type PackageChange = {
  readonly name: string
  /** The version that was installed when the process started. */
  readonly from: string
  /** The version that is installed now; `null`: the package was removed. */
  readonly to: string | null
  readonly change: 'upgraded' | 'downgraded' | 'reinstalled' | 'removed'
  /** When it last changed: ISO 8601, UTC. */
  readonly at: string
  /** What the new version fixed, the worst first; absent where no advisories are at hand. */
  readonly advisories?: readonly Advisory[]
}

/** A group of vulnerabilities that a version of a package has. */
export type Advisory = {
  /** `AVG-1234`. */
  readonly name: string
  readonly severity: 'Unknown' | 'Low' | 'Medium' | 'High' | 'Critical'
  /** `CVE-2026-1234`. */
  readonly issues: readonly string[]
}

/**
 * The package that brings the unit file of a service, where it changed since the service started.
 */
export type OwnPackage = {
  readonly change: PackageChange
  /** Whether the newest transaction changed it; `null`: not certain. */
  readonly isNew: boolean | null
}
