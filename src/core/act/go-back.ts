import type { Description } from '../pacman/local-database.ts'
import { isInterpreter } from '../pacman/own-package.ts'
import type { Printable } from '../printable.ts'
import type { Finding } from '../report/report.ts'

/** A package, and the version of it that a unit ran before the unit was restarted. */
export type FormerVersion = { readonly name: Printable; readonly version: Printable }

/**
 * Returns the package that a unit can go back with where it fails after a restart, or `null`. It is
 * the package of the program that the main process ran. An interpreter runs the program of another
 * package, and so does a program that no upgrade replaced: then it is the package that brings the
 * unit. It is never the package of a library, which other programs use too.
 *
 * @param finding the unit as it was before the restart
 */
export function goBackCandidate({ processes, files, ownPackage }: Finding): FormerVersion | null {
  const main = processes.find((process) => process.main)
  const program = main?.files
    .map((at) => files[at])
    .find((file) => file?.isProgram && file.kind === 'executable' && !isInterpreter(file.path))
  const change = program === undefined ? (ownPackage?.change ?? null) : program.package
  if (change?.change !== 'upgraded' && change?.change !== 'downgraded') return null
  return { name: change.name, version: change.from }
}

/**
 * Says whether an installed package depends on a package, or on something that it provides.
 * Optional dependencies and versions do not count. A description that is not whole may hide a
 * dependency, and counts as one.
 */
export function isNeeded(name: string, installed: ReadonlyMap<string, Description>): boolean {
  const names = new Set([name, ...(installed.get(name)?.provides ?? [])])
  return [...installed].some(
    ([other, { depends, isWhole }]) =>
      !isWhole || (other !== name && depends.some((needed) => names.has(needed))),
  )
}

/** The endings that makepkg gives to a package (makepkg.conf(5), PKGEXT). */
const ENDINGS = ['.zst', '.xz', '.gz', '.bz2', '.lz4', '.lz', '.lzo', '.lrz', '.Z', '']

/** Returns the names that the file of a package can have: `nginx-1.28.0-3-x86_64.pkg.tar.zst`. */
export function packageFileNames(
  name: string,
  version: string,
  architecture: string,
): readonly string[] {
  return [...new Set([architecture, 'any'])].flatMap((one) =>
    ENDINGS.map((ending) => `${name}-${version}-${one}.pkg.tar${ending}`),
  )
}
