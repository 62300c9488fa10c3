import type { Printable } from '../printable.ts'

/** What happened to the package of a stale file, from the start of the process until now. */
export type PackageChange = {
  readonly name: Printable
  /** The version that was installed when the process started. */
  readonly from: Printable
  /** The version that is installed now; `null`: the package was removed. */
  readonly to: Printable | null
  readonly change: 'upgraded' | 'downgraded' | 'reinstalled' | 'removed'
  /** The time of its last change: ISO 8601, UTC. */
  readonly at: Printable
  /**
   * The advisories that the new version fixed, the worst first; absent where no list of them is at
   * hand.
   */
  readonly advisories?: readonly Advisory[]
}

/** A group of vulnerabilities of one version of a package. */
export type Advisory = {
  /** `AVG-1234`. */
  readonly name: Printable
  readonly severity: 'Unknown' | 'Low' | 'Medium' | 'High' | 'Critical'
  /** `CVE-2026-1234`. */
  readonly issues: readonly Printable[]
}

/** A change of the package that brings the unit file of a service, since the service started. */
export type OwnPackage = {
  readonly change: PackageChange
  /** Whether it changed since the hook last spoke: see `Attribution`. */
  readonly isNew: boolean | null
}
