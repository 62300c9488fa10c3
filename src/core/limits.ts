/** What could not be read or asked, with how many processes or units that concerns. */
export type Limit = { readonly code: LimitCode; readonly count: number }

/** Why a stale file may stay without its package; the verdict does not depend on it. */
export const PACKAGE_LIMIT_CODES = [
  'package-log-missing',
  'package-log-unreadable',
  'package-log-short',
  'package-log-damaged',
  'package-log-clock-stepped',
  'package-log-too-long',
  'package-database-unreadable',
] as const
export type PackageLimitCode = (typeof PACKAGE_LIMIT_CODES)[number]

export const LIMIT_CODES = [
  'maps-denied',
  'maps-failed',
  'maps-stuck',
  'processes-hidden',
  'mappings-dropped',
  'tree-unknown',
  'group-unreadable',
  'boot-time-unknown',
  'kernel-unknown',
  'after-effects-unknown',
  'advisories-unreadable',
  'not-booted',
  'systemctl-missing',
  'systemctl-timeout',
  'systemctl-failed',
  'user-manager-missing',
  'recorded-units',
  ...PACKAGE_LIMIT_CODES,
  'self-unknown',
] as const
export type LimitCode = (typeof LIMIT_CODES)[number]

/** Says whether a process with replaced files may have been missed. */
export function hidesProcesses({ code }: Limit): boolean {
  return code !== 'kernel-unknown' && code !== 'after-effects-unknown'
}
