import { readdirSync } from 'node:fs'
import { isOfPackages } from '../../core/proc/machine-path.ts'
import type { DirectoryLinks } from '../../core/proc/machine-path.ts'
import { unlessUnreadable } from '../error.ts'
import type { OwnTree } from '../files/own-tree.ts'

/** The directories whose entries an administrator moves to another disk. */
const PLACES = ['/', '/usr', '/opt'] as const
/** The bound on the links in one of them, since each costs some calls. */
const MAX_ENTRIES = 1024

/**
 * Returns the links among the directories of packages: `/opt` on another disk. A directory is read
 * only where root alone can change it.
 *
 * @param tree prefix of the absolute paths of the machine
 */
export function readDirectoryLinks(tree: string, ownTree: OwnTree): DirectoryLinks {
  const links = new Map<string, string>()
  for (const place of PLACES) {
    if (ownTree.resolve(place) !== place) continue
    for (const name of linksIn(`${tree}${place}`).slice(0, MAX_ENTRIES)) {
      const path = place === '/' ? `/${name}` : `${place}/${name}`
      if (!isOfPackages(path)) continue
      const target = ownTree.resolve(path)
      if (target !== null && target !== path) links.set(path, target)
    }
  }
  return links
}

/** Returns the names of the links in a directory, one character a byte. */
function linksIn(directory: string): readonly string[] {
  const options = { withFileTypes: true, encoding: 'latin1' } as const
  const entries = unlessUnreadable(() => readdirSync(directory, options)) ?? []
  return entries.flatMap((entry) => (entry.isSymbolicLink() ? [entry.name] : []))
}
