import type { Mapping } from './process.ts'

const MARK = ' (deleted)'
/** OpenVZ kernels put the mark in front of the path. */
const LEADING_MARK = '(deleted)/'

/**
 * Returns the mappings that the kernel marked as deleted.
 *
 * Reads whole lines of `/proc/PID/maps` (proc_pid_maps(5)), one character a byte:
 * `address perms offset dev inode      path (deleted)`. The path begins after a padded column and
 * runs to the end of the line, blanks included. Exactly one mark is taken off: a file that was named
 * `x (deleted)` reads `x (deleted) (deleted)` once it is gone. A line of another form is not a mapping.
 *
 * A program can have a million mappings of one file: of one file, one that is executable and one that is not
 * are enough.
 *
 * @param seen what was returned of the same process before, and is not returned again
 * @example
 * parseDeletedMappings('7f00-7f10 r-xp 00000000 fe:00 42   /usr/lib/libz.so.1 (deleted)\n')
 * // [{ address: '7f00-7f10', executable: true, device: 'fe:00', inode: '42', path: '/usr/lib/libz.so.1' }]
 */
export function parseDeletedMappings(text: string, seen = new Set<string>()): Mapping[] {
  const mappings: Mapping[] = []
  for (const line of text.split('\n')) {
    if (!line.endsWith(MARK) && !line.includes(LEADING_MARK)) continue
    const key = keyOf(line)
    if (seen.has(key)) continue
    if (seen.size < MAX_SEEN && key.length <= MAX_KEY) seen.add(key)
    const mapping = parseLine(line)
    if (mapping !== null) mappings.push(mapping)
  }
  return mappings
}

/** More files than any program has; beyond them, lines are only read again. */
const MAX_SEEN = 4096
/** PATH_MAX of limits.h, and what stands before the path. */
export const MAX_KEY = 4096 + 64

/** What of a line tells one file from another: whether it is executable, and all from the device on. */
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
  const path = unmarked(name)
  return path === null ? null : { address, executable: execute === 'x', device, inode, path }
}

function unmarked(name: string): string | null {
  if (name.endsWith(MARK)) return name.slice(0, -MARK.length)
  return name.startsWith(LEADING_MARK) ? name.slice(LEADING_MARK.length - 1) : null
}

/**
 * Adds a mapping to the files of a process, one an inode and path: executable if any part of the file is,
 * with the address of its first part. Returns false when the room is used up.
 *
 * A library is mapped in four or five parts (text, read-only data, RELRO, data), each a line of its own. A
 * live file that is named like a deleted one shows the same path, but is another inode.
 */
export function mergeFile(mapping: Mapping, files: Map<string, Mapping>, most: number): boolean {
  const key = `${mapping.inode} ${mapping.path}`
  const known = files.get(key)
  if (known === undefined && files.size >= most) return false
  if (known === undefined) files.set(key, mapping)
  else if (mapping.executable && !known.executable) files.set(key, { ...known, executable: true })
  return true
}
