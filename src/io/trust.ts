import type { Stats } from 'node:fs'

/**
 * S_IWGRP and S_IWOTH of inode(7). Of an access control list, the group's bits are the mask
 * (acl(5)).
 */
const GROUP_WRITES = 0o020
const OTHERS_WRITE = 0o002

/**
 * Says who else than these users can change a file, or what is in a directory, as a sentence about
 * it; `null` where nobody can.
 *
 * @param owners user ids
 * @param what the subject of the sentence
 */
export function whoElseWrites(
  { uid, mode }: Pick<Stats, 'uid' | 'mode'>,
  owners: ReadonlySet<number>,
  what: string,
): string | null {
  if (!owners.has(uid)) return `${what} belongs to uid ${uid}`
  if ((mode & OTHERS_WRITE) !== 0) return `everybody can write to ${what}`
  return (mode & GROUP_WRITES) === 0 ? null : `its group can write to ${what}`
}
