import { directivesOf, pathsOf } from '../../core/pacman/conf.ts'
import type { PacmanPaths, PathKey } from '../../core/pacman/conf.ts'
import { readWholeText } from '../files/small-file.ts'

/** `config_max_recursion` of pacman's conf.c. */
const MAX_DEPTH = 10
/** Each level can include many; this is far more than anybody has. */
const MAX_FILES = 256
/** A hundred times a file with all of its comments. */
const MAX_FILE_BYTES = 1024 * 1024

/**
 * Reads where pacman keeps its database and its log, as `pacman-conf DBPath LogFile RootDir` says it. A
 * file that cannot be read says nothing. pacman.conf is read here because that takes half a millisecond,
 * and starting pacman-conf ten.
 *
 * @param tree what stands in front of the machine's absolute paths
 */
export async function readPacmanPaths(tree: string): Promise<PacmanPaths> {
  const reader = new ConfigReader(tree)
  await reader.read('/etc/pacman.conf', 0)
  return pathsOf(reader.configured)
}

class ConfigReader {
  readonly configured = new Map<PathKey, string>()
  readonly #tree: string
  #section: string | null = null
  #filesLeft = MAX_FILES

  constructor(tree: string) {
    this.#tree = tree
  }

  /** An included file stands for its line: the section it ends in goes on. The first value of a key counts. */
  async read(file: string, depth: number): Promise<void> {
    if (depth > MAX_DEPTH || this.#filesLeft === 0) return
    this.#filesLeft -= 1
    const text = readWholeText(`${this.#tree}${file}`, MAX_FILE_BYTES) ?? ''
    for (const directive of directivesOf(text)) {
      if (directive.kind === 'section') this.#section = directive.name
      else if (directive.kind === 'include')
        for (const included of await this.#filesFor(directive.pattern))
          await this.read(included, depth + 1)
      else if (this.#section === 'options' && !this.configured.has(directive.key))
        this.configured.set(directive.key, directive.path)
    }
  }

  /** glob(7). What has no wildcard needs no look at the directory. */
  async #filesFor(pattern: string): Promise<readonly string[]> {
    if (!/[*?[\\]/.test(pattern)) return [pattern]
    const { fastGlob } = await import('../fast-glob.ts')
    const options = { braceExpansion: false, extglob: false, globstar: false, onlyFiles: false }
    const found = fastGlob.sync(pattern.replace(/^\/+/, ''), {
      ...options,
      cwd: `${this.#tree}/`,
      suppressErrors: true,
    })
    return found.toSorted().map((file) => `/${file}`)
  }
}
