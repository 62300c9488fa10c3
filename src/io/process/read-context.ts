import type { Inspection, MappedInode } from '../../core/proc/process.ts'
import { readLink } from '../files/proc-file.ts'
import { MountTrees } from './mount-trees.ts'
import { Shares } from '../shares.ts'
import { ShareHolders } from './share-holders.ts'
import type { HolderPort } from './share-holders.ts'

/**
 * The calls that can wait for ever: maps and map_files wait for the lock of the address space of
 * the process (mmap_lock). Node's pool makes them, or a rescue thread. Each gives its result later,
 * and never before it returns.
 */
export type BlockingCalls = {
  readonly open: (path: string, tell: (error: Error | null, file: number) => void) => void
  /** Reads the next part of a file into the whole of a buffer; its length is 0 at the end. */
  readonly read: (
    file: number,
    buffer: ReadBuffer,
    tell: (error: Error | null, length: number) => void,
  ) => void
  /** Says whether a file still gives a first byte. */
  readonly hasBeginning: (file: number) => Promise<boolean>
  /** Opens the place that a path names without opening the file there (O_PATH of open(2)). */
  readonly openPlace: (path: string) => Promise<number>
}

/** A buffer for one read. Its pieces lie one behind another in `bytes`. */
export type ReadBuffer = { readonly bytes: Buffer; readonly pieces: readonly Buffer[] }

/**
 * Returns a buffer that takes the maps of most processes.
 *
 * One read of maps gives at most a page of whole lines (fs/seq_file.c). readv(2) fills one piece
 * after another until the kernel gives less than a piece takes (do_loop_readv_writev of
 * fs/read_write.c: maps have no read_iter). A piece is a page, less the room for a line, so maps
 * are read in one call in place of ten.
 */
export function newReadBuffer(): ReadBuffer {
  const bytes = Buffer.allocUnsafeSlow(PIECES * PIECE_BYTES)
  const pieces = Array.from({ length: PIECES }, (_, at) =>
    bytes.subarray(at * PIECE_BYTES, (at + 1) * PIECE_BYTES),
  )
  return { bytes, pieces }
}

const PIECES = 18
const PIECE_BYTES = 4096 - 512

/**
 * Receives the lines of maps with the mark, as they were read: for a recording. `null`: the lines
 * before it do not count, because the process is read again.
 */
export type MapsObserver = (pid: number, lines: string | null) => void

/**
 * The facts that many processes share: our namespaces, directory trees, and the inodes of files.
 */
export type Shared = {
  readonly trees: MountTrees
  readonly pidNamespace: string | null
  readonly inodes: Map<string, MappedInode>
  readonly holders: HolderPort
  /** The looks at mapped files. */
  readonly looks: Shares
}

/**
 * The bound on looks at mapped files: a second for one user. The files of most processes are known
 * from another one.
 */
const MAPPED_LOOKS = { ofSystem: 100_000, ofUser: 10_000 }

/** Reads the namespaces of this process in a process tree. */
export function openShared(
  directory: string,
  trees = new MountTrees(directory),
  holders: HolderPort = new ShareHolders(directory),
): Shared {
  return {
    trees,
    pidNamespace: readLink(`${directory}/self/ns/pid`),
    inodes: new Map(),
    holders,
    looks: new Shares(MAPPED_LOOKS),
  }
}

/** The calls and the state with which processes are read. */
export type ReadContext = {
  /** Whether the tree is that of the kernel, and not a recorded one. */
  readonly isKernels: boolean
  readonly calls: BlockingCalls
  readonly shared: Shared
  readonly observe: MapsObserver
  /** Called after each part of a file. Returns whether to read on. */
  readonly noteRead: () => boolean
  /** A process whose maps have more bytes is `long`. */
  readonly maxMapsBytes: number
}

/** One process that is read. */
export type ProcessRead = {
  readonly context: ReadContext
  /** The directory of the process, or of one of its threads. */
  readonly directory: string
  readonly pid: number
  /** A buffer that is free while no maps are read. */
  readonly buffer: ReadBuffer
  /** Opens a reader of its threads; `null` where a thread is read. */
  readonly openThreads: (() => ThreadReader) | null
}

/** Reads one thread of a process after another. */
export type ThreadReader = {
  readonly inspect: (directory: string, pid: number) => Promise<Inspection>
}
