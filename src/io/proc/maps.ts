import { closeSync, fstatSync, readdirSync, statSync } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import { parseControlGroup } from '../../core/proc/control-group.ts'
import { DELETED, isMarked, withoutMark } from '../../core/proc/deleted-mark.ts'
import { keepFile, MAX_KEY, parseDeletedMappings } from '../../core/proc/maps.ts'
import { isLocalDevice, isMountOf } from '../../core/proc/mounts.ts'
import type { Mounts } from '../../core/proc/mounts.ts'
import { parseStat } from '../../core/proc/stat.ts'
import type { Inspection, MappedInode, Mapping, ProcessFacts } from '../../core/proc/process.ts'
import { mountIdOf } from '../files/directory.ts'
import { errorCode, isDenied, isGone, unlessUnreadable } from '../error.ts'
import { MountTrees } from './mount-trees.ts'
import type { Tree } from './mount-trees.ts'
import { readAtOnce, readLink, readText } from '../files/proc-file.ts'

/**
 * The calls that can wait for ever: maps and map_files wait for the lock of the process's address space. They
 * are made in Node's pool, or in a thread of our own that waits. What they tell comes later, and never while
 * the call is made.
 */
export type Access = {
  readonly open: (path: string, tell: (error: Error | null, file: number) => void) => void
  /** Reads the next part of a file into the whole of a room; its length is 0 at the end. */
  readonly read: (
    file: number,
    room: Room,
    tell: (error: Error | null, length: number) => void,
  ) => void
  /** Says whether a file still begins with anything. */
  readonly hasBeginning: (file: number) => Promise<boolean>
  /** Opens the place that a path names, and not what is there (O_PATH of open(2)). */
  readonly openPlace: (path: string) => Promise<number>
}

/** Sees the marked lines of maps as they were read: for a recording. */
export type MapsObserver = (pid: number, lines: string) => void

/** What many processes share: our own namespaces, directory trees, and the files that were looked at. */
export type Shared = {
  readonly trees: MountTrees
  readonly pidNamespace: string | null
  readonly inodes: Map<string, MappedInode>
}

/** Looks at ourselves in a process tree. */
export function openShared(directory: string, trees = new MountTrees(directory)): Shared {
  return {
    trees,
    pidNamespace: readLink(`${directory}/self/ns/pid`),
    inodes: new Map(),
  }
}

/** How processes are read. */
export type Surroundings = {
  /** Whether the tree is the kernel's, and not a recorded one. */
  readonly isKernels: boolean
  readonly access: Access
  /** What many processes share. */
  readonly shared: Shared
  readonly observe: MapsObserver
  /** Called after each part that was read; returns whether to read on. */
  readonly noteRead: () => boolean
}

