import { compareVersions } from './version.ts'

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
  const parts = partsOf(path)
  if (parts === null) return null
  const { directory, name } = parts
  return { exact: `${directory}${name}`, loose: `${directory}${withoutVersion(name)}` }
}

/**
 * Returns the version in the path of a library: the part behind `.so.`, or else the part in front
 * of `.so`, or `null` where there is none.
 */
export function libraryVersion(path: string): string | null {
  const parts = partsOf(path)
  if (parts === null) return null
  const { name, version } = parts
  return version ?? (VERSION_IN_FRONT.exec(name)?.[1] || null)
}

/** Returns the name of a library without its version behind `.so`, or the name of another file. */
export function libraryName(path: string): string {
  return (stemOf(path)?.exact ?? path).replace(/^.*\//s, '')
}

/**
 * Returns the paths that a file of an older version may have after an upgrade. The version of a
 * package, or its first numbers, can stand in any part of a path: `perl5/5.38`, `python3.12`,
 * `cpython-312`, `libgallium-24.2.4-arch1.0.so`.
 *
 * @param versions of the package
 */
export function movedPaths(path: string, versions: Step): readonly string[] {
  const [before = [], after = []] = versions.map(numbersOf)
  const most = Math.min(before.length, after.length)
  const moved = Array.from({ length: most }, (_, at) =>
    withNumbers(path, before.slice(0, at + 1), after.slice(0, at + 1)),
  )
  return [...new Set(moved)].filter((one) => one !== path)
}

/** Returns the paths to which upgrades can have moved a file: see `movedPaths`. */
export function pathsAfter(
  path: string,
  changes: readonly { readonly name: string; readonly from: string | null }[],
  { versionOf }: { readonly versionOf: (name: string) => string | null },
): readonly string[] {
  const moved = changes.flatMap(({ name, from }) => {
    const to = versionOf(name)
    return from === null || to === null || from === to ? [] : movedPaths(path, [from, to])
  })
  return [...new Set(moved)]
}

/**
 * Returns the path after an upgrade where it has the whole version of the package, without epoch
 * and release, or `null`. One number is not enough: other packages have it too.
 *
 * @param versions of the package
 */
export function movedByRelease(path: string, versions: Step): string | null {
  const [before = [], after = []] = versions.map(numbersOf)
  if (before.length < 2) return null
  const [old, next] = [before.join('.'), after.join('.')]
  const moved = path.replaceAll(NUMBERS, (number) => (number === old ? next : number))
  return moved === path ? null : moved
}

/** Returns the first numbers of a version, without epoch and release. */
function numbersOf(version: string): readonly string[] {
  const [, numbers] = /^(?:\d+:)?(\d+(?:\.\d+)*)/.exec(version) ?? []
  return numbers?.split('.') ?? []
}

const NUMBERS = /\d+(?:\.\d+)*/g

function withNumbers(path: string, before: readonly string[], after: readonly string[]): string {
  const [dotted, joined] = [before.join('.'), before.join('')]
  return path.replaceAll(NUMBERS, (number) => {
    if (number === joined) return after.join('')
    const isVersion = number === dotted || number.startsWith(`${dotted}.`)
    return isVersion ? `${after.join('.')}${number.slice(dotted.length)}` : number
  })
}

/** A version before and after. */
type Step = readonly [before: string, after: string]

/**
 * Returns how a library that is gone, and the one that its package may have in its place, moved
 * from version to version. `other`: not as the package. A package that was upgraded and has an
 * older library than the one that is gone (db4 beside db5) never had the latter. `same`: as the
 * package, and it is the very library, or has the version of the package in its name. Then no
 * package that is not related by name can have had it, whatever else was removed.
 *
 * @param paths of the library
 * @param versions of the package
 */
export function moveOf(paths: Step, versions: Step): 'same' | 'other' | 'unknown' {
  const [before, after] = paths.map(libraryVersion)
  if (!before || !after) return 'unknown'
  const move = wayOf([before, after])
  if (move === 0 || wayOf(versions) === 0) return 'unknown'
  if (move !== wayOf(versions)) return 'other'
  const [one, other] = paths.map(libraryName)
  const isOfPackage = isOfRelease(before, versions[0]) && isOfRelease(after, versions[1])
  return one === other || isOfPackage ? 'same' : 'unknown'
}

function wayOf([before, after]: Step): number {
  return Math.sign(compareVersions(after, before))
}

/** Says whether a library has the version of its package, without epoch and release. */
function isOfRelease(library: string, version: string): boolean {
  return version.replace(/^\d+:/, '').replace(/-[^-]*$/, '') === library
}

type Parts = { readonly directory: string; readonly name: string; readonly version: string | null }

/** Returns the parts of a path around the first `.so` that a version or nothing follows. */
function partsOf(path: string): Parts | null {
  const start = path.lastIndexOf('/') + 1
  for (let at = path.indexOf('.so', start + 1); at !== -1; at = path.indexOf('.so', at + 1)) {
    const end = at + '.so'.length
    if (end < path.length && path[end] !== '.') continue
    const version = end === path.length ? null : path.slice(end + 1)
    return { directory: path.slice(0, start), name: path.slice(start, at), version }
  }
  return null
}

/** A version in front of `.so`. It begins behind a letter, so that no digit is tried twice. */
const VERSION_IN_FRONT = /(?<=[A-Za-z])[-._]?(\d[\d._-]*)$/

function withoutVersion(name: string): string {
  return name.replace(VERSION_IN_FRONT, '')
}

/**
 * Says whether a package is another version of a package or of a library, by name. Arch names the
 * package of an older version after the newer one, or after its library: openssl-1.1, ffmpeg4.4,
 * gtk2, lib32-icu, libicu69. A short name (r, m4) stands inside of many that it has no part in.
 *
 * @param name without a letter, it has no relatives
 * @param other without a letter, it may be a relative of any
 */
export function isRelated(name: string, other: string): boolean {
  const others = lettersOf(other)
  return lettersOf(name).some(
    (one) => one !== '' && others.some((two) => isIn(one, two) || isIn(two, one)),
  )
}

/** The least letters of a name that count inside of another one. */
const MIN_INNER_LETTERS = 4

function isIn(part: string, whole: string): boolean {
  return part.length < MIN_INNER_LETTERS ? whole.startsWith(part) : whole.includes(part)
}

/** Returns the letters of a name, and those behind `lib`. */
function lettersOf(name: string): readonly string[] {
  const letters = name.replace(/[^A-Za-z]/g, '')
  return [letters, letters.replace(/^lib(?=.)/, '')]
}
