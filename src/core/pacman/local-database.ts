/**
 * pacman's local database (be_local.c): a directory `NAME-VERSION-RELEASE` for each installed
 * package.
 */

/** An installed package, as the name of its directory says it. */
export type PackageEntry = {
  readonly name: string
  /** Version with epoch and release. */
  readonly version: string
}

/** Returns what the name of a package's directory says, or `null` for another name. */
export function parseEntryName(directory: string): PackageEntry | null {
  const [, name, version] = /^(.+)-([^-]+-[^-]+)$/.exec(directory) ?? []
  return name === undefined || version === undefined ? null : { name, version }
}

/** The part of a `desc` file that tells where the files of its package may come from. */
export type Description = {
  /** When its files were last put in place. */
  readonly installedAt: Date | null
  /** The name that packages which were built together share; `null` in very old entries. */
  readonly base: string | null
  /** Names of the packages that it replaces, without versions. */
  readonly replaces: readonly string[]
  /** Names of what it depends on, without versions. */
  readonly depends: readonly string[]
  /** Names of what else it is, or has (`libssl.so`), without versions. */
  readonly provides: readonly string[]
  /** `x86_64` or `any`; `null` where the text does not tell. */
  readonly architecture: string | null
  /** False where the text was cut or could not be read: it may depend on more. */
  readonly isWhole: boolean
}

/** Reads the text of a `desc` file: `%KEY%`, its values one a line, and an empty line. */
export function parseDescription(text: string): Description {
  const blocks = text.split('\n\n').map((block) => block.trim().split('\n'))
  const valuesOf = (key: string) => blocks.find(([first]) => first === `%${key}%`)?.slice(1) ?? []
  const [seconds = ''] = valuesOf('INSTALLDATE')
  return {
    installedAt: /^\d{1,12}$/.test(seconds) ? new Date(Number(seconds) * 1000) : null,
    base: valuesOf('BASE')[0] ?? null,
    replaces: valuesOf('REPLACES').map(withoutVersion),
    depends: valuesOf('DEPENDS').map(withoutVersion),
    provides: valuesOf('PROVIDES').map(withoutVersion),
    architecture: valuesOf('ARCH')[0] ?? null,
    isWhole: text.endsWith('\n\n'),
  }
}

/** Returns the name in a dependency (`glibc>=2.38`, `libz.so=1-64`). */
function withoutVersion(dependency: string): string {
  return dependency.replace(/[<>=][^]*/, '')
}
