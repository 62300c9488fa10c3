/** What stays the same in a library's path when its version changes. */
export type Stem = {
  /** Directory and name up to `.so`: of `libssl.so.3` and `libssl.so.4` the same. */
  readonly exact: string
  /**
   * Also without a version in front of `.so`: of `libsystemd-shared-257.6-1.so` and `-258.so` the
   * same.
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
 * Returns the version that a library's path names: what stands behind `.so.`, or else in front of
 * `.so`; `null` where there is none.
 */
export function libraryVersion(path: string): string | null {
  const [, name = '', version] = /([^/]+?)\.so(?:\.([^/]*))?$/.exec(path) ?? []
  return version ?? (/(?<=[A-Za-z])[-._]?(\d[\d._-]*)$/.exec(name)?.[1] || null)
}

function withoutVersion(name: string): string {
  return name.replace(/(?<=[A-Za-z])[-._]?\d[\d._-]*$/, '')
}