/** One process that is read. */
type Reading = {
  readonly around: Surroundings
  readonly directory: string
  readonly pid: number
  readonly isThread: boolean
  readonly room: Room
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
function newRoom(): Room {
  const bytes = Buffer.allocUnsafeSlow(PIECES * PIECE_BYTES)
  const pieces = Array.from({ length: PIECES }, (_, at) =>
    bytes.subarray(at * PIECE_BYTES, (at + 1) * PIECE_BYTES),
  )
  return { bytes, pieces }
}

const PIECES = 18
const PIECE_BYTES = 4096 - 512

const MARKER = Buffer.from(DELETED)
const MAX_LINE_BYTES = 1024 * 1024

/** Whose maps are read, and who waits for it. */
type Turn = {
  readonly directory: string
  readonly pid: number
  readonly tell: (inspection: Inspection) => void
  readonly fail: (error: unknown) => void
}

/**
 * Reads one process after another.
 *
 * Most are not marked, and of these as little is run as can be: what runs a thousand times, V8 compiles once
 * more, and that takes longer than it saves.
 */
export class ProcessReader {
  readonly #around: Surroundings
  readonly #isThread: boolean
  readonly #room = newRoom()
  #turn: Turn = { directory: '', pid: 0, tell() {}, fail() {} }
  #maps = -1
  #lines: Lines | null = null

  /** @param isThread whether threads are read in the place of processes */
  constructor(around: Surroundings, isThread = false) {
    this.#around = around
    this.#isThread = isThread
  }

  /**
   * Reads the maps of a process, and more of it only when something marked in there counts.
   *
   * The maps file stays open until everything else is read. Its descriptor is bound to the process's
   * address space, so when it still gives a line at the end, nothing that was read by path in between can
   * belong to another process with the same id, or to another program that the process has become.
   *
   * @param directory of the process, or of one of its threads
   * @param tell is told how it ended, later
   * @param fail is told of an error that is none of the system
   */
  read(directory: string, pid: number, tell: Turn['tell'], fail: Turn['fail']): void {
    this.#turn = { directory, pid, tell, fail }
    this.#lines = null
    this.#around.access.open(`${directory}/maps`, this.#opened)
  }

  /** As `read`, for who waits for one after another. */
  inspect(directory: string, pid: number): Promise<Inspection> {
    return new Promise((resolve, reject) => this.read(directory, pid, resolve, reject))
  }

  readonly #opened = (error: Error | null, maps: number): void => {
    if (error !== null) return this.#end(asInspection(error))
    this.#maps = maps
    this.#around.access.read(maps, this.#room, this.#took)
  }

  readonly #took = (error: Error | null, length: number): void => {
    if (!this.#around.noteRead()) return this.#giveUp()
    if (error !== null) return this.#takeEnd(error)
    const part = this.#room.bytes.subarray(0, length)
    const isLast = length === 0 || (this.#around.isKernels && endsWithGate(part))
    if (isLast && length > 0 && this.#lines === null && !part.includes(MARKER)) {
      closeSync(this.#maps)
      this.#turn.tell(CLEAN)
    } else this.#take(part, isLast)
  }

  /** Reading has ended: the rest is not waited for. */
  #giveUp(): void {
    closeSync(this.#maps)
    this.#turn.tell({ kind: 'stuck' })
  }

  #take(part: Buffer, isLast: boolean): void {
    const { access, observe } = this.#around
    const { pid, fail } = this.#turn
    try {
      this.#lines ??= new Lines((text) => observe(pid, text))
      if (part.length > 0) this.#lines.take(part)
      if (isLast) this.#takeEnd(null)
      else access.read(this.#maps, this.#room, this.#took)
    } catch (error) {
      closeSync(this.#maps)
      fail(error)
    }
  }

  /** @param error what ended it before the end: what came before counts */
  #takeEnd(error: Error | null): void {
    const lines = this.#lines ?? new Lines(() => {})
    const { directory, pid } = this.#turn
    const around = this.#around
    const reading = { around, directory, pid, isThread: this.#isThread, room: this.#room }
    this.#end(judge(reading, this.#maps, lines, error))
  }

  #end(inspection: Promise<Inspection>): void {
    const { tell, fail } = this.#turn
    inspection.then(tell, fail)
  }
}

const CLEAN: Inspection = { kind: 'clean' }

/** How a process ends that cannot be read; throws what is no error of the system. */
async function asInspection(error: unknown): Promise<Inspection> {
  if (isGone(error)) return { kind: 'gone' }
  if (isDenied(error)) return { kind: 'denied' }
  if (errorCode(error) !== '') return { kind: 'failed' }
  throw error
}

/** Judges a process by the lines of its maps. */
async function judge(
  reading: Reading,
  maps: number,
  lines: Lines,
  failure: Error | null,
): Promise<Inspection> {
  const { directory, around } = reading
  try {
    const isCut = failure !== null
    if (isCut && (isGone(failure) || isDenied(failure) || errorCode(failure) === '')) throw failure
    lines.end()
    if (lines.isEmpty && !isCut) return await inspectThread(reading)
    const mappings = lines.marked?.kept() ?? []
    if (mappings.length === 0 && !(lines.marked !== null && isExecutableGone(directory)))
      return isCut ? { kind: 'failed' } : CLEAN
    const facts = await readFacts(reading, mappings)
    if (!(await around.access.hasBeginning(maps))) return { kind: 'gone' }
    const dropped = lines.dropped + (lines.marked?.dropped ?? 0)
    return { kind: 'marked', facts, mappings, dropped, isCut }
  } catch (error) {
    return await asInspection(error)
  } finally {
    closeSync(maps)
  }
}

/**
 * A process whose first thread has ended shows no mappings, but lives on in its other threads
 * (pthread_exit(3)): the first of them that has mappings is read in its place.
 */
async function inspectThread(reading: Reading): Promise<Inspection> {
  const { around, directory, pid, isThread } = reading
  if (isThread || (around.isKernels && isAlone(directory))) return { kind: 'empty' }
  const stat = parseStat(readText(`${directory}/stat`) ?? '')
  if (stat === null || stat.isKernelThread || stat.threads < 2) return { kind: 'empty' }
  const threads = unlessUnreadable(() => readdirSync(`${directory}/task`)) ?? []
  const reader = new ProcessReader(around, true)
  for (const thread of threads.filter((name) => name !== String(pid))) {
    const inspection = await reader.inspect(`${directory}/task/${thread}`, pid)
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
      // Each has room of its own: a thousand memfd must not push the one libc out.
      const files = mapping.kind === 'temporary' ? this.#temporary : this.#stale
      if (!keepFile(mapping, files, MAX_FILES_OF_A_PROCESS)) this.dropped += 1
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
    let lines = part
    if (this.#rest !== null) {
      // Only the line that is cut is copied: of a million mappings all would be.
      const next = part.indexOf(NEWLINE) + 1 || part.length
      const line = Buffer.concat([this.#rest, part.subarray(0, next)])
      this.#rest = null
      this.#takeLines(line)
      lines = part.subarray(next)
    }
    this.#takeLines(lines)
  }

  #takeLines(lines: Buffer): void {
    const end = lines.lastIndexOf(NEWLINE) + 1
    this.#takeWhole(lines.subarray(0, end))
    if (end === lines.length) return
    if (lines.length - end <= MAX_LINE_BYTES) this.#rest = Buffer.from(lines.subarray(end))
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
  const start = lines.length - GATE_LINE_BYTES
  return (
    start >= 0 &&
    (start === 0 || lines[start - 1] === NEWLINE) &&
    lines.toString('latin1', start, start + GATE.length) === GATE
  )
}

const GATE = 'ffffffffff600000-'
/** The name stands behind 73 characters (show_vma_header_prefix and show_map_vma). */
const GATE_LINE_BYTES = 73 + '[vsyscall]\n'.length

async function readFacts(reading: Reading, marked: readonly Mapping[]): Promise<ProcessFacts> {
  const { directory, pid, room } = reading
  const { isKernels, shared } = reading.around
  const read = (path: string) => (isKernels ? readAtOnce(path, room.bytes) : readText(path))
  const stat = parseStat(read(`${directory}/stat`) ?? '')
  const pidNamespace = readLink(`${directory}/ns/pid`)
  const isAmongUs = isKernels && pidNamespace !== null && pidNamespace === shared.pidNamespace
  const tree = isKernels ? shared.trees.of(directory) : recordedTree(directory)
  return {
    pid,
    comm: stat?.comm ?? read(`${directory}/comm`)?.replace(/\n$/, '') ?? '',
    startTicks: stat?.startTicks ?? null,
    cgroup: parseControlGroup(read(`${directory}/cgroup`) ?? ''),
    exe: readLink(`${directory}/exe`),
    pidNamespace,
    // Nothing depends on it but for processes that see others than we do.
    utsNamespace: isAmongUs ? null : readLink(`${directory}/ns/uts`),
    ...tree,
    inodes: isKernels ? await readInodes(reading, marked, tree) : new Map(),
  }
}

/** A recording has the identity of the root directory as a text. */
export function recordedTree(directory: string): Tree {
  return {
    mountNamespace: readLink(`${directory}/ns/mnt`),
    userNamespace: null,
    rootDirectory: readText(`${directory}/root`),
    mounts: null,
  }
}

/**
 * Looks at the mapped files themselves, each once: `map_files` names its entries without the leading zeros of
 * maps (fs/proc/base.c), may be followed by few (CAP_CHECKPOINT_RESTORE), and takes the same lock as maps.
 *
 * The look goes to the file system of the mapped file. So it must be one that waits for nobody: a local one of
 * our own mounts, of a process of our own user namespace.
 */
async function readInodes(
  reading: Reading,
  marked: readonly Mapping[],
  { mountNamespace, userNamespace, mounts }: Tree,
): Promise<ReadonlyMap<string, MappedInode>> {
  const { directory } = reading
  const { shared } = reading.around
  const inodes = new Map<string, MappedInode>()
  const { own, ownMounts } = shared.trees
  if (userNamespace === null || userNamespace !== own.userNamespace) return inodes
  for (const mapping of marked) {
    if (mapping.kind === 'temporary') continue
    // A snapshot of btrfs keeps the numbers of its inodes, and maps the device of the whole.
    const key = `${mountNamespace} ${mapping.device} ${mapping.inode} ${mapping.path}`
    const known = shared.inodes.get(key)
    if (known !== undefined) {
      inodes.set(mapping.address, known)
      continue
    }
    if (!isLocalDevice(mapping.device, ownMounts)) continue
    const name = mapping.address.replaceAll(/\b0+(?=[0-9a-f])/g, '')
    const seen = mounts === null ? [ownMounts] : [ownMounts, mounts]
    const found = await lookAt(`${directory}/map_files/${name}`, mapping, seen, reading)
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

/**
 * A process can put another file at an address at any time, also one of a server. So it is opened without a
 * request to its file system, and looked at only where it is the file that maps had: by its path, by a mount
 * of its device, and then by its number.
 */
async function lookAt(
  path: string,
  { device, inode, path: mapped }: Mapping,
  seen: readonly Mounts[],
  { around: { access } }: Reading,
): Promise<BigIntStats | null> {
  let file: number | null = null
  try {
    file = await access.openPlace(path)
    const id = mountIdOf(file)
    const isThere = id !== null && seen.some((mounts) => isMountOf(device, id, mounts))
    if (!isThere || linkWithoutMark(`/proc/self/fd/${file}`) !== mapped) return null
    // On a local mount it waits for nobody.
    const found = fstatSync(file, { bigint: true })
    return String(found.ino) === inode ? found : null
  } catch (error) {
    if (errorCode(error) !== '') return null
    throw error
  } finally {
    if (file !== null) closeSync(file)
  }
}

/** Says whether the program's own file is gone though no mapping of it counts: its text can be remapped. */
function isExecutableGone(directory: string): boolean {
  return isMarked(readLink(`${directory}/exe`) ?? '')
}

function linkWithoutMark(path: string): string | null {
  const target = readLink(path)
  return target === null ? null : withoutMark(target)
}
