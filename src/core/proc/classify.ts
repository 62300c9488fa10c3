import { withoutMark } from './deleted-mark.ts'
import { temporaryCodeRule } from './temporary-code.ts'
import type { Mapping, MappingClass } from './process.ts'

/**
 * `libssl.so`, `libssl.so.3`, `libffi.so.8.1.4`, `module.cpython-313-x86_64-linux-gnu.so`. Not
 * `ld.so.cache`: a version begins with a digit. Compared with the last name of a path.
 */
const LIBRARY_NAME = /\.so$|\.so\.[0-9]/

/** Says whether the last name of a path is that of a library. */
export function isLibraryName(name: string): boolean {
  return LIBRARY_NAME.test(name)
}

/**
 * Returns how a deleted mapping counts, or `null` where it does not count (a font, shared memory).
 *
 * A library is recognized by its name, with any permission, because every library has parts that
 * are not executable. Any other file must be executable: a mapped font, cache or message catalogue
 * is no code.
 */
export function classify(path: string, isExecutable: boolean): MappingClass | null {
  const isLibrary = isLibraryName(path.slice(path.lastIndexOf('/') + 1))
  if (!isLibrary && !isExecutable) return null
  if (temporaryCodeRule(path) !== undefined) return 'temporary'
  return isLibrary ? 'library' : 'executable'
}

/** READ_IMPLIES_EXEC of personality(2): whatever is mapped to be read is executable too. */
const READ_IMPLIES_EXEC = 0x0400000

/**
 * Says whether the text of a `/proc/PID/personality` (proc_pid_personality of fs/proc/base.c) has
 * READ_IMPLIES_EXEC, or returns `null` for another text. Old programs of 32 bits, which do not say
 * what their stack needs, get it from the kernel (elf_read_implies_exec), and others set it.
 */
export function impliesExecution(text: string): boolean | null {
  const [, number] = /^([0-9a-f]{8})\n?$/.exec(text) ?? []
  return number === undefined ? null : (Number.parseInt(number, 16) & READ_IMPLIES_EXEC) !== 0
}

/**
 * Says whether a line of maps shows that the process has READ_IMPLIES_EXEC: its heap is executable
 * (VM_DATA_DEFAULT_FLAGS of the kernel). Returns `null` for a line that is not of the heap.
 */
export function isHeapExecutable(line: string): boolean | null {
  const [, execute] = /^\S+ [r-][w-]([x-])[ps] 0+ 00:00 0 +\[heap\]$/.exec(line) ?? []
  return execute === undefined ? null : execute === 'x'
}

/**
 * Names of code that is no library by its name: parts of Windows programs (Wine maps them as they
 * are), modules of Node and Emacs, and what lies where programs do.
 */
const CODE_NAME = /\.(?:dll|exe|drv|sys|ocx|cpl|node|eln)$|\/(?:s?bin|libexec)\/[^/]+$/is

/**
 * Says whether only the execute permission tells that a mapping is of code. Where READ_IMPLIES_EXEC
 * is set, that tells nothing: a font, a locale and a database have it too.
 *
 * @param exe target of `/proc/PID/exe`: the program's own file is code for certain
 */
export function isCodeByPermission({ kind, path }: Mapping, exe: string | null): boolean {
  if (kind !== 'executable' || CODE_NAME.test(path)) return false
  return exe === null || withoutMark(exe) !== path
}
