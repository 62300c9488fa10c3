/** One line of pacman.conf(5) that tells where pacman keeps its files. */
export type Directive =
  | { readonly kind: 'section'; readonly name: string }
  | { readonly kind: 'include'; readonly pattern: string }
  | { readonly kind: 'path'; readonly key: PathKey; readonly path: string }
  | { readonly kind: 'caches'; readonly paths: readonly string[] }

/** The keys of pacman.conf(5) that name the paths of pacman. */
export const PATH_KEYS = ['RootDir', 'DBPath', 'LogFile'] as const

/** A key of pacman.conf(5) that names a path. */
export type PathKey = (typeof PATH_KEYS)[number]

const isPathKey = (key: string): key is PathKey => (PATH_KEYS as readonly string[]).includes(key)

/**
 * Returns these lines in their order. Blanks around keys and values do not count, nor do lines with
 * `#` (ini.c). The parts of `CacheDir` between spaces are paths (setrepeatingoption of conf.c).
 */
export function directivesOf(text: string): readonly Directive[] {
  return text.split('\n').flatMap((raw): Directive[] => {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) return []
    if (line.startsWith('[') && line.endsWith(']'))
      return [{ kind: 'section', name: line.slice(1, -1) }]
    const equals = line.indexOf('=')
    const [key, value] = [line.slice(0, equals).trim(), line.slice(equals + 1).trim()]
    if (equals === -1 || value === '') return []
    if (key === 'Include') return [{ kind: 'include', pattern: value }]
    if (key === 'CacheDir') return [{ kind: 'caches', paths: value.split(/ +/) }]
    return isPathKey(key) ? [{ kind: 'path', key, path: value }] : []
  })
}

/**
 * The paths of pacman, absolute and without a slash at the end. The root directory of the machine
 * is an empty text.
 */
export type PacmanPaths = {
  readonly root: string
  readonly database: string
  readonly log: string
  /** The directories of package files. */
  readonly caches: readonly string[]
  /** Whether the configuration names the database. If it does, pacman has no other. */
  readonly namesDatabase: boolean
  readonly namesLog: boolean
}

/**
 * Returns all paths. Database and log lie below the root directory where they are not configured,
 * and the package files do not (conf.c).
 */
export function pathsOf(
  configured: ReadonlyMap<PathKey, string>,
  caches: readonly string[],
): PacmanPaths {
  const root = trimmed(configured.get('RootDir') ?? '/')
  return {
    root,
    database: trimmed(configured.get('DBPath') ?? `${root}/var/lib/pacman/`),
    log: trimmed(configured.get('LogFile') ?? `${root}/var/log/pacman.log`),
    caches: (caches.length === 0 ? ['/var/cache/pacman/pkg'] : caches).map(trimmed),
    namesDatabase: configured.has('DBPath') || root !== '',
    namesLog: configured.has('LogFile') || root !== '',
  }
}

/**
 * Returns a path as the file lists of the local database have it (be_local.c): without the root
 * directory and its slash. A path outside of the root directory keeps its leading slash, and no
 * list has such a path.
 */
export function pathInDatabase(path: string, { root }: Pick<PacmanPaths, 'root'>): string {
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path
}

function trimmed(path: string): string {
  return path.replaceAll(/\/{2,}/g, '/').replace(/\/$/, '')
}
