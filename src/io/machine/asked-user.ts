import { parseUid, uidNamed } from '../../core/machine/passwd.ts'
import { nearestNames } from '../../core/report/nearest.ts'
import { RequestError } from '../error.ts'
import type { Machine } from './machine.ts'

/**
 * Returns the id of the user that was asked for. The list of users lacks those of a directory
 * service: such a user has an id where something runs in the user's name.
 *
 * @param typed a login name or a user id
 * @param runs says whether something that runs belongs to a user
 * @throws {RequestError} where there is no such user: nothing would be found, and look like an
 *   all-clear
 */
export function askedUser(
  typed: string,
  { userNames }: Pick<Machine, 'userNames'>,
  runs: (uid: number) => boolean,
): number {
  const names = userNames()
  const uid = uidNamed(typed, names) ?? parseUid(typed)
  if (uid !== null && (names.has(uid) || runs(uid))) return uid
  if (uid !== null) throw new RequestError(`no user has the id ${typed}, and nothing runs of it`)
  const near = nearestNames(typed, names.values(), 1)
  const meant = near.length === 0 ? '' : `. Did you mean ${near.join(' or ')}?`
  throw new RequestError(`no user is called "${typed}"${meant}`)
}
