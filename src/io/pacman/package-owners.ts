import { FileSearch, openLocalDatabase } from './local-database.ts'
import { readPacmanPaths } from './paths.ts'

/**
 * Returns the package that owns each of the paths now, from pacman's local database. A path that no package
 * owns any more is not in the map.
 *
 * @param tree what stands in front of the machine's absolute paths
 */
export async function packageOwners(
  tree: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { root, database } = await readPacmanPaths(tree)
  const local = openLocalDatabase(`${tree}${database}/local`)
  const search = new FileSearch(paths.map((path) => path.slice(root.length + 1)))
  local?.search(local.names, search)
  const owned = paths.map((path) => [path, search.ownerOf(path.slice(root.length + 1))] as const)
  return new Map(owned.flatMap(([path, owner]) => (owner === null ? [] : [[path, owner] as const])))
}
