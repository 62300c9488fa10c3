import type { Printable } from './printable.ts'

/** What could not be read or asked, and the number of processes or units that this concerns. */
export type Limit = {
  readonly code: LimitCode
  readonly count: number
  /**
   * The names or ids of the users whose share of a budget was spent. `null`: ids that belong to no
   * user of the machine, as those of containers.
   */
  readonly whose?: readonly (Printable | null)[]
}

/**
 * The reasons for which a stale file may stay without its package. The verdict does not depend on
 * them.
 */
export const PACKAGE_LIMIT_CODES = [
  'package-log-missing',
  'package-log-unreadable',
  'package-log-short',
  'package-log-damaged',
  'package-log-clock-stepped',
  'package-log-too-long',
  'package-database-unreadable',
] as const

/** The code of a limit that concerns packages. */
export type PackageLimitCode = (typeof PACKAGE_LIMIT_CODES)[number]

/** All limits; `render/words/limits.ts` has a sentence for each. */
export const LIMIT_CODES = [
  'maps-denied',
  'maps-failed',
  'maps-stuck',
  'processes-hidden',
  'mappings-dropped',
  'files-unjudged',
  'members-unjudged',
  'user-processes-cut',
  'user-share-spent',
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

/** The code of a limit. */
export type LimitCode = (typeof LIMIT_CODES)[number]

/** Says whether a process with replaced files may have been missed. */
export function hidesProcesses({ code }: Limit): boolean {
  return code !== 'kernel-unknown' && code !== 'after-effects-unknown'
}

/** The limits of reading and judging mappings: more may use old code than was found. */
const LIMITS_OF_READING: ReadonlySet<LimitCode> = new Set([
  'maps-denied',
  'maps-failed',
  'maps-stuck',
  'processes-hidden',
  'mappings-dropped',
  'files-unjudged',
  'user-processes-cut',
  'user-share-spent',
  'tree-unknown',
])

/** Says whether more may use old code than was found. */
export function mayHideMore({ code }: Limit): boolean {
  return LIMITS_OF_READING.has(code)
}

/** Says whether a limit concerns packages alone. */
export function isAboutPackages({ code }: Limit): boolean {
  return PACKAGE_LIMITS.has(code)
}

const PACKAGE_LIMITS: ReadonlySet<LimitCode> = new Set(PACKAGE_LIMIT_CODES)
