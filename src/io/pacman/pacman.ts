import { lstatSync, statSync } from 'node:fs'
import { pathInDatabase } from '../../core/pacman/conf.ts'
import type { PackageLimitCode } from '../../core/limits.ts'
import { errorCode, unlessUnreadable } from '../error.ts'
import { FileSearch, openLocalDatabase, packageOf } from './local-database.ts'
import type { LocalDatabase } from './local-database.ts'
import { readLastTransactionStart, readPackageLog } from './log.ts'
import type { LogReading } from './log.ts'
import { readPacmanPaths } from './paths.ts'
import type { ConfiguredPaths } from './paths.ts'

/** The parts of pacman on a machine. Each is read once, when it is first asked for. */
export type Pacman = {
  readonly paths: ConfiguredPaths
  /** The database; `null` where it cannot be read. */
  readonly database: () => LocalDatabase | null
  /** Whether a database must exist, so that a missing one is a limit. */
  readonly needsDatabase: () => boolean
  /** Returns seconds since 1970 at which the log was last written, or why this is not known. */
  readonly logWrittenAt: () => number | PackageLimitCode
  /** Returns the changes since a time: see `readPackageLog`. */
  readonly changesSince: (since: Date, now: Date) => LogReading
  /**
   * Returns when the last transaction began, in seconds since 1970, or `null`: see
   * `readLastTransactionStart`.
   */
  readonly transactionStart: () => number | null
}

/** @param tree prefix of the absolute paths of the machine */
export async function openPacman(tree: string): Promise<Pacman> {
  const paths = await readPacmanPaths(tree)
  const log = `${tree}${paths.log}`
  let reading: { readonly since: Date; readonly read: LogReading } | null = null
  return {
    paths,
    database: once(() => openLocalDatabase(`${tree}${paths.database}/local`)),
    needsDatabase: () =>
      paths.namesDatabase || unlessUnreadable(() => lstatSync(`${tree}${paths.database}`)) !== null,
    logWrittenAt: once(() => writtenAt(log)),
    // One reading since the boot answers for every process.
    changesSince(since, now) {
      if (reading === null || reading.since > since)
        reading = { since, read: readPackageLog(log, since, now) }
      return until(since, reading.read)
    },
    transactionStart: once(() => readLastTransactionStart(log)),
  }
}

function once<T>(read: () => T): () => T {
  let known: { readonly value: T } | null = null
  return () => (known ??= { value: read() }).value
}

/**
 * Returns the time of the log. Something that is not a file is no log (`LogFile = /dev/null`), and
 * its time says nothing.
 */
function writtenAt(log: string): number | PackageLimitCode {
  try {
    const found = statSync(log)
    return found.isFile() ? found.mtimeMs / 1000 : 'package-log-unreadable'
  } catch (error) {
    if (errorCode(error) === '') throw error
    return errorCode(error) === 'ENOENT' ? 'package-log-missing' : 'package-log-unreadable'
  }
}

/**
 * Returns a reading without its limit where that does not concern this time: a log that begins late
 * has everything since a later time.
 */
function until(since: Date, { log, limit }: LogReading): LogReading {
  const isShort = limit === 'package-log-short' || limit === 'package-log-too-long'
  const isReached = log.knownSince !== null && log.knownSince <= since
  return { log, limit: isShort && isReached ? null : limit }
}

/**
 * Returns the reason for which no question about changes can be answered, or `null`. Some machines
 * have no packages of pacman, so a file that is missing at its usual place counts only where it is
 * needed.
 */
export function hiddenPart(pacman: Pacman): PackageLimitCode | null {
  const { isWhole, namesDatabase, namesLog } = pacman.paths
  if (!isWhole) return 'package-log-unreadable'
  const database = pacman.database()
  if (database === null) return namesDatabase ? 'package-database-unreadable' : null
  const written = pacman.logWrittenAt()
  return namesLog && database.names.length > 0 && typeof written !== 'number' ? written : null
}

/**
 * Returns the package that owns each path now. A path that no package owns is not in the map.
 *
 * @param isAsked says whether a package is searched, by its name
 */
export function ownersIn(
  { paths: places, database }: Pacman,
  paths: readonly string[],
  isAsked: (name: string) => boolean,
): ReadonlyMap<string, string> {
  const search = new FileSearch(paths.map((path) => pathInDatabase(path, places)))
  const names = database()?.names ?? []
  database()?.search(names.filter(isAsked), search)
  return new Map(
    paths.flatMap((path) => {
      const owner = packageOf(pathInDatabase(path, places), [search])
      return owner === null ? [] : [[path, owner] as const]
    }),
  )
}
