import { temporaryCodeRule } from './temporary-code.ts'
import type { MappingClass } from './process.ts'

/**
 * `libssl.so`, `libssl.so.3`, `libffi.so.8.1.4`, `module.cpython-313-x86_64-linux-gnu.so`. Not
 * `ld.so.cache`: a version begins with a digit. Compared with the last name of a path.
 */
const LIBRARY_NAME = /\.so$|\.so\.[0-9]/

/**
 * Returns how a deleted mapping counts, or `null` where it does not count (a font, shared memory).
 *
 * A library is recognized by its name, with any permission, because every library has parts that
 * are not executable. Any other file must be executable: a mapped font, cache or message catalogue
 * is no code.
 */
export function classify(path: string, isExecutable: boolean): MappingClass | null {
  const isLibrary = LIBRARY_NAME.test(path.slice(path.lastIndexOf('/') + 1))
  if (!isLibrary && !isExecutable) return null
  if (temporaryCodeRule(path) !== undefined) return 'temporary'
  return isLibrary ? 'library' : 'executable'
}
