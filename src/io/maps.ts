import { closeSync, readdirSync, statSync } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import { MAX_KEY, mergeFile, parseDeletedMappings } from '../core/maps.ts'
import { classify } from '../core/stale.ts'
import { parseStat } from '../core/stat.ts'
import type { Inspection, MappedInode, Mapping, ProcessFacts } from '../core/types.ts'
import { errorCode, isDenied, isGone, unlessUnreadable } from './error.ts'
import { readAtOnce, readLink, readText, rootIdentity, rootOf } from './proc-file.ts'

/**
 * The calls that can wait for ever: maps waits for the lock of the process's address space, and a root
 * directory may be that of a dead server. A thread of its own makes them and waits, or they are promises.
 */
export type Access = {
  readonly open: (path: string) => number | Promise<number>
  /**
   * Reads a file part by part, each into the whole of a room, to its end or until `take`, which is told how
   * long each is, says that the rest is nothing.
   */
  readonly readParts: (
    file: number,
    room: Room,
    take: (length: number) => boolean,
  ) => void | Promise<void>
  /** Says whether a file still begins with anything. */
  readonly hasBeginning: (file: number) => boolean | Promise<boolean>
  readonly stat: (path: string) => BigIntStats | Promise<BigIntStats>
}

/** Sees the marked lines of maps as they were read: for a recording. */
export type MapsObserver = (pid: number, lines: string) => void

/** Our own surroundings, which most processes share, and the mapped files that were looked at already. */
export type Shared = {
  readonly mountNamespace: string | null
  readonly pidNamespace: string | null
  readonly rootDirectory: string | null
  readonly inodes: Map<string, MappedInode>
}

/** Looks at ourselves in a process tree. */
export function openShared(directory: string): Shared {
  return {
    mountNamespace: readLink(`${directory}/self/ns/mnt`),
    pidNamespace: readLink(`${directory}/self/ns/pid`),
    rootDirectory: ownRoot(directory),
    inodes: new Map(),
  }
}

/** Nothing where we do not see the root of PID 1: from a chroot, what is outside of it has no other path. */
function ownRoot(directory: string): string | null {
  const root = rootOf(`${directory}/self`)
  return root === rootOf(`${directory}/1`) ? root : null
}

/** One process to read, and what for. */
export type Reading = {
  readonly directory: string
  readonly pid: number
  /** Whether the tree is the kernel's, and not a recorded one. */
  readonly isKernels: boolean
  readonly access: Access
  /** What many processes share. */
  readonly shared: Shared
  /** Belongs to one reading at a time. */
  readonly room: Room
  readonly observe: MapsObserver
  /** Called after each part that was read. */
  readonly noteRead: () => void
}

/** The marked mappings kept of one process: far more than any program has, and a bound on memory. */
export const MAX_FILES_OF_A_PROCESS = 1024

/** Room for one read: the pieces lie one behind another in `bytes`. */
export type Room = { readonly bytes: Buffer; readonly pieces: readonly Buffer[] }

/**
 * Makes room for the maps of most processes.
 *
 * One read of maps gives at most a page of whole lines (fs/seq_file.c), but readv(2) fills one piece after
 * another until the kernel has less than a piece takes (do_loop_readv_writev of fs/read_write.c: maps have no
 * read_iter). So a piece is a page, less the room for a line: maps are read in one call instead of ten.
 */
export function newRoom(): Room {
  const bytes = Buffer.allocUnsafeSlow(PIECES * PIECE_BYTES)
  const pieces = Array.from({ length: PIECES }, (_, at) =>
    bytes.subarray(at * PIECE_BYTES, (at + 1) * PIECE_BYTES),
  )
  return { bytes, pieces }
}

const PIECES = 18
const PIECE_BYTES = 4096 - 512

const MARKER = Buffer.from('(deleted)')
const MAX_LINE_BYTES = 1024 * 1024

/**
 * Reads the maps of one process, and more of it only when something marked in there counts.
 *
 * The maps file stays open until everything else is read. Its descriptor is bound to the process's
 * address space, so when it still gives a line at the end, nothing that was read by path in between can
 * belong to another process with the same id, or to another program that the process has become.
 */
