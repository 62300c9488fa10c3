import type { Description } from './local-database.ts'
import { CLOCK_ERROR_MS, lastMoment, transactionsAt } from './history.ts'
import type { LoggedChange, PackageLog } from './history.ts'
import { isRelated, libraryName, movedByRelease, moveOf, pathsAfter } from './soname.ts'
import { isTarget } from './targets.ts'
import type { Targets } from './targets.ts'
import type { FileState } from '../proc/process.ts'
import type { Bytes } from '../printable.ts'

/** A stale file as one process has it mapped. */
export type StaleCopy = {
  readonly path: Bytes
  readonly state: FileState
  /** Start of the process that has it; `null` when it is not known. */
  readonly startedAt: Date | null
  /**
   * When the mapped file lost its name (its ctime), where that is known. It decides where the start
   * of the process cannot.
   */
  readonly unlinkedAt?: Date | null
  /** When the file that has the name now was put there, where that is known. */
  readonly replacedAt?: Date | null
}

/** A library that may be the next version of a library that is gone, with its package. */
export type Relative = { readonly name: string; readonly path: string }

/** The local database as attribution asks it. */
export type InstalledPackages = {
  /** Whether everything needed was read. Otherwise a file without an owner may have one. */
  readonly isComplete: boolean
  /** Returns the version that is installed now, or `null`. */
  readonly versionOf: (name: string) => string | null
  readonly descriptionOf: (name: string) => Description
  /** Returns the package that a path belongs to now, or `null`. */
  readonly ownerOf: (path: string) => string | null
  /**
   * Returns the changed packages that now have the same library in another version, with its path.
   */
  readonly withSameStem: (path: string) => readonly Relative[]
}

/**
 * Returns the package that had a file which is gone, or `null` where that is not certain. The
 * database only has the files of packages as they are now.
 *
 * Four cases are certain.
 * 1. One changed package has the same library in another version, and no removed or new package is
 * related to it.
 * 2. A new package has the next version of the library, and replaced the package that had the file.
 * 3. One changed package now has the file at a path with another version in it.
 * 4. Only one removed package can have had the file.
 */
export function formerOwnerOfGone(
  copy: StaleCopy,
  log: PackageLog,
  installed: InstalledPackages,
  targets: Targets | null,
): string | null {
  const changes = suspectsOf(copy, log, targets)
  const removed = namesOf(changes.filter(({ operation }) => operation === 'removed'))
  const renewed = changes.filter(({ from, to }) => from !== null && to !== null && from !== to)
  const libraries = installed.withSameStem(copy.path)
  const relatives = libraries.map(({ name }) => name)
  const [former, ...others] = namesOf(renewed).filter((name) => relatives.includes(name))
  const arrivals = changes.filter(
    ({ name, from }) => from === null && relatives.includes(name) && !removed.includes(name),
  )
  if (former === undefined)
    return (
      formerOwnerBeforeGone(arrivals, copy, changes, installed) ??
      ownerOfMoved(copy.path, renewed, changes, installed) ??
      onlyRemoved(copy.path, removed, changes)
    )
  if (others.length > 0 || arrivals.length > 0) return null
  const next = libraries.find(({ name }) => name === former)
  const steps = renewed.filter(({ name }) => name === former)
  const [from, to] = [steps.at(-1)?.from, steps[0]?.to]
  const move = next && from && to ? moveOf([copy.path, next.path], [from, to]) : 'unknown'
  if (move === 'other') return null
  const own = new Set(steps.map((step) => step.transaction))
  const library = libraryName(copy.path)
  const isRival = ({ name, operation, transaction }: LoggedChange) =>
    operation === 'removed' &&
    ((move !== 'same' && own.has(transaction)) ||
      isRelated(name, former) ||
      isRelated(name, library))
  return changes.some(isRival) ? null : former
}

/**
 * Returns the package that lost a library in the transaction that installed a new package with the
 * next version of the library.
 */
function formerOwnerBeforeGone(
  arrivals: readonly LoggedChange[],
  copy: StaleCopy,
  suspects: readonly LoggedChange[],
  installed: InstalledPackages,
): string | null {
  const [arrival, ...others] = arrivals
  if (arrival === undefined || others.length > 0) return null
  if (suspects.some(({ transaction }) => transaction !== arrival.transaction)) return null
  const changes = suspects.filter(({ from, to }) => from !== to)
  return formerOwnerBefore(arrival, copy, changes, installed)
}

/**
 * Returns the only changed package that has a file at one of the paths to which upgrades can have
 * moved it, or `null`. The version in the path can be that of another package: a module of Python
 * lies below the version of Python. So what was removed together with the owner's older version can
 * have had the file, unless the path has the whole version of the owner, and of no other package.
 */
