import { lstatSync } from 'node:fs'
import type { StaleCopy } from '../../core/pacman/former-owner.ts'
import type { Targets } from '../../core/pacman/targets.ts'
import type { PackageLimitCode } from '../../core/limits.ts'
import { printable } from '../../core/printable.ts'
import type { InstalledPackage } from '../../core/reboot/boot-facts.ts'
import { unlessUnreadable } from '../error.ts'
import type { OwnTree } from '../files/own-tree.ts'
import { changesIn, unknownChanges } from './changes.ts'
import type { PackageChanges } from './changes.ts'
import type { LocalDatabase } from './local-database.ts'
import { NOTHING_LOGGED } from './log.ts'
import type { LogReading } from './log.ts'
import { memoryOf } from '../../core/pacman/history.ts'
import type { HookMemory, LoggedChange } from '../../core/pacman/history.ts'
import { olderFileIn } from './package-cache.ts'
import { hiddenPart, openPacman, ownersIn } from './pacman.ts'
import type { Pacman } from './pacman.ts'

/**
 * What pacman knows of a machine. Configuration, log and database are read once, when they are
 * first asked for, at the paths that pacman.conf(5) names.
 */
export type Packages = {
  /** Says whether pacman may have changed anything since a time, in seconds since 1970. */
  readonly mayHaveChangedSince: (seconds: number | null) => Promise<MayHaveChanged>
  /**
   * Returns when the last transaction began, in seconds since 1970, or `null` where the log has
   * none.
   */
  readonly transactionStart: () => Promise<number | null>
  /** Returns the part of the log since a time: see `readPackageLog`. */
  readonly since: (time: Date, now: Date) => Promise<LogReading>
  /** Returns what a hook remembers of its runs since a time: see `memoryOf`. */
  readonly hookMemory: (time: Date, now: Date) => Promise<HookMemory | null>
  /** Returns the packages that are in another version since a time. */
  readonly changedSince: (time: Date, now: Date) => Promise<ChangedPackages>
  /** Returns the package that owns each path now, among the packages that are asked. */
  readonly ownersOf: (
    paths: readonly string[],
    isAsked?: (name: string) => boolean,
  ) => Promise<ReadonlyMap<string, string>>
  /** Returns those of the paths that one of the packages owns now. */
  readonly filesOf: (
    paths: readonly string[],
    names: readonly string[],
  ) => Promise<readonly string[]>
  /** Returns the packages that are installed, or `null` where there is no database. */
  readonly installed: (names: readonly string[]) => Promise<readonly InstalledPackage[] | null>
  /** Returns the version of each installed package, or `null` where there is no database. */
  readonly versions: () => Promise<ReadonlyMap<string, string> | null>
  /** Attributes stale files to what pacman did: see `changesIn`. */
  readonly changes: (
    copies: readonly StaleCopy[],
    now: Date,
    targets: Targets | null,
  ) => Promise<PackageChanges>
  /** Returns the file by which a package can go back to a version: see `olderFileIn`. */
  readonly olderFileOf: (name: string, version: string) => Promise<string | null>
  /** Says whether pacman has its database locked, as it has for all of a transaction (libalpm). */
  readonly isAtWork: () => Promise<boolean>
}

/** The packages that changed, and the limit of that answer. */
export type ChangedPackages = {
  readonly names: readonly string[]
  /** Why the log does not tell of all. */
  readonly limit: PackageLimitCode | null
}

/** Whether pacman may have changed anything since a time. */
export type MayHaveChanged = {
  readonly value: boolean
  /** Why changes may be hidden: see `hiddenPart`. */
  readonly limit: PackageLimitCode | null
}

/**
 * Opens what pacman knows of a machine.
 *
 * @param tree prefix of the absolute paths of the machine; `null` where its files are not at hand,
 *   and nothing is known
 * @param ownTree the same tree; `null` where no file of a package is looked for
 */
export function packagesIn(tree: string | null, ownTree: OwnTree | null = null): Packages {
  if (tree === null) return UNKNOWN_PACKAGES
  let opened: Promise<Pacman> | null = null
  const pacman = () => (opened ??= openPacman(tree))
  return {
    mayHaveChangedSince: async (seconds) => mayHaveChanged(await pacman(), seconds),
    transactionStart: async () => (await pacman()).transactionStart(),
    since: async (time, now) => loggedSince(await pacman(), time, now),
    hookMemory: async (time, now) => memoryOf(loggedSince(await pacman(), time, now).log),
    changedSince: async (time, now) => changedIn(loggedSince(await pacman(), time, now)),
    ownersOf: async (paths, isAsked = () => true) => ownersIn(await pacman(), paths, isAsked),
    async filesOf(paths, names) {
      const some = new Set(names)
      const owners = ownersIn(await pacman(), paths, (name) => some.has(name))
      return paths.filter((path) => owners.has(path))
    },
    async installed(names) {
      const database = (await pacman()).database()
      return database === null ? null : installedIn(database, names)
    },
    async versions() {
      const database = (await pacman()).database()
      if (database === null) return null
      return new Map(database.names.map((name) => [name, database.versionOf(name) ?? ''] as const))
    },
    changes: async (copies, now, targets) =>
      copies.length === 0
        ? unknownChanges(copies, null)
        : changesIn(await pacman(), copies, now, targets),
    olderFileOf: async (name, version) =>
      ownTree === null ? null : olderFileIn(await pacman(), ownTree, { name, version }),
    isAtWork: async () => {
      const lock = `${tree}${(await pacman()).paths.database}/db.lck`
      return unlessUnreadable(() => lstatSync(lock)) !== null
    },
  }
}

const UNKNOWN_PACKAGES: Packages = {
  mayHaveChangedSince: async () => ({ value: true, limit: null }),
  transactionStart: async () => null,
  since: async () => NOTHING_LOGGED,
  hookMemory: async () => null,
  changedSince: async () => ({ names: [], limit: null }),
  ownersOf: async () => new Map(),
  filesOf: async () => [],
  installed: async () => null,
  versions: async () => null,
  changes: async (copies) => unknownChanges(copies, null),
  olderFileOf: async () => null,
  isAtWork: async () => false,
}

/** Some machines have no packages of pacman. */
function loggedSince({ database, changesSince }: Pacman, time: Date, now: Date): LogReading {
  return database()?.names.length ? changesSince(time, now) : NOTHING_LOGGED
}

/**
 * Where packages came with an image, the log begins with the first change after it: such a log
 * misses nothing.
 */
function changedIn({ log, limit }: LogReading): ChangedPackages {
  const isOther = ({ from, to }: LoggedChange) => from !== null && to !== null && from !== to
  return {
    names: [...new Set(log.changes.filter(isOther).map(({ name }) => name))],
    limit: limit === 'package-log-short' ? null : limit,
  }
}

/**
 * Says whether pacman may have changed anything since a time. pacman writes its log with every
 * change, so the time of the log is enough where nothing is wrong.
 */
function mayHaveChanged(pacman: Pacman, seconds: number | null): MayHaveChanged {
  const written = pacman.logWrittenAt()
  const isBefore = seconds !== null && typeof written === 'number' && written < seconds
  if (isBefore && pacman.paths.isWhole) return { value: false, limit: null }
  return { value: true, limit: hiddenPart(pacman) }
}

function installedIn(
  database: LocalDatabase,
  names: readonly string[],
): readonly InstalledPackage[] {
  return names
    .filter((name) => database.versionOf(name) !== null)
    .map((name) => {
      const { installedAt } = database.descriptionOf(name)
      return {
        name: printable(name),
        installedAt: installedAt === null ? null : installedAt.getTime() / 1000,
      }
    })
}