export async function inspect(reading: Reading, isThread = false): Promise<Inspection> {
  const { directory, access } = reading
  let maps: number | null = null
  try {
    maps = await access.open(`${directory}/maps`)
    const { isEmpty, isCut, hasMark, marked, dropped } = await readMarked(maps, reading)
    if (isEmpty) return isThread ? { kind: 'empty' } : await inspectThread(reading)
    if (marked.length === 0 && !(hasMark && isExecutableGone(directory)))
      return { kind: isCut ? 'failed' : 'clean' }
    const facts = await readFacts(reading, marked)
    if (!(await access.hasBeginning(maps))) return { kind: 'gone' }
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
async function inspectThread(reading: Reading): Promise<Inspection> {
  const { directory, pid, isKernels } = reading
  if (isKernels && isAlone(directory)) return { kind: 'empty' }
  const stat = parseStat(readText(`${directory}/stat`) ?? '')
  if (stat === null || stat.isKernelThread || stat.threads < 2) return { kind: 'empty' }
  const threads = unlessUnreadable(() => readdirSync(`${directory}/task`)) ?? []
  for (const thread of threads.filter((name) => name !== String(pid))) {
    const inspection = await inspect({ ...reading, directory: `${directory}/task/${thread}` }, true)
    if (inspection.kind !== 'empty' && inspection.kind !== 'gone') return inspection
  }
  return { kind: 'empty' }
}

/** Each thread is a directory in `task`, and each directory a link of the one that it is in (fs/proc/base.c). */
function isAlone(directory: string): boolean {
  const task = unlessUnreadable(() => statSync(`${directory}/task`))
  return task === null || task.nlink <= LINKS_OF_ONE_THREAD
}

const LINKS_OF_ONE_THREAD = 3

/** The marked mappings of one process that count, one a path. */
class MarkedFiles {
  dropped = 0
  readonly #stale = new Map<string, Mapping>()
  readonly #temporary = new Map<string, Mapping>()
  readonly #seen = new Set<string>()

  take(text: string): void {
    for (const mapping of parseDeletedMappings(text, this.#seen)) {
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

/** The lines of one process: memory is bounded by one incomplete line, and the paths that `MarkedFiles` keeps. */
class Lines {
  isEmpty = true
  dropped = 0
  /** Most processes have none. */
  marked: MarkedFiles | null = null
  #rest: Buffer | null = null
  readonly #observe: (lines: string) => void

  constructor(observe: (lines: string) => void) {
    this.#observe = observe
  }

  /** Takes the whole lines, and a copy of the incomplete one at the end: the kernel cuts none but at the end of the room. */
  take(part: Buffer): void {
    this.isEmpty = false
    const whole = this.#rest === null ? part : Buffer.concat([this.#rest, part])
    this.#rest = null
    if (whole[whole.length - 1] === NEWLINE) return this.#takeWhole(whole)
    const end = whole.lastIndexOf(NEWLINE) + 1
    this.#takeWhole(whole.subarray(0, end))
    if (whole.length - end <= MAX_LINE_BYTES) this.#rest = Buffer.from(whole.subarray(end))
    else this.dropped += 1
  }

  end(): void {
    if (this.#rest !== null) this.#takeWhole(this.#rest)
  }

  #takeWhole(lines: Buffer): void {
    const text = markedLines(lines)
    if (text === '') return
    this.#observe(text)
    this.marked ??= new MarkedFiles()
    this.marked.take(text)
  }
}

const NEWLINE = 0x0a

/** Nine lines of ten are not marked, and to make text of them takes longer than to look for the mark. */
function markedLines(lines: Buffer): string {
  let text = ''
  for (let at = lines.indexOf(MARKER); at !== -1;) {
    const start = lines.lastIndexOf(NEWLINE, at) + 1
    const end = lines.indexOf(NEWLINE, at)
    const next = end === -1 ? lines.length : end + 1
    text += lines.toString('latin1', start, next)
    at = lines.indexOf(MARKER, next)
  }
  return text
}

/**
 * Says whether the last line is that of the page for vsyscalls, as it is of most processes of x86-64: the kernel
 * writes it last (m_next of fs/proc/task_mmu.c, VSYSCALL_ADDR), and nothing else can lie at its address. So the
 * end need not be read.
 */
function endsWithGate(lines: Buffer): boolean {
  if (lines[lines.length - 2] !== GATE_END) return false
  const last = lines.lastIndexOf(NEWLINE, lines.length - 2) + 1
  return lines.toString('latin1', last, last + GATE.length) === GATE
}

const GATE = 'ffffffffff600000-'
/** The bracket of `[vsyscall]`. */
const GATE_END = 0x5d

type Marked = {
  readonly isEmpty: boolean
  /** Whether reading failed before the end. */
  readonly isCut: boolean
  /** Whether any mapping is marked, counted or not. */
  readonly hasMark: boolean
  readonly marked: readonly Mapping[]
  readonly dropped: number
}

async function readMarked(maps: number, reading: Reading): Promise<Marked> {
  const { access, room, pid, isKernels, observe, noteRead } = reading
  const lines = new Lines((text) => observe(pid, text))
  let isCut = false
  try {
    await access.readParts(maps, room, (length) => {
      noteRead()
      const part = room.bytes.subarray(0, length)
      lines.take(part)
      return isKernels && endsWithGate(part)
    })
  } catch (error) {
    if (isGone(error) || isDenied(error) || errorCode(error) === '') throw error
    isCut = true // what came before it counts
  }
  lines.end()
  return {
    isEmpty: lines.isEmpty && !isCut,
    isCut,
    hasMark: lines.marked !== null,
    marked: lines.marked?.kept() ?? [],
    dropped: lines.dropped + (lines.marked?.dropped ?? 0),
  }
}

async function readFacts(reading: Reading, marked: readonly Mapping[]): Promise<ProcessFacts> {
  const { directory, pid, isKernels, room, shared } = reading
  const read = (path: string) => (isKernels ? readAtOnce(path, room.bytes) : readText(path))
  const stat = parseStat(read(`${directory}/stat`) ?? '')
  const mountNamespace = readLink(`${directory}/ns/mnt`)
  const pidNamespace = readLink(`${directory}/ns/pid`)
  const isAmongUs = isKernels && pidNamespace !== null && pidNamespace === shared.pidNamespace
  return {
    pid,
    comm: stat?.comm ?? read(`${directory}/comm`)?.replace(/\n$/, '') ?? '',
    startTicks: stat?.startTicks ?? null,
    cgroup: read(`${directory}/cgroup`) ?? '',
    exe: readLink(`${directory}/exe`),
    mountNamespace,
    pidNamespace,
    // Nothing depends on it but for processes that see others than we do.
    utsNamespace: isAmongUs ? null : readLink(`${directory}/ns/uts`),
    rootDirectory: await readRoot(reading, mountNamespace),
    inodes: isKernels ? await readInodes(reading, marked, mountNamespace) : new Map(),
  }
}

/** In our own mount namespace, what the kernel calls `/` is our own root: most need not be looked at. */
async function readRoot(reading: Reading, mountNamespace: string | null): Promise<string | null> {
  const { directory, isKernels, shared } = reading
  const isOurTree = isKernels && mountNamespace !== null && mountNamespace === shared.mountNamespace
  if (isOurTree && shared.rootDirectory !== null && readLink(`${directory}/root`) === '/')
    return shared.rootDirectory
  const root = await statOrNull(`${directory}/root`, reading)
  return root === null ? null : rootIdentity(root, directory)
}

/**
 * Looks at the mapped files themselves, each once: `map_files` names its entries without the leading zeros of
 * maps (fs/proc/base.c), may be followed by few (CAP_CHECKPOINT_RESTORE), and takes the same lock as maps.
 */
async function readInodes(
  reading: Reading,
  marked: readonly Mapping[],
  mountNamespace: string | null,
): Promise<ReadonlyMap<string, MappedInode>> {
  const { directory, shared } = reading
  const inodes = new Map<string, MappedInode>()
  for (const mapping of marked) {
    const kind = classify(mapping)
    if (kind === null || kind === 'temporary') continue
    // A snapshot of btrfs keeps the numbers of its inodes, and maps the device of the whole.
    const key = `${mountNamespace} ${mapping.device} ${mapping.inode} ${mapping.path}`
    const known = shared.inodes.get(key)
    if (known !== undefined) {
      inodes.set(mapping.address, known)
      continue
    }
    const name = mapping.address.replaceAll(/\b0+(?=[0-9a-f])/g, '')
    const found = await statOrNull(`${directory}/map_files/${name}`, reading)
    if (found === null) continue
    const { dev, ino, ctimeMs } = found
    const inode = { device: dev, inode: ino, changedAt: Number(ctimeMs) }
    inodes.set(mapping.address, inode)
    if (shared.inodes.size < MAX_SHARED_INODES && key.length <= MAX_KEY)
      shared.inodes.set(key, inode)
  }
  return inodes
}

/** Some megabytes at worst; beyond it a file is only looked at again. */
const MAX_SHARED_INODES = 4096

async function statOrNull(path: string, { access }: Reading): Promise<BigIntStats | null> {
  try {
    return await access.stat(path)
  } catch (error) {
    if (errorCode(error) !== '') return null
    throw error
  }
}

/** Says whether the program's own file is gone though no mapping of it counts: its text can be remapped. */
function isExecutableGone(directory: string): boolean {
  return readLink(`${directory}/exe`)?.endsWith(' (deleted)') ?? false
}
