import { printable } from '../printable.ts'
import { formerOwnerBefore, formerOwnerOfGone, mayHaveTakenOver } from './former-owner.ts'
import type { InstalledPackages, StaleCopy } from './former-owner.ts'
import { CLOCK_ERROR_MS, lastMoment, wholeSecond } from './history.ts'
import type { LoggedChange, PackageLog } from './history.ts'
import { isUntold } from './hook/traces.ts'
import type { Targets } from './targets.ts'
import type { PackageChange } from './package-change.ts'
import { compareVersions } from './version.ts'

/**
 * What made a file stale. `changed`: a package that had the file changed. `unowned`: no package has
 * a file of that path. `unchanged`: a package has the file, but did not change since the process
 * started (the file was copied, or the process is a child of an older one). `unknown`: it cannot be
 * told for certain.
 */
export type Attribution =
  | {
      readonly kind: 'changed'
      readonly change: PackageChange
      /**
       * Whether a transaction since the hook last spoke made the file stale, or stale again; `null`
       * in recordings of older programs, where they were not certain.
       */
      readonly isNew: boolean | null
    }
  | { readonly kind: 'unowned' | 'unchanged' | 'unknown' }

const UNPACKAGED = /^\/(?:usr\/local|home|root|srv)\//

/** Says whether packages put no files at a path (file-hierarchy(7), Arch's packaging standards). */
export function isUnpackaged(path: string): boolean {
  return UNPACKAGED.test(path)
}

/**
 * Attributes one stale file to the package that had it when the process started.
 *
 * `from` is the version of the package at that time, `to` the one that is installed now, `change`
 * the step from one to the other, and `at` the time of the last change.
 *
 * @param targets paths without the leading slash that the newest transaction changed, as pacman
 *   gives them to a hook; `null` where they are not known
 */
export function attributionOf(
  copy: StaleCopy,
  log: PackageLog,
  installed: InstalledPackages,
  targets: Targets | null,
): Attribution {
  const owner = installed.ownerOf(copy.path)
  const isUnowned = isUnpackaged(copy.path) || (copy.state === 'replaced' && installed.isComplete)
  if (owner === null && isUnowned) return { kind: 'unowned' }
  if (!isKnown(copy, log)) return { kind: 'unknown' }
  if (owner === null)
    return changed(formerOwnerOfGone(copy, log, installed, targets), copy, log, installed)
  const steps = stepsOf(owner, copy, log)
  const [first] = steps
  if (first === undefined)
    return { kind: isOlder(owner, copy, installed) ? 'unchanged' : 'unknown' }
  if (first.from === null)
    return changed(formerOwnerBefore(first, copy, log.changes, installed), copy, log, installed)
  if (mayHaveTakenOver(owner, steps, log.changes, installed)) return { kind: 'unknown' }
  return changed(owner, copy, log, installed)
}

function isKnown({ startedAt }: StaleCopy, { knownSince }: PackageLog): boolean {
  return startedAt !== null && knownSince !== null && knownSince <= startedAt
}

/**
 * Says whether the installed package is older than the process. Nothing in a log shows that lines
 * at its end are missing, but the installation time does.
 */
function isOlder(name: string, { startedAt }: StaleCopy, installed: InstalledPackages): boolean {
  const { installedAt } = installed.descriptionOf(name)
  return startedAt !== null && installedAt !== null && installedAt < startedAt
}

/**
 * Returns the change of a package since the process started. Each step must begin at the version
 * where the one before ended, and the last must end at the installed version. Otherwise lines are
 * missing (a lost log, another root directory), and the first step may be missing too: then the
 * change is unknown.
 */
function changed(
  name: string | null,
  copy: StaleCopy,
  log: PackageLog,
  installed: InstalledPackages,
): Attribution {
  const steps = name === null ? [] : stepsOf(name, copy, log)
  const [first, last] = [steps[0], steps.at(-1)]
  if (name === null || first === undefined || last === undefined) return { kind: 'unknown' }
  const isWhole = steps.every(({ from }, at) => at === 0 || from === steps[at - 1]?.to)
  const to = installed.versionOf(name)
  const { from } = first
  if (!isWhole || from === null || last.to !== to) return { kind: 'unknown' }
  const change = to === null ? 'removed' : directionOf(from, to)
  return {
    kind: 'changed',
    change: {
      name: printable(name),
      from: printable(from),
      to: to === null ? null : printable(to),
      change,
      at: printable(last.at.toISOString()),
    },
    isNew: isUntold(log.hook, last.transaction),
  }
}

function directionOf(from: string, to: string): PackageChange['change'] {
  const order = compareVersions(to, from)
  return order === 0 ? 'reinstalled' : order > 0 ? 'upgraded' : 'downgraded'
}

/**
 * Returns the changes of a package since the process started, oldest first.
 *
 * The process has a file that was removed, so it started before the change that removed the file. A
 * change within two seconds of the start can have come before or after the start.
 * 1. The change time of the file decides, where it is known.
 * 2. Otherwise the logged times decide. If no change came after the start, the doubtful change
 * removed the file.
 * 3. Of several changes in one second, the last one removed the file if the name has a file now, or
 * lost and got one at the same moment.
 * 4. An installation near the start does not count, since the process already had the file.
 */
function stepsOf(
  name: string,
  { startedAt, unlinkedAt = null, replacedAt = null }: StaleCopy,
  log: PackageLog,
): readonly LoggedChange[] {
  const steps = log.changes.filter((change) => change.name === name).toReversed()
  if (startedAt === null) return []
  const isDoubtful = steps.some((step) => isNear(step, startedAt))
  let first = steps.findIndex((step) => lastMoment(step) >= startedAt.getTime())
  if (unlinkedAt !== null && (isDoubtful || first === -1))
    first = steps.findIndex((step) => lastMoment(step) >= wholeSecond(unlinkedAt))
  const latest = steps.at(-1)
  if (isDoubtful && latest && unlinkedAt !== null && isLast(latest, unlinkedAt, replacedAt))
    first = steps.length - 1
  if (isDoubtful && steps[first]?.from === null && first + 1 < steps.length) first += 1
  if (first === -1 && latest !== undefined && isNear(latest, startedAt)) return [latest]
  return first === -1 ? [] : steps.slice(first)
}

/**
 * pacman removes a file and puts the next one there within milliseconds. Two transactions are
 * further apart.
 */
const EXTRACTION_MS = 50

function isLast(latest: LoggedChange, unlinkedAt: Date, replacedAt: Date | null): boolean {
  if (replacedAt === null) return wholeSecond(unlinkedAt) === wholeSecond(latest.at)
  return Math.abs(replacedAt.getTime() - unlinkedAt.getTime()) < EXTRACTION_MS
}

function isNear(step: LoggedChange, startedAt: Date): boolean {
  const start = startedAt.getTime()
  return start >= step.at.getTime() - CLOCK_ERROR_MS && start <= lastMoment(step) + CLOCK_ERROR_MS
}
