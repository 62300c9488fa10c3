import { attributionOf, isUnpackaged } from '../../core/pacman/attribution.ts'
import type { Attribution } from '../../core/pacman/attribution.ts'
import { pathInDatabase } from '../../core/pacman/conf.ts'
import type { InstalledPackages, StaleCopy } from '../../core/pacman/former-owner.ts'
import type { PackageLog } from '../../core/pacman/history.ts'
import { pathsAfter } from '../../core/pacman/soname.ts'
import type { Targets } from '../../core/pacman/targets.ts'
import type { PackageLimitCode } from '../../core/limits.ts'
import { FileSearch, packageOf } from './local-database.ts'
import type { LocalDatabase } from './local-database.ts'
import { NOTHING_LOGGED } from './log.ts'
import type { Pacman } from './pacman.ts'

/** What pacman did to stale files. */
export type PackageChanges = {
  /** One attribution for each stale file, in their order. */
  readonly attributions: readonly Attribution[]
  /** Why some attributions are unknown, where that is a fault of log or database. */
  readonly limit: PackageLimitCode | null
}

/**
 * Returns that nothing is known of any copy.
 *
 * @param limit why, where that is not the fault of the copies
 */
export function unknownChanges(
  copies: readonly StaleCopy[],
  limit: PackageLimitCode | null,
): PackageChanges {
  return { attributions: copies.map(() => ({ kind: 'unknown' })), limit }
}

/**
 * Attributes stale files to what pacman did.
 *
 * @param copies files of the machine's own tree, not of a container
 * @param now no line of the log is later
 * @param targets what pacman gave to the hook; `null` outside of a hook
 */
export function changesIn(
  pacman: Pacman,
  copies: readonly StaleCopy[],
  now: Date,
  targets: Targets | null,
): PackageChanges {
  const database = pacman.database()
  // Some machines have no packages of pacman.
  if (database === null)
    return unknownChanges(copies, pacman.needsDatabase() ? 'package-database-unreadable' : null)
  if (database.names.length === 0) return unknownChanges(copies, null)
  const since = oldestOf(copies)
  const { log, limit } = since === null ? NOTHING_LOGGED : pacman.changesSince(since, now)
  const installed = look(database, copies, log, (path) => pathInDatabase(path, pacman.paths))
  const attributions = copies.map((copy) => attributionOf(copy, log, installed, targets))
  // A gap in the log counts only where an attribution needed the log.
  const isMissed = attributions.some(({ kind }) => kind === 'unknown')
  const missed = isMissed ? limit : null
  return {
    attributions,
    limit: missed ?? (installed.isComplete ? null : 'package-database-unreadable'),
  }
}

function oldestOf(copies: readonly StaleCopy[]): Date | null {
  const times = copies.flatMap(({ startedAt, unlinkedAt = null }) =>
    [startedAt, unlinkedAt].filter((time) => time !== null),
  )
  return times.reduce<Date | null>((a, b) => (a === null || b < a ? b : a), null)
}

/**
 * Searches the packages that changed, and then all others for the files that are in none of them.
 */
function look(
  database: LocalDatabase,
  copies: readonly StaleCopy[],
  { changes }: PackageLog,
  inDatabase: (path: string) => string,
): InstalledPackages {
  const pathsOf = (some: readonly StaleCopy[]) => some.map(({ path }) => inDatabase(path))
  const changed = new Set(changes.map(({ name }) => name))
  const search = new FileSearch(
    pathsOf(copies),
    pathsOf(copies.filter(({ state }) => state !== 'replaced')),
  )
  database.search(changed, search)
  const isLeft = ({ path, state }: StaleCopy) =>
    state !== 'removed' && !isUnpackaged(path) && search.ownerOf(inDatabase(path)) === null
  const rest = new FileSearch(pathsOf(copies.filter(isLeft)))
  database.search(
    database.names.filter((name) => !changed.has(name)),
    rest,
  )
  const isGone = ({ path, state }: StaleCopy) =>
    state !== 'replaced' && search.withSameStem(inDatabase(path)).length === 0
  const after = copies.filter(isGone).flatMap(({ path }) => pathsAfter(path, changes, database))
  const moved = new FileSearch(after.map(inDatabase))
  database.search(changed, moved)
  return {
    isComplete: [search, rest, moved].every((one) => one.isComplete),
    versionOf: database.versionOf,
    descriptionOf: database.descriptionOf,
    ownerOf: (path) => packageOf(inDatabase(path), [search, rest, moved]),
    withSameStem: (path) => search.withSameStem(inDatabase(path)),
  }
}
