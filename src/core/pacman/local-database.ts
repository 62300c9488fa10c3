/**
 * pacman's local database (be_local.c): a directory `NAME-VERSION-RELEASE` for each installed
 * package.
 */

export type PackageEntry = {
  readonly name: string
  /** With epoch and release. */
  readonly version: string
}

/** Returns what the name of a package's directory says, or `null` for another name. */
export function parseEntryName(directory: string): PackageEntry | null {
  const [, name, version] = /^(.+)-([^-]+-[^-]+)$/.exec(directory) ?? []
  return name === undefined || version === undefined ? null : { name, version }
}

/** The part of a package's `desc` that tells where its files may come from. */
export type Description = {
  /** When its files were last put in place. */
  readonly installedAt: Date | null
  /** The name that all packages built together share; `null` in very old entries. */
  readonly base: string | null
  /** Names of packages that it takes the place of, without versions. */
  readonly replaces: readonly string[]
}

/** Reads `%KEY%`, its values one a line, and an empty line. */
export function parseDescription(text: string): Description {
  const blocks = text.split('\n\n').map((block) => block.trim().split('\n'))
  const valuesOf = (key: string) => blocks.find(([first]) => first === `%${key}%`)?.slice(1) ?? []
  const [seconds = ''] = valuesOf('INSTALLDATE')
  return {
    installedAt: /^\d{1,12}$/.test(seconds) ? new Date(Number(seconds) * 1000) : null,
    base: valuesOf('BASE')[0] ?? null,
    replaces: valuesOf('REPLACES').map((name) => name.replace(/[<>=].*$/, '')),
  }
}