function ownerOfMoved(
  path: string,
  renewed: readonly LoggedChange[],
  suspects: readonly LoggedChange[],
  installed: InstalledPackages,
): string | null {
  const names = namesOf(renewed)
  const owners = pathsAfter(path, renewed, installed).flatMap((one) => installed.ownerOf(one) ?? [])
  const [owner, ...others] = new Set(owners.filter((name) => names.includes(name)))
  if (owner === undefined || others.length > 0) return null
  const own = new Set(renewed.filter(({ name }) => name === owner).map((one) => one.transaction))
  const isOwn = isMovedByOwn(path, owner, renewed, installed)
  const isRival = ({ name, operation, transaction }: LoggedChange) =>
    operation === 'removed' &&
    ((!isOwn && own.has(transaction)) ||
      isRelated(name, owner) ||
      isRelated(name, libraryName(path)))
  return suspects.some(isRival) ? null : owner
}

/** Says whether the whole version of the owner, and of no other package, moved a file of it. */
function isMovedByOwn(
  path: string,
  owner: string,
  renewed: readonly LoggedChange[],
  installed: InstalledPackages,
): boolean {
  const to = installed.versionOf(owner)
  const others = renewed.filter(({ name }) => name !== owner)
  const foreign = pathsAfter(path, others, installed)
  return renewed.some(({ name, from }) => {
    const isOwn = name === owner && from !== null && to !== null
    const moved = isOwn ? movedByRelease(path, [from, to]) : null
    return moved !== null && installed.ownerOf(moved) === owner && !foreign.includes(moved)
  })
}

/** Returns the changes that can have removed the file. */
function suspectsOf(
  { path, startedAt, unlinkedAt = null }: StaleCopy,
  { changes }: PackageLog,
  targets: Targets | null,
): readonly LoggedChange[] {
  const start = startedAt?.getTime() ?? 0
  const after = changes.filter((change) => lastMoment(change) >= start - CLOCK_ERROR_MS)
  const isOfNewest = isTarget(path, targets)
  if (isOfNewest !== null)
    return after.filter(({ transaction }) => (transaction === 0) === isOfNewest)
  if (unlinkedAt === null) return after
  const together = transactionsAt(unlinkedAt, changes)
  return after.filter(({ transaction }) => together.has(transaction))
}

/**
 * Returns the only removed package that can have had the file, or `null`. Another package can have
 * lost the file with a new version, so no package may have a new version.
 */
function onlyRemoved(
  path: string,
  removed: readonly string[],
  changes: readonly LoggedChange[],
): string | null {
  const fileName = libraryName(path)
  if (removed.includes(fileName)) return fileName
  const [only = null] = removed
  const isAlone = changes.every(
    ({ name, from, to }) => name === only || from === null || from === to,
  )
  return isAlone ? only : null
}

/**
 * Returns the package that had a file before its present owner was installed, or `null`. That is
 * the package which the owner replaces, or else the only one that can have handed the file over in
 * that transaction. pacman overwrites no file of another package.
 */
export function formerOwnerBefore(
  arrival: LoggedChange,
  { startedAt }: StaleCopy,
  changes: readonly LoggedChange[],
  installed: InstalledPackages,
): string | null {
  const { name: owner, transaction } = arrival
  const { base, replaces } = installed.descriptionOf(owner)
  const isSinceStart = (change: LoggedChange) =>
    lastMoment(change) >= (startedAt?.getTime() ?? 0) - CLOCK_ERROR_MS
  const removed = changes.filter(
    (change) =>
      change.operation === 'removed' && change.transaction >= transaction && isSinceStart(change),
  )
  const replaced = namesOf(removed).filter((name) => replaces.includes(name))
  if (replaced.length > 0) return replaced.length === 1 ? (replaced[0] ?? null) : null
  const together = changes.filter(
    (change) => change.transaction === transaction && change.name !== owner && change.from !== null,
  )
  const candidates = namesOf(together)
  if (candidates.length === 1) return candidates[0] ?? null
  if (together.some(({ operation }) => operation === 'removed')) return null
  const siblings = candidates.filter(
    (name) => base !== null && installed.descriptionOf(name).base === base,
  )
  const parents = siblings.length > 0 ? siblings : candidates.filter((name) => isPart(owner, name))
  if (parents.length === 1) return parents[0] ?? null
  // A package that was split depends on its parts: gcc-libs, and not gcc, on libstdc++.
  const wholes = siblings.filter((name) => installed.descriptionOf(name).depends.includes(owner))
  return wholes.length === 1 ? (wholes[0] ?? null) : null
}

/** Says whether a package may have got the file from a package that it replaced when it changed. */
export function mayHaveTakenOver(
  owner: string,
  steps: readonly LoggedChange[],
  changes: readonly LoggedChange[],
  installed: InstalledPackages,
): boolean {
  const own = new Set(steps.map(({ transaction }) => transaction))
  const removed = changes.filter(
    ({ operation, transaction }) => operation === 'removed' && own.has(transaction),
  )
  if (removed.length === 0) return false
  const { replaces } = installed.descriptionOf(owner)
  return removed.some(({ name }) => replaces.includes(name))
}

/**
 * Says whether a package is a part of another one by name. Arch names the part after the whole:
 * glib2-docs, systemd-libs.
 */
function isPart(name: string, whole: string): boolean {
  return name.startsWith(`${whole}-`)
}

function namesOf(changes: readonly LoggedChange[]): readonly string[] {
  return [...new Set(changes.map(({ name }) => name))]
}
