import { DELETED } from '../../core/proc/deleted-mark.ts'
import { isHeapExecutable } from '../../core/proc/classify.ts'
import { keepFile, parseDeletedMappings } from '../../core/proc/maps.ts'
import type { Mapping } from '../../core/proc/process.ts'

/** The bound on the deleted mappings of one process: more than any program has. */
export const MAX_FILES_OF_A_PROCESS = 1024

const MARK = Buffer.from(DELETED)
const NEWLINE = 0x0a
const MAX_LINE_BYTES = 1024 * 1024

/** Says whether a part of maps may have a line with the mark. */
export function mayBeMarked(part: Buffer): boolean {
  return part.includes(MARK)
}

/**
 * Says whether the last line is that of the page for vsyscalls, as for most processes of x86-64.
 * The kernel writes it last (m_next of fs/proc/task_mmu.c, VSYSCALL_ADDR), and nothing else can
 * have its address. After it the end need not be read.
 */
export function endsWithGate(lines: Buffer): boolean {
  const start = lines.length - GATE_LINE_BYTES
  return (
    (start === 0 || lines[start - 1] === NEWLINE) &&
    lines.toString('latin1', start, start + GATE.length) === GATE
  )
}

const GATE = 'ffffffffff600000-'
/**
 * The length of that line: the name is behind 73 characters (show_vma_header_prefix and
 * show_map_vma).
 */
const GATE_LINE_BYTES = 73 + '[vsyscall]\n'.length

/** The deleted mappings of one process, one for each file. */
class MarkedFiles {
  dropped = 0
  readonly #stale = new Map<string, Mapping>()
  readonly #temporary = new Map<string, Mapping>()
  readonly #seen = new Set<string>()

  take(text: string): void {
    for (const mapping of parseDeletedMappings(text, this.#seen)) {
      // Each kind has its own bound: a thousand memfd must not displace the one libc.
      const files = mapping.kind === 'temporary' ? this.#temporary : this.#stale
      if (!keepFile(mapping, files, MAX_FILES_OF_A_PROCESS)) this.dropped += 1
    }
  }

  kept(): readonly Mapping[] {
    return [...this.#stale.values(), ...this.#temporary.values()]
  }
}

/**
 * The lines of maps of one process, part by part. Memory is bounded: one incomplete line and the
 * files that `MarkedFiles` keeps.
 */
export class MapsLines {
  isEmpty = true
  dropped = 0
  /** Whether the heap is executable; `null` until its line was read. */
  isHeapExecutable: boolean | null = null
  /** The deleted mappings; `null` until there is one, since most processes have none. */
  marked: MarkedFiles | null = null
  #rest: Buffer | null = null
  readonly #observe: (lines: string) => void

  /** @param observe receives the lines with the mark */
  constructor(observe: (lines: string) => void) {
    this.#observe = observe
  }

  /**
   * Takes the whole lines of a part, and a copy of the incomplete one at its end. The kernel cuts a
   * line only where the buffer ends.
   */
  take(part: Buffer): void {
    this.isEmpty = false
    let lines = part
    if (this.#rest !== null) {
      // Only the line that is cut is copied, and not all lines of a million mappings.
      const next = part.indexOf(NEWLINE) + 1 || part.length
      const line = Buffer.concat([this.#rest, part.subarray(0, next)])
      this.#rest = null
      this.#takeLines(line)
      lines = part.subarray(next)
    }
    this.#takeLines(lines)
  }

  /** Takes the last line where it has no end. */
  end(): void {
    if (this.#rest !== null) this.#takeWhole(this.#rest)
  }

  #takeLines(lines: Buffer): void {
    const end = lines.lastIndexOf(NEWLINE) + 1
    this.#takeWhole(lines.subarray(0, end))
    if (end === lines.length) return
    if (lines.length - end <= MAX_LINE_BYTES) this.#rest = Buffer.from(lines.subarray(end))
    else this.dropped += 1
  }

  #takeWhole(lines: Buffer): void {
    this.isHeapExecutable ??= heapIn(lines)
    const text = markedLines(lines)
    if (text === '') return
    this.#observe(text)
    this.marked ??= new MarkedFiles()
    this.marked.take(text)
  }
}

const HEAP = Buffer.from(' [heap]\n')

/** Returns whether the heap is executable, or `null` where none of the lines is of the heap. */
function heapIn(lines: Buffer): boolean | null {
  for (let at = lines.indexOf(HEAP); at !== -1; at = lines.indexOf(HEAP, at + HEAP.length)) {
    const start = lines.lastIndexOf(NEWLINE, at) + 1
    const found = isHeapExecutable(lines.toString('latin1', start, at + HEAP.length - 1))
    if (found !== null) return found
  }
  return null
}

/**
 * Returns the lines with the mark as text. Nine of ten lines have none, and making text of a line
 * takes longer than searching it.
 */
function markedLines(lines: Buffer): string {
  let text = ''
  for (let at = lines.indexOf(MARK); at !== -1;) {
    const start = lines.lastIndexOf(NEWLINE, at) + 1
    const end = lines.indexOf(NEWLINE, at)
    const next = end === -1 ? lines.length : end + 1
    text += lines.toString('latin1', start, next)
    at = lines.indexOf(MARK, next)
  }
  return text
}
