import { directivesOf, pathsOf } from '../../core/pacman/conf.ts'
import type { Directive, PacmanPaths, PathKey } from '../../core/pacman/conf.ts'
import { errorCode } from '../error.ts'
import { readWhole } from '../files/small-file.ts'

/** The bound on nested files: `config_max_recursion` of pacman's conf.c. */
const MAX_DEPTH = 10
/** The bound on all files, since each level can include many. */
const MAX_FILES = 256
/** The bound on one file: a hundred times a file with all of its comments. */
const MAX_FILE_BYTES = 1024 * 1024

/** The paths of pacman, as its configuration has them. */
export type ConfiguredPaths = PacmanPaths & {
  /** False where a file that may name other paths could not be read. */
  readonly isWhole: boolean
}

/**
 * Reads where pacman keeps its files, as `pacman-conf DBPath LogFile RootDir CacheDir` prints it.
 * A missing file says nothing. Reading pacman.conf takes half a millisecond, and starting
 * pacman-conf ten.
 *
 * @param tree prefix of the absolute paths of the machine
 */
export async function readPacmanPaths(tree: string): Promise<ConfiguredPaths> {
  const reader = new ConfigReader(tree)
  await reader.read('/etc/pacman.conf', 0)
  return { ...pathsOf(reader.configured, reader.caches), isWhole: reader.isWhole }
}

class ConfigReader {
  readonly configured = new Map<PathKey, string>()
  readonly caches: string[] = []
  isWhole = true
  readonly #tree: string
  readonly #directives = new Map<string, readonly Directive[]>()
  #section: string | null = null
  #filesLeft = MAX_FILES

  constructor(tree: string) {
    this.#tree = tree
  }

  /**
   * Reads a file. An included file replaces its line, and the section in which it ends goes on. The
   * first value of a key counts, and each directory of package files.
   */
  async read(file: string, depth: number): Promise<void> {
    if (depth > MAX_DEPTH || this.#filesLeft === 0) return this.#miss()
    this.#filesLeft -= 1
    for (const directive of this.#directivesIn(file)) {
      if (directive.kind === 'section') this.#section = directive.name
      else if (directive.kind === 'include')
        for (const included of await this.#filesFor(directive.pattern))
          await this.read(included, depth + 1)
      else if (this.#section !== 'options') continue
      else if (directive.kind === 'caches') this.caches.push(...directive.paths)
      else if (!this.configured.has(directive.key))
        this.configured.set(directive.key, directive.path)
    }
  }

  /**
   * Returns the directives of a file, which is read once: each repository includes the same list of
   * mirrors.
   */
  #directivesIn(file: string): readonly Directive[] {
    const known = this.#directives.get(file) ?? directivesOf(this.#textOf(file))
    this.#directives.set(file, known)
    return known
  }

  #textOf(file: string): string {
    try {
      return readWhole(`${this.#tree}${file}`, MAX_FILE_BYTES).toString('latin1')
    } catch (error) {
      this.#failed(error)
      return ''
    }
  }

  /** Returns the files of a pattern (glob(7)). A pattern without a wildcard needs no directory. */
  async #filesFor(pattern: string): Promise<readonly string[]> {
    if (!/[*?[\\]/.test(pattern)) return [pattern]
    const { fastGlob } = await import('../fast-glob.ts')
    const options = { braceExpansion: false, extglob: false, globstar: false, onlyFiles: false }
    const relative = pattern.replace(/^\/+/, '')
    try {
      const found = fastGlob.sync(relative, { ...options, cwd: `${this.#tree}/` })
      return found.toSorted().map((file) => `/${file}`)
    } catch (error) {
      this.#failed(error)
      return []
    }
  }

  #failed(error: unknown): void {
    if (errorCode(error) === '') throw error
    if (errorCode(error) !== 'ENOENT') this.#miss()
  }

  /**
   * Notes a file that cannot be read. The section of a repository names no path of pacman. It
   * includes a list of mirrors, which only root may read where it has passwords in it.
   */
  #miss(): void {
    if (this.#section === null || this.#section === 'options') this.isWhole = false
  }
}
