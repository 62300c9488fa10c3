import fastGlob from 'fast-glob'
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  statSync,
} from 'node:fs'
import { mergeFile, parseDeletedMappings } from '../core/maps.ts'
import { classify } from '../core/stale.ts'
import { parseStat } from '../core/stat.ts'
import type { Stat } from '../core/stat.ts'
import type { Inspection, Mapping, ProcessFacts } from '../core/types.ts'
import { errorCode, isDenied, isGone, StaleLibsError, unlessUnreadable } from './error.ts'

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
  /** Returns whom a process belongs to. */
  readonly uidOf: (pid: number) => number
  /** Returns the identity of the root directory of a process (its id, or `self`), or `null`. */
  readonly rootOf: (pid: string) => string | null
}

/** Sees the marked lines of maps as they were read: for a recording. */
export type MapsObserver = (pid: number, lines: string) => void

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
export function openProc(directory: string, observe: MapsObserver = () => {}): Proc {
  assertDirectory(directory)
  const read = (name: string) => readText(`${directory}/${name}`)
  return {
    directory,
    pids: () => listPids(directory),
    inspect: (pid) => inspect(`${directory}/${pid}`, pid, observe),
    stat: (pid) => parseStat(read(`${pid}/stat`) ?? ''),
    read,
    link: (name) => readLink(`${directory}/${name}`),
    uidOf: (pid) => statSync(`${directory}/${pid}`).uid,
    rootOf: (pid) => rootDirectory(`${directory}/${pid}`),
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

/**
 * The kernel lists a process that ends at that moment with no type (proc_fill_cache in fs/proc/base.c).
 * Node then looks at it, fast-glob takes the ENOENT for the directory's own, and gives an empty list: so an
 * empty list is asked for again without types.
 */
function listPids(directory: string): readonly number[] {
  const globbed = fastGlob.sync('[1-9]*([0-9])', {
    cwd: directory,
    onlyDirectories: true,
    deep: 1,
    followSymbolicLinks: false,
  })
  const names =
    globbed.length > 0
      ? globbed
      : readdirSync(directory).filter((name) => /^[1-9][0-9]*$/.test(name))
  if (names.length === 0)
    throw new StaleLibsError(`Cannot scan "${directory}": not a proc file system, no process in it`)
  return names.map(Number).toSorted((a, b) => a - b)
}

function readText(path: string): string | null {
  return unlessUnreadable(() => {
    const file = openFile(path)
    try {
      return readFileSync(file, 'latin1')
    } finally {
      closeSync(file)
    }
  })
}

function readLink(path: string): string | null {
  return unlessUnreadable(() => readlinkSync(path, 'latin1'))
}

/**
 * The maps file stays open until everything else is read. Its descriptor is bound to the process's
 * address space, so when it still gives a line at the end, nothing that was read by path in between can
 * belong to another process with the same id, or to another program that the process has become.
 */
function inspect(
  directory: string,
  pid: number,
  observe: MapsObserver,
  isThread = false,
): Inspection {
  let maps: number | null = null
  try {
    maps = openFile(`${directory}/maps`)
    const { isEmpty, isCut, hasMark, marked, dropped } = readMarked(maps, (lines) =>
      observe(pid, lines),
    )
    if (isEmpty) return isThread ? { kind: 'empty' } : inspectThread(directory, pid, observe)
    if (marked.length === 0 && !(hasMark && isExecutableGone(directory)))
      return { kind: isCut ? 'failed' : 'clean' }
    const facts = readFacts(directory, pid)
    const isStillThere = readSync(maps, chunk, 0, 1, 0) > 0
    if (!isStillThere) return { kind: 'gone' }
    return { kind: 'marked', facts, mappings: marked, dropped, isCut }
  } catch (error) {
    if (isGone(error)) return { kind: 'gone' }
    if (isDenied(error)) return { kind: 'denied' }
    if (errorCode(error) !== '') return { kind: 'failed' }
    throw error
  } finally {
    if (maps !== null) closeSync(maps)
  }
}

/**
 * A process whose first thread has ended shows no mappings, but lives on in its other threads
 * (pthread_exit(3)): the first of them that has mappings is read in its place.
 */
function inspectThread(directory: string, pid: number, observe: MapsObserver): Inspection {
  const stat = parseStat(readText(`${directory}/stat`) ?? '')
  if (stat === null || stat.isKernelThread || stat.threads < 2) return { kind: 'empty' }
  const threads = unlessUnreadable(() => readdirSync(`${directory}/task`)) ?? []
  for (const thread of threads.filter((name) => name !== String(pid))) {
    const inspection = inspect(`${directory}/task/${thread}`, pid, observe, true)
    if (inspection.kind !== 'empty' && inspection.kind !== 'gone') return inspection
  }
  return { kind: 'empty' }
}

const chunk = Buffer.allocUnsafe(CHUNK_BYTES)

/** The marked mappings of one process that count, one a path. */
class MarkedFiles {
  hasMark = false
  dropped = 0
  readonly #stale = new Map<string, Mapping>()
  readonly #temporary = new Map<string, Mapping>()
  readonly #observe: (lines: string) => void

  constructor(observe: (lines: string) => void) {
    this.#observe = observe
  }

  take(lines: Buffer): void {
    if (!lines.includes(MARKER)) return
    const text = lines.toString('latin1')
    this.hasMark = true
    this.#observe(text)
    for (const mapping of parseDeletedMappings(text)) {
      const kind = classify(mapping)
      if (kind === null) continue
      // Each has room of its own: a thousand memfd must not push the one libc out.
      const files = kind === 'temporary' ? this.#temporary : this.#stale
      if (!mergeFile(mapping, files, MAX_FILES_OF_A_PROCESS)) this.dropped += 1
    }
  }

  kept(): readonly Mapping[] {
    return [...this.#stale.values(), ...this.#temporary.values()]
  }
}

type Marked = {
  readonly isEmpty: boolean
  /** Whether reading failed before the end. */
  readonly isCut: boolean
  /** Whether any mapping is marked, counted or not. */
  readonly hasMark: boolean
  readonly marked: readonly Mapping[]
  readonly dropped: number
}

/** Memory is bounded: one chunk, the incomplete line at its end, and the paths that `MarkedFiles` keeps. */
function readMarked(maps: number, observe: (lines: string) => void): Marked {
  const files = new MarkedFiles(observe)
  let rest: Buffer = Buffer.alloc(0)
  let isEmpty = true
  let length = readNext(maps)
  for (; length !== null && length > 0; length = readNext(maps)) {
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
  const { hasMark, dropped } = files
  const isCut = length === null
  return { isEmpty: isEmpty && !isCut, isCut, hasMark, marked: files.kept(), dropped }
}

/** Returns how many bytes came, 0 at the end; `null` where the kernel fails: what came before it counts. */
function readNext(maps: number): number | null {
  try {
    return readSync(maps, chunk, 0, CHUNK_BYTES, null)
  } catch (error) {
    if (isGone(error) || isDenied(error) || errorCode(error) === '') throw error
    return null
  }
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
    pidNamespace: readLink(`${directory}/ns/pid`),
    utsNamespace: readLink(`${directory}/ns/uts`),
    rootDirectory: rootDirectory(directory),
  }
}

/**
 * Device and inode of the directory that `/proc/PID/root` leads to (proc_pid_root(5)): two processes see
 * the same tree when they are the same. In a recorded tree the entry is a file with that text.
 */
function rootDirectory(directory: string): string | null {
  const found = unlessUnreadable(() => statSync(`${directory}/root`, { bigint: true }))
  if (found === null) return null
  return found.isDirectory() ? `${found.dev}:${found.ino}` : readText(`${directory}/root`)
}

/** Says whether the program's own file is gone though no mapping of it counts: its text can be remapped. */
function isExecutableGone(directory: string): boolean {
  return readLink(`${directory}/exe`)?.endsWith(' (deleted)') ?? false
}

/**
 * Opens what is a file and nothing else: in a recorded tree anything can have the name, a pipe that nobody
 * writes to or a device without an end.
 */
function openFile(path: string): number {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  if (fstatSync(file).isFile()) return file
  closeSync(file)
  throw Object.assign(new Error(`Cannot read "${path}": not a file`), { code: 'EINVAL' })
}
