import { directivesOf, pathsOf } from '../../core/pacman/conf.ts'
import type { Directive, PacmanPaths, PathKey } from '../../core/pacman/conf.ts'
import { errorCode } from '../error.ts'
import { readWhole } from '../files/small-file.ts'

/** `config_max_recursion` of pacman's conf.c. */
const MAX_DEPTH = 10
/** Each level can include many; this is far more than anybody has. */
const MAX_FILES = 256
/** A hundred times a file with all of its comments. */
const MAX_FILE_BYTES = 1024 * 1024

export type ConfiguredPaths = PacmanPaths & {
  /** False where a file could not be read that may name other paths. */
  readonly isWhole: boolean
}

/**
 * Reads where pacman keeps its database and its log, as `pacman-conf DBPath LogFile RootDir` says
 * it. A file that is not there says nothing. pacman.conf is read here because that takes half a
 * millisecond, and starting pacman-conf ten.
 *
 * @param tree what stands in front of the machine's absolute paths
 */
export async function readPacmanPaths(tree: string): Promise<ConfiguredPaths> {
  const reader = new ConfigReader(tree)
  await reader.read('/etc/pacman.conf', 0)
  return { ...pathsOf(reader.configured), isWhole: reader.isWhole }
}

class ConfigReader {
  readonly configured = new Map<PathKey, string>()
  isWhole = true
  readonly #tree: string
  readonly #directives = new Map<string, readonly Directive[]>()
  #section: string | null = null
  #filesLeft = MAX_FILES

  constructor(tree: string) {
    this.#tree = tree
  }

  /**
   * An included file stands for its line: the section it ends in goes on. The first value of a key
   * counts.
   */
  async read(file: string, depth: number): Promise<void> {
    if (depth > MAX_DEPTH || this.#filesLeft === 0) return this.#miss()
    this.#filesLeft -= 1
    for (const directive of this.#directivesIn(file)) {
      if (directive.kind === 'section') this.#section = directive.name
      else if (directive.kind === 'include')
        for (const included of await this.#filesFor(directive.pattern))
          await this.read(included, depth + 1)
      else if (this.#section === 'options' && !this.configured.has(directive.key))
        this.configured.set(directive.key, directive.path)
    }
  }

  /** Each repository includes the same list of mirrors. */
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

  /** glob(7). What has no wildcard needs no look at the directory. */
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
   * A repository includes its mirrors, and these only root may read where they have passwords in
   * them.
   */
  #miss(): void {
    if (this.#section === null || this.#section === 'options') this.isWhole = false
  }
}
