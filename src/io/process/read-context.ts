import type { Inspection, MappedInode } from '../../core/proc/process.ts'
import { readLink } from '../files/proc-file.ts'
import { MountTrees } from './mount-trees.ts'

/**
 * The calls that can wait for ever: maps and map_files wait for the lock of the process's address
 * space (mmap_lock). Node's pool makes them, or a rescue thread. Each tells its result later, and
 * never while it is made.
 */
export type BlockingCalls = {
  readonly open: (path: string, tell: (error: Error | null, file: number) => void) => void
  /** Reads the next part of a file into the whole of a buffer; its length is 0 at the end. */
  readonly read: (
    file: number,
    buffer: ReadBuffer,
    tell: (error: Error | null, length: number) => void,
  ) => void
  /** Says whether a file still begins with anything. */
  readonly hasBeginning: (file: number) => Promise<boolean>
  /** Opens the place that a path names, and not what is there (O_PATH of open(2)). */
  readonly openPlace: (path: string) => Promise<number>
}

/** A buffer for one read: the pieces lie one behind another in `bytes`. */
export type ReadBuffer = { readonly bytes: Buffer; readonly pieces: readonly Buffer[] }

/**
 * Returns a buffer that takes the maps of most processes.
 *
 * One read of maps gives at most a page of whole lines (fs/seq_file.c), but readv(2) fills one
 * piece after another until the kernel has less than a piece takes (do_loop_readv_writev of
 * fs/read_write.c: maps have no read_iter). So a piece is a page, less the place for a line: maps
 * are read in one call instead of ten.
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

/** Sees the marked lines of maps as they were read: for a recording. */
export type MapsObserver = (pid: number, lines: string) => void

/** What many processes share: our namespaces, directory trees, and the inodes of files. */
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
export type ReadContext = {
  /** Whether the tree is the kernel's, and not a recorded one. */
  readonly isKernels: boolean
  readonly calls: BlockingCalls
  readonly shared: Shared
  readonly observe: MapsObserver
  /** Called after each part that was read; returns whether to read on. */
  readonly noteRead: () => boolean
}

/** One process that is read. */
export type ProcessRead = {
  readonly context: ReadContext
  /** Of the process, or of one of its threads. */
  readonly directory: string
  readonly pid: number
  /** Free while nothing reads maps. */
  readonly buffer: ReadBuffer
  /** Opens a reader of its threads; `null`: a thread is read. */
  readonly openThreads: (() => ThreadReader) | null
}

/** Reads one thread of a process after another. */
export type ThreadReader = {
  readonly inspect: (directory: string, pid: number) => Promise<Inspection>
}
