/** The part of the path of a library that stays the same when its version changes. */
export type Stem = {
  /** Directory and name up to `.so`: the same for `libssl.so.3` and `libssl.so.4`. */
  readonly exact: string
  /**
   * The same without a version in front of `.so`: the same for `libsystemd-shared-257.6-1.so` and
   * `-258.so`.
   */
  readonly loose: string
}

/** Returns the stem of a library's path, or `null` for another file. */
export function stemOf(path: string): Stem | null {
  const [, directory, name] = /^(.*\/)?([^/]+?)\.so(?:\.[^/]*)?$/.exec(path) ?? []
  if (name === undefined) return null
  const exact = `${directory ?? ''}${name}`
  return { exact, loose: `${directory ?? ''}${withoutVersion(name)}` }
}

/**
 * Returns the version in the path of a library: the part behind `.so.`, or else the part in front
 * of `.so`, or `null` where there is none.
 */
export function libraryVersion(path: string): string | null {
  const [, name = '', version] = /([^/]+?)\.so(?:\.([^/]*))?$/.exec(path) ?? []
  return version ?? (/(?<=[A-Za-z])[-._]?(\d[\d._-]*)$/.exec(name)?.[1] || null)
}

function withoutVersion(name: string): string {
  return name.replace(/(?<=[A-Za-z])[-._]?\d[\d._-]*$/, '')
}
