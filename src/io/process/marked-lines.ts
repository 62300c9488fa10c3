import { DELETED } from '../../core/proc/deleted-mark.ts'
import { keepFile, parseDeletedMappings } from '../../core/proc/maps.ts'
import type { Mapping } from '../../core/proc/process.ts'

/** The marked mappings kept of one process: more than any program has, and a bound on memory. */
export const MAX_FILES_OF_A_PROCESS = 1024

const MARK = Buffer.from(DELETED)
const NEWLINE = 0x0a
const MAX_LINE_BYTES = 1024 * 1024

/** Says whether any line of a part of maps may be marked. */
export function mayBeMarked(part: Buffer): boolean {
  return part.includes(MARK)
}

/**
 * Says whether the last line is that of the page for vsyscalls, as it is of most processes of
 * x86-64. The kernel writes it last (m_next of fs/proc/task_mmu.c, VSYSCALL_ADDR), and nothing else
 * can lie at its address. So the end need not be read.
 */
export function endsWithGate(lines: Buffer): boolean {
  const start = lines.length - GATE_LINE_BYTES
  return (
    (start === 0 || lines[start - 1] === NEWLINE) &&
    lines.toString('latin1', start, start + GATE.length) === GATE
  )
}

const GATE = 'ffffffffff600000-'
/** The name stands behind 73 characters (show_vma_header_prefix and show_map_vma). */
const GATE_LINE_BYTES = 73 + '[vsyscall]\n'.length

/** The marked mappings of one process, one a file. */
class MarkedFiles {
  dropped = 0
  readonly #stale = new Map<string, Mapping>()
  readonly #temporary = new Map<string, Mapping>()
  readonly #seen = new Set<string>()

  take(text: string): void {
    for (const mapping of parseDeletedMappings(text, this.#seen)) {
      // Each has a bound of its own: a thousand memfd must not push the one libc out.
      const files = mapping.kind === 'temporary' ? this.#temporary : this.#stale
      if (!keepFile(mapping, files, MAX_FILES_OF_A_PROCESS)) this.dropped += 1
    }
  }

  kept(): readonly Mapping[] {
    return [...this.#stale.values(), ...this.#temporary.values()]
  }
}

/**
 * The lines of maps of one process, part by part. One incomplete line and the files that
 * `MarkedFiles` keeps bound its memory.
 */
export class MapsLines {
  isEmpty = true
  dropped = 0
  /** Most processes have none. */
  marked: MarkedFiles | null = null
  #rest: Buffer | null = null
  readonly #observe: (lines: string) => void

  /** @param observe sees the marked lines */
  constructor(observe: (lines: string) => void) {
    this.#observe = observe
  }

  /**
   * Takes the whole lines, and a copy of the incomplete one at the end: the kernel cuts a line only
   * where the buffer ends.
   */
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
    const text = markedLines(lines)
    if (text === '') return
    this.#observe(text)
    this.marked ??= new MarkedFiles()
    this.marked.take(text)
  }
}

/** Nine of ten lines have no mark, and to make text of one takes longer than to look for it. */
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
