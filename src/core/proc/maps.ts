import { classify } from './classify.ts'
import { DELETED, withoutMark } from './deleted-mark.ts'
import type { Mapping } from './process.ts'

/**
 * Returns the mappings that the kernel marked as deleted and that count (`classify`).
 *
 * Reads whole lines of `/proc/PID/maps` (proc_pid_maps(5)), one character a byte: `address perms
 * offset dev inode      path (deleted)`. The path begins after a padded column and runs to the end
 * of the line, blanks included. A line of another form is not a mapping.
 * A program can have a million mappings of one file. The first executable one and the first other
 * one are returned.
 *
 * @param seen the mappings of the same process that were returned before, and are not returned
 *   again
 * @example
 * parseDeletedMappings('7f00-7f10 r-xp 00000000 fe:00 42   /usr/lib/libz.so.1 (deleted)\n')
 * // [{ address: '7f00-7f10', device: 'fe:00', inode: '42', path: '/usr/lib/libz.so.1',
 * //    kind: 'library' }]
 */
export function parseDeletedMappings(text: string, seen = new Set<string>()): Mapping[] {
  const mappings: Mapping[] = []
  for (const line of text.split('\n')) {
    if (!line.includes(DELETED)) continue
    const key = keyOf(line)
    if (seen.has(key)) continue
    if (seen.size < MAX_SEEN && key.length <= MAX_KEY) seen.add(key)
    const mapping = parseLine(line)
    if (mapping !== null) mappings.push(mapping)
  }
  return mappings
}

/**
 * The bound on `seen`: more files than any program maps. Lines of further files are parsed again.
 */
const MAX_SEEN = 4096
/** The longest key, in characters: PATH_MAX of limits.h, and the columns in front of the path. */
export const MAX_KEY = 4096 + 64

/**
 * Returns what distinguishes the files of two lines: the execute permission, and everything from
 * the device on.
 */
function keyOf(line: string): string {
  const permissions = line.indexOf(' ') + 1
  const offset = line.indexOf(' ', permissions) + 1
  return `${line[permissions + 2]}${line.slice(line.indexOf(' ', offset))}`
}

const LINE =
  /^([0-9a-f]+-[0-9a-f]+) [r-][w-]([x-])[ps] [0-9a-f]+ ([0-9a-f]+:[0-9a-f]+) ([0-9]+) +(\S.*)$/s

function parseLine(line: string): Mapping | null {
  const [, address, execute, device, inode, name] = LINE.exec(line) ?? []
  if (address === undefined || !device || inode === undefined || name === undefined) return null
  const path = withoutMark(name)
  const kind = path === null ? null : classify(path, execute === 'x')
  return path === null || kind === null ? null : { address, device, inode, path, kind }
}

/**
 * Adds a mapping to the files of a process, one for each inode and path. The first mapping of each
 * is kept. Returns false when no further file is taken.
 *
 * A library is mapped in four or five parts (text, read-only data, RELRO, data), each a line of its
 * own. An existing file that is named like a deleted one shows the same path, but has another
 * inode.
 */
export function keepFile(mapping: Mapping, files: Map<string, Mapping>, most: number): boolean {
  const key = `${mapping.inode} ${mapping.path}`
  if (files.has(key)) return true
  if (files.size >= most) return false
  files.set(key, mapping)
  return true
}

/**
 * Returns the mappings, and a mapping of the program's own file where that is gone and none of them
 * is of it. A program can unmap its executable, but `/proc/PID/exe` still names it
 * (proc_pid_exe(5)).
 *
 * @param exe target of the link
 */
export function withExecutable(
  mappings: readonly Mapping[],
  exe: string | null,
): readonly Mapping[] {
  const path = exe === null ? null : withoutMark(exe)
  const kind = path === null ? null : classify(path, true)
  if (path === null || kind === null) return mappings
  if (mappings.some((mapping) => mapping.path === path)) return mappings
  return [...mappings, { address: '', device: '', inode: '', path, kind }]
}
