import { unitUserOf } from '../systemd/unit-user.ts'
import type { UnitContext } from './case.ts'
import type { Group } from './groups.ts'
import type { StaleProcess } from './stale-process.ts'

/**
 * Returns a group with what is evidence about its service. A job runner or a web server runs what
 * users give to it, and what a user does there says nothing about the service.
 *
 * A file is a user's own work where the process belongs to a user other than root and other than
 * the service, and the user may have put the file there. A worker of another user that maps what
 * the system installed is part of the service. Where all is users' work, all of it stays, and the
 * group says so. Of other groups only the evidence stays, so that no user's file decides which
 * upgrade the service is stale by.
 */
export function evidenceOf(
  group: Group,
  context: Pick<UnitContext, 'facts' | 'mains' | 'userNames'>,
): Group {
  const { owner, processes } = group
  if (owner.kind !== 'service' || !processes.some(mayBeUsersWork)) return group
  const user = userOf(owner.unit ?? '', context)
  const evidence = processes.flatMap((process) => withoutUsersWork(process, user))
  return evidence.length > 0 ? { ...group, processes: evidence } : { ...group, isUsersWork: true }
}

/** Returns the services in which something may be a user's own work. */
export function unitsWithUsersWork(groups: readonly Group[]): readonly string[] {
  return groups.flatMap(({ owner: { kind, unit }, processes }) =>
    kind === 'service' && unit !== null && processes.some(mayBeUsersWork) ? [unit] : [],
  )
}

function mayBeUsersWork({ files }: StaleProcess): boolean {
  return files.some(({ mayBeOfUser }) => mayBeOfUser)
}

function userOf(
  unit: string,
  { facts, mains, userNames }: Pick<UnitContext, 'facts' | 'mains' | 'userNames'>,
): number | null {
  const known = facts.get(unit)
  return known === undefined ? null : unitUserOf(known, userNames, mains.get(unit)?.uid ?? null)
}

/** @param user the user id of the service; `null` where it is not known */
function withoutUsersWork(process: StaleProcess, user: number | null): readonly StaleProcess[] {
  if (process.uid === user) return [process]
  const isKept = process.files.map(({ mayBeOfUser }) => !mayBeOfUser)
  const files = process.files.filter((_, at) => isKept[at])
  const unlinked = process.unlinked.filter((_, at) => isKept[at])
  const isEvidence = files.length > 0 || process.ownPackage !== undefined
  return isEvidence ? [{ ...process, files, unlinked }] : []
}
