import fastGlob from 'fast-glob'
import { readFileSync } from 'node:fs'

/**
 * Returns the package that owns each of the paths now, from pacman's local database
 * (`local/NAME-VERSION-REL/files`: paths without the leading slash, one a line). A path that no package
 * owns any more is not in the map.
 *
 * @param tree what stands in front of the machine's absolute paths
 */
export function packageOwners(tree: string, paths: readonly string[]): ReadonlyMap<string, string> {
  const database = `${tree}/var/lib/pacman/local`
  const owners = new Map<string, string>()
  for (const file of fastGlob.sync('*/files', { cwd: database, deep: 2 })) {
    const [, name] = /^(.+)-[^-]+-[^-]+\/files$/.exec(file) ?? []
    const text = `\n${readFileSync(`${database}/${file}`, 'utf8')}`
    for (const path of paths)
      if (name !== undefined && text.includes(`\n${path.slice(1)}\n`)) owners.set(path, name)
  }
  return owners
}
