import { temporaryCodeRule } from './temporary-code.ts'
import type { Mapping, MappingClass } from './process.ts'

/** Not `ld.so.cache`: a version begins with a digit. `libssl.so`, `libssl.so.3`, `libffi.so.8.1.4`, `module.cpython-313-x86_64-linux-gnu.so`. */
const LIBRARY_NAME = /\.so(?:\.[0-9][^/]*)?$/

/**
 * Returns how a deleted mapping counts.
 *
 * A library is told by its name, with any permission, because every library has parts that are not
 * executable; anything else must be executable: a mapped font, cache or message catalogue is no code.
 */
export function classify(mapping: Mapping): MappingClass {
  const isLibrary = LIBRARY_NAME.test(mapping.path)
  if (!isLibrary && !mapping.executable) return null
  if (temporaryCodeRule(mapping.path) !== undefined) return 'temporary'
  return isLibrary ? 'library' : 'executable'
}
