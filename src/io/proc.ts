import fastGlob from 'fast-glob'
import { closeSync, openSync, readFileSync, readlinkSync, readSync, statSync } from 'node:fs'
import { mergeByPath, parseDeletedMappings } from '../core/maps.ts'
import { classify } from '../core/stale.ts'
import { parseStat } from '../core/stat.ts'
import type { Stat } from '../core/stat.ts'
import type { Inspection, Mapping, ProcessFacts } from '../core/types.ts'
import { errorCode, isDenied, isGone, StaleLibsError } from './error.ts'

/** A proc file system, or a recorded tree of the same form. */
export type Proc = {
  readonly directory: string
  /** Returns the process ids, ascending. */
  readonly pids: () => readonly number[]
  /** Reads the maps of one process, and more of it only when something marked in there counts. */
  readonly inspect: (pid: number) => Inspection
  /** Returns the process's stat fields, or `null` when it is gone or unreadable. */
  readonly stat: (pid: number) => Stat | null
  /** Returns a file of the tree as text, one character a byte, or `null` when it cannot be read. */
  readonly read: (name: string) => string | null
  /** Returns the target of a link of the tree, one character a byte, or `null`. */
  readonly link: (name: string) => string | null
}

/** The marked mappings kept of one process: far more than any program has, and a bound on memory. */
export const MAX_FILES_OF_A_PROCESS = 1024

const MARKER = Buffer.from('(deleted)')
/** One read of maps gives at most a page of lines, but a single longer line whole (fs/seq_file.c). */
const CHUNK_BYTES = 64 * 1024
const MAX_LINE_BYTES = 1024 * 1024

/**
 * Opens a proc file system.
 *
 * @throws {StaleLibsError} when the directory is missing, unreadable or holds no process directories
 */
export function openProc(directory: string): Proc {
  assertDirectory(directory)
  const read = (name: string) => readText(`${directory}/${name}`)
  return {
    directory,
    pids: () => listPids(directory),
    inspect: (pid) => inspect(`${directory}/${pid}`, pid),
    stat: (pid) => parseStat(read(`${pid}/stat`) ?? ''),
    read,
    link: (name) => readLink(`${directory}/${name}`),
  }
}

function assertDirectory(directory: string): void {
  try {
    if (statSync(directory).isDirectory()) return
  } catch (error) {
    throw new StaleLibsError(`Cannot read "${directory}": ${errorCode(error)}`, { cause: error })
  }
  throw new StaleLibsError(`Cannot read "${directory}": not a directory`)
}

/** fast-glob gives an empty list for a directory that it cannot read, so an empty list is an error. */
function listPids(directory: string): readonly number[] {
  const names = fastGlob.sync('+([0-9])', {
    cwd: directory,
    onlyDirectories: true,
    deep: 1,
    followSymbolicLinks: false,
  })
  if (names.length === 0)
    throw new StaleLibsError(`Cannot scan "${directory}": not a proc file system, no process in it`)
  return names.map(Number).toSorted((a, b) => a - b)
}

function readText(path: string): string | null {
  return unlessUnreadable(() => readFileSync(path, 'latin1'))
}

function readLink(path: string): string | null {
  return unlessUnreadable(() => readlinkSync(path, 'latin1'))
}

/** EINVAL is readlink(2) of what is no link, in a recorded tree. */
function unlessUnreadable(read: () => string): string | null {
  try {
    return read()
  } catch (error) {
    if (isGone(error) || isDenied(error) || errorCode(error) === 'EINVAL') return null
    throw error
  }
}

/**
 * The maps file stays open until everything else is read. Its descriptor is bound to the process's
 * address space, so when it still gives a line at the end, nothing that was read by path in between can
 * belong to another process with the same id, or to another program that the process has become.
 */
function inspect(directory: string, pid: number): Inspection {
  let maps: number | null = null
  try {
    maps = openSync(`${directory}/maps`, 'r')
    const { isEmpty, marked, dropped } = readMarked(maps)
    if (isEmpty) return { kind: 'empty' }
    if (marked.length === 0) return { kind: 'clean' }
    const facts = readFacts(directory, pid)
    const isStillThere = readSync(maps, chunk, 0, 1, 0) > 0
    if (!isStillThere) return { kind: 'gone' }
    return { kind: 'marked', facts, mappings: marked, dropped }
  } catch (error) {
    if (isGone(error)) return { kind: 'gone' }
    if (isDenied(error)) return { kind: 'denied' }
    throw error
  } finally {
    if (maps !== null) closeSync(maps)
  }
}

const chunk = Buffer.allocUnsafe(CHUNK_BYTES)

/** The marked mappings of one process that count, one a path. */
class MarkedFiles {
  dropped = 0
  readonly #byPath = new Map<string, Mapping>()

  take(lines: Buffer): void {
    if (!lines.includes(MARKER)) return
    for (const mapping of parseDeletedMappings(lines.toString('latin1'))) {
      if (classify(mapping) === null) continue
      if (this.#byPath.size < MAX_FILES_OF_A_PROCESS || this.#byPath.has(mapping.path))
        mergeByPath([mapping], this.#byPath)
      else this.dropped += 1
    }
  }

  kept(): readonly Mapping[] {
    return [...this.#byPath.values()]
  }
}

type Marked = {
  readonly isEmpty: boolean
  readonly marked: readonly Mapping[]
  readonly dropped: number
}

/** Memory is bounded: one chunk, the incomplete line at its end, and the paths that `MarkedFiles` keeps. */
function readMarked(maps: number): Marked {
  const files = new MarkedFiles()
  let rest: Buffer = Buffer.alloc(0)
  let isEmpty = true
  for (;;) {
    const length = readSync(maps, chunk, 0, CHUNK_BYTES, null)
    if (length === 0) break
    isEmpty = false
    const end = chunk.subarray(0, length).lastIndexOf('\n') + 1
    if (end > 0) {
      files.take(
        rest.length === 0 ? chunk.subarray(0, end) : Buffer.concat([rest, chunk.subarray(0, end)]),
      )
      rest = Buffer.alloc(0)
    }
    if (end < length) rest = Buffer.concat([rest, chunk.subarray(end, length)])
    if (rest.length > MAX_LINE_BYTES) {
      files.dropped += 1
      rest = Buffer.alloc(0)
    }
  }
  files.take(rest)
  return { isEmpty, marked: files.kept(), dropped: files.dropped }
}

function readFacts(directory: string, pid: number): ProcessFacts {
  const stat = parseStat(readText(`${directory}/stat`) ?? '')
  return {
    pid,
    comm: stat?.comm ?? readText(`${directory}/comm`)?.replace(/\n$/, '') ?? '',
    startTicks: stat?.startTicks ?? null,
    cgroup: readText(`${directory}/cgroup`) ?? '',
    exe: readLink(`${directory}/exe`),
    mountNamespace: readLink(`${directory}/ns/mnt`),
  }
}
