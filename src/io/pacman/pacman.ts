import { lstatSync, statSync } from 'node:fs'
import { pathInDatabase } from '../../core/pacman/conf.ts'
import type { PackageLimitCode } from '../../core/limits.ts'
import { errorCode, unlessUnreadable } from '../error.ts'
import { FileSearch, openLocalDatabase } from './local-database.ts'
import type { LocalDatabase } from './local-database.ts'
import { readLastTransactionStart, readPackageLog } from './log.ts'
import type { LogReading } from './log.ts'
import { readPacmanPaths } from './paths.ts'
import type { ConfiguredPaths } from './paths.ts'

/** What pacman has of a machine, each part read when it is first asked for, and once. */
export type Pacman = {
  readonly paths: ConfiguredPaths
  /** `null` where there is none that can be read. */
  readonly database: () => LocalDatabase | null
  /** Whether there must be a database, so that one that cannot be read is missed. */
  readonly needsDatabase: () => boolean
  /** Seconds since 1970 at which the log was last written; or why that is not known. */
  readonly logWrittenAt: () => number | PackageLimitCode
  /** Returns the changes since a time: see `readPackageLog`. */
  readonly changesSince: (since: Date, now: Date) => LogReading
  /** Returns seconds since 1970, or `null`: see `readLastTransactionStart`. */
  readonly transactionStart: () => number | null
}

/** @param tree what stands in front of the machine's absolute paths */
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
    // What was read since the boot answers for every process.
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

/** What is no file keeps no log (`LogFile = /dev/null`), and its time says nothing. */
function writtenAt(log: string): number | PackageLimitCode {
  try {
    const found = statSync(log)
    return found.isFile() ? found.mtimeMs / 1000 : 'package-log-unreadable'
  } catch (error) {
    if (errorCode(error) === '') throw error
    return errorCode(error) === 'ENOENT' ? 'package-log-missing' : 'package-log-unreadable'
  }
}

/** Where the log begins after an earlier time only, nothing is missing since a later one. */
function until(since: Date, { log, limit }: LogReading): LogReading {
  const isShort = limit === 'package-log-short' || limit === 'package-log-too-long'
  const isReached = log.knownSince !== null && log.knownSince <= since
  return { log, limit: isShort && isReached ? null : limit }
}

/**
 * Returns what hides changes of packages from every question, or `null`. Not every machine's
 * packages are pacman's: what is missing at a usual place is missed only by those who need it.
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
 * Returns the package that owns each of the paths now. A path that no package owns is not in the
 * map.
 *
 * @param isAsked which packages are looked at, by their names
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
      const owner = search.ownerOf(pathInDatabase(path, places))
      return owner === null ? [] : [[path, owner] as const]
    }),
  )
}
