/** What could not be read or asked, with how many processes or units that concerns. */
export type Limit = { readonly code: LimitCode; readonly count: number }

export type LimitCode =
  | 'maps-denied'
  | 'maps-failed'
  | 'maps-stuck'
  | 'processes-hidden'
  | 'mappings-dropped'
  | 'tree-unknown'
  | 'group-unreadable'
  | 'boot-time-unknown'
  | 'kernel-unknown'
  | 'after-effects-unknown'
  | 'advisories-unreadable'
  | 'not-booted'
  | 'systemctl-missing'
  | 'systemctl-timeout'
  | 'systemctl-failed'
  | 'user-manager-missing'
  | 'recorded-units'
  | PackageLimitCode
  | 'self-unknown'

/** Why a stale file may stay without its package; the verdict does not depend on it. */
export type PackageLimitCode =
  | 'package-log-missing'
  | 'package-log-unreadable'
  | 'package-log-short'
  | 'package-log-damaged'
  | 'package-log-clock-stepped'
  | 'package-log-too-long'
  | 'package-database-unreadable'
