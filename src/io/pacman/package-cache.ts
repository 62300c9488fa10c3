import type { BigIntStats } from 'node:fs'
import { isNeeded, packageFileNames } from '../../core/act/go-back.ts'
import type { FormerVersion } from '../../core/act/go-back.ts'
import { isSeen } from '../files/own-tree.ts'
import type { Look, OwnTree } from '../files/own-tree.ts'
import { whoElseWrites } from '../files/trust.ts'
import type { Pacman } from './pacman.ts'

/**
 * The only user who may write the file: pacman installs a file without a signature, too
 * (LocalFileSigLevel of pacman.conf(5)).
 */
const ROOT: ReadonlySet<number> = new Set([0])

/**
 * Returns the path of the newest file in pacman's caches by which a package can go back to a
 * version, so that no other package breaks. Returns `null` where there is none, where an installed
 * package needs this one, or where this is not known.
 *
 * What the older version itself needs is not looked at: pacman does that.
 *
 * @param owners the users who may write the file
 */
export function olderFileIn(
  pacman: Pacman,
  ownTree: OwnTree,
  { name, version }: Readonly<Record<keyof FormerVersion, string>>,
  owners = ROOT,
): string | null {
  const { isWhole, caches } = pacman.paths
  const database = isWhole ? pacman.database() : null
  if (database === null || database.versionOf(name) === version) return null
  const all = new Map(database.names.map((one) => [one, database.descriptionOf(one)]))
  const architecture = all.get(name)?.architecture ?? null
  if (architecture === null || isNeeded(name, all)) return null
  const names = packageFileNames(name, version, architecture)
  const [newest] = caches
    .map((cache) => ownTree.resolve(cache))
    .filter((directory) => directory !== null)
    .flatMap((directory) => names.map((file) => `${directory}/${file}`))
    .flatMap((path) => {
      const found = ownTree.look(path)
      return isPackageFile(found, owners) ? [{ path, changedAt: Number(found.mtimeMs) }] : []
    })
    .toSorted((a, b) => b.changedAt - a.changedAt)
  return newest?.path ?? null
}

/** Says whether it is a file with bytes in it that only these users can change. */
function isPackageFile(found: Look, owners: ReadonlySet<number>): found is BigIntStats {
  if (found === null || !isSeen(found) || !found.isFile() || found.size === 0n) return false
  const who = { uid: Number(found.uid), mode: Number(found.mode) }
  return whoElseWrites(who, owners, '') === null
}
