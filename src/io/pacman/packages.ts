import { attribute, isUnpackaged } from '../../core/pacman/attribution.ts'
import type { Attribution } from '../../core/pacman/attribution.ts'
import type { InstalledPackages, StaleCopy } from '../../core/pacman/former-owner.ts'
import type { PackageLog } from '../../core/pacman/history.ts'
import type { Targets } from '../../core/pacman/targets.ts'
import type { PackageLimitCode } from '../../core/limits.ts'
import { unlessUnreadable } from '../error.ts'
import { lstatSync, statSync } from 'node:fs'
import { FileSearch, openLocalDatabase } from './local-database.ts'
import type { LocalDatabase } from './local-database.ts'
import { readPackageLog } from './log.ts'
import type { LogReading } from './log.ts'
import { readPacmanPaths } from './paths.ts'

export type PackageChanges = {
  /** One for each copy, in their order. */
  readonly attributions: readonly Attribution[]
  /** Why some are unknown, where that is not the fault of the copies. */
  readonly limit: PackageLimitCode | null
}

/** What pacman did to stale files: see `packageChanges`. */
export type Packages = {
  /**
   * Says whether pacman may have changed anything since a time, in seconds since 1970: nothing is opened
   * for it, the log's own time tells. Where the log is elsewhere, or nowhere, it may have.
   */
  readonly mayHaveChangedSince: (seconds: number | null) => boolean
  /** Returns what the log tells since a time: see `readPackageLog`. */
  readonly since: (time: Date, now: Date) => Promise<LogReading>
  /** Returns those of the files that one of the packages has now. */
  readonly filesOf: (
    names: Iterable<string>,
    files: readonly string[],
  ) => Promise<ReadonlySet<string>>
  readonly changes: (
    copies: readonly StaleCopy[],
    now: Date,
    targets: Targets | null,
  ) => Promise<PackageChanges>
}

/** Opens what pacman knows of a machine; of a process tree without its files nothing is known. */
export function packagesIn(tree: string | null): Packages {
  let opened: Promise<Pacman> | null = null
  const pacman = (below: string) => (opened ??= openPacman(below))
  return {
    mayHaveChangedSince(seconds) {
      const log = tree === null ? null : unlessUnreadable(() => statSync(`${tree}${LOG}`))
      return log === null || seconds === null || log.mtimeMs >= seconds * 1000
    },
    async since(time, now) {
      if (tree === null) return NOTHING_LOGGED
      const { database, readLog } = await pacman(tree)
      // Not every machine's packages are pacman's.
      return database?.names.length ? readLog(time, now) : NOTHING_LOGGED
    },
    filesOf: async (names, files) =>
      tree === null ? new Set() : filesInPackages(await pacman(tree), names, files),
    async changes(copies, now, targets) {
      if (tree === null) return unknown(copies, null)
      return copies.length === 0 ? NO_CHANGES : changesIn(await pacman(tree), copies, now, targets)
    },
  }
}

/** What pacman has of a machine, each part read once: a scan has several questions. */
type Pacman = {
  readonly root: string
  /** Whether there is a directory for its database. */
  readonly isThere: boolean
  readonly database: LocalDatabase | null
  readonly readLog: (since: Date, now: Date) => LogReading
}

async function openPacman(tree: string): Promise<Pacman> {
  const { root, database, log } = await readPacmanPaths(tree)
  let reading: { readonly since: Date; readonly read: LogReading } | null = null
  return {
    root,
    isThere: unlessUnreadable(() => lstatSync(`${tree}${database}`)) !== null,
    database: openLocalDatabase(`${tree}${database}/local`),
    // What was read since the boot answers for every process.
    readLog(since, now) {
      if (reading === null || reading.since > since)
        reading = { since, read: readPackageLog(`${tree}${log}`, since, now) }
      return until(since, reading.read)
    },
  }
}

/** Where the log begins after an earlier time only, nothing is missing since a later one. */
function until(since: Date, { log, limit }: LogReading): LogReading {
  const isShort = limit === 'package-log-short' || limit === 'package-log-too-long'
  const isReached = log.knownSince !== null && log.knownSince <= since
  return { log, limit: isShort && isReached ? null : limit }
}

function filesInPackages(
  { root, database }: Pacman,
  names: Iterable<string>,
  files: readonly string[],
): ReadonlySet<string> {
  const inDatabase = (path: string) => path.slice(root.length + 1)
  const search = new FileSearch(files.map(inDatabase))
  database?.search(names, search)
  return new Set(files.filter((path) => search.ownerOf(inDatabase(path)) !== null))
}

/** LogFile of pacman.conf(5), where it says nothing. */
const LOG = '/var/log/pacman.log'

function unknown(copies: readonly StaleCopy[], limit: PackageLimitCode | null): PackageChanges {
  return { attributions: copies.map(() => ({ kind: 'unknown' })), limit }
}

/**
 * Attributes stale files to what pacman did. Without a stale file nothing of pacman is opened.
 *
 * @param tree what stands in front of the machine's absolute paths
 * @param copies files of the machine's own tree, not of a container's
 * @param now no line of the log is later
 * @param targets what pacman gave to the hook; `null`: this is no hook
 */
export async function packageChanges(
  tree: string,
  copies: readonly StaleCopy[],
  now: Date,
  targets: Targets | null,
): Promise<PackageChanges> {
  if (copies.length === 0) return NO_CHANGES
  return changesIn(await openPacman(tree), copies, now, targets)
}

const NO_CHANGES: PackageChanges = { attributions: [], limit: null }

function changesIn(
  { root, isThere, database, readLog }: Pacman,
  copies: readonly StaleCopy[],
  now: Date,
  targets: Targets | null,
): PackageChanges {
  // Not every machine's packages are pacman's.
  if (database === null) return unknown(copies, isThere ? 'package-database-unreadable' : null)
  if (database.names.length === 0) return unknown(copies, null)
  const since = oldestOf(copies)
  const { log, limit } = since === null ? NOTHING_LOGGED : readLog(since, now)
  const installed = look(database, copies, log, `${root}/`)
  const attributions = copies.map((copy) => attribute(copy, log, installed, targets))
  // What the log does not tell is missed only where it was needed.
  const isMissed = attributions.some(({ kind }) => kind === 'unknown')
  const missed = isMissed ? limit : null
  return {
    attributions,
    limit: missed ?? (installed.isComplete ? null : 'package-database-unreadable'),
  }
}

export const NOTHING_LOGGED: LogReading = {
  log: { changes: [], knownSince: null, gap: null },
  limit: null,
}

function oldestOf(copies: readonly StaleCopy[]): Date | null {
  const times = copies.flatMap(({ startedAt, unlinkedAt = null }) =>
    [startedAt, unlinkedAt].filter((time) => time !== null),
  )
  return times.reduce<Date | null>((a, b) => (a === null || b < a ? b : a), null)
}

/** Looks into the packages that changed, and only for what is in none of them into all others. */
function look(
  database: LocalDatabase,
  copies: readonly StaleCopy[],
  { changes }: PackageLog,
  root: string,
): InstalledPackages {
  const inDatabase = (path: string) => path.slice(path.startsWith(root) ? root.length : 1)
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
  return {
    isComplete: search.isComplete && rest.isComplete,
    versionOf: database.versionOf,
    descriptionOf: database.descriptionOf,
    ownerOf: (path) => search.ownerOf(inDatabase(path)) ?? rest.ownerOf(inDatabase(path)),
    withSameStem: (path) => search.withSameStem(inDatabase(path)),
  }
}
