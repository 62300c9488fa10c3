import { closeSync, readdirSync, readSync } from 'node:fs'
import { parseDescription, parseEntryName } from '../../core/pacman/local-database.ts'
import type { Description } from '../../core/pacman/local-database.ts'
import type { Relative } from '../../core/pacman/former-owner.ts'
import { libraryVersion, stemOf } from '../../core/pacman/soname.ts'
import { compareVersions } from '../../core/pacman/version.ts'
import { unlessUnreadable } from '../error.ts'
import { openFile } from '../files/proc-file.ts'
import { readWholeText } from '../files/small-file.ts'

/**
 * pacman's local database. Reading it needs no lock: an entry is written whole before it is logged.
 */
export type LocalDatabase = {
  readonly names: readonly string[]
  /** Returns the version that is installed now, or `null`. */
  readonly versionOf: (name: string) => string | null
  readonly descriptionOf: (name: string) => Description
  /** Looks paths up in the file lists of some packages: see `FileSearch`. */
  readonly search: (names: Iterable<string>, search: FileSearch) => void
}

/** Opens `DBPath/local`; `null` where there is none to read. */
export function openLocalDatabase(directory: string): LocalDatabase | null {
  const names = unlessUnreadable(() => readdirSync(directory, 'latin1'))
  if (names === null) return null
  const entries = new Map<string, string>()
  for (const name of names) {
    const entry = parseEntryName(name)
    if (entry === null) continue
    // After a crash there can be two; the older one is what was being removed.
    const known = entries.get(entry.name)
    if (known === undefined || compareVersions(known, entry.version) < 0)
      entries.set(entry.name, entry.version)
  }
  const fileOf = (name: string, file: string) =>
    `${directory}/${name}-${entries.get(name) ?? ''}/${file}`
  const versionOf = (name: string) => entries.get(name) ?? null
  return {
    names: [...entries.keys()],
    versionOf,
    descriptionOf: (name) =>
      parseDescription(readWholeText(fileOf(name, 'desc'), MAX_DESC_BYTES) ?? ''),
    search(wanted, search) {
      for (const name of wanted) {
        if (search.isDone()) return
        if (versionOf(name) !== null) search.take(name, fileOf(name, 'files'))
      }
    },
  }
}

/** The longest of a desktop has 20 KB. */
const MAX_DESC_BYTES = 1024 * 1024
/** A whole desktop has 30 MB of file lists. */
const MAX_BYTES = 128 * 1024 * 1024
const INITIAL_BYTES = 1024 * 1024
/** PATH_MAX of limits.h. */
const MAX_PATH_BYTES = 4096
const NEWLINE = 0x0a
const LIBRARY = Buffer.from('.so')

/**
 * What is looked for in file lists (`%FILES%`, then a path a line, without the leading slash), and
 * what was found. A list is searched in the buffer that it was read to: only lines of a length that
 * is wanted become text, so it takes the same time for one path and for a thousand.
 */
export class FileSearch {
  /** False when a list could not be read: what was not found may be in it. */
  isComplete = true
  readonly #lengths = new Uint8Array(MAX_PATH_BYTES)
  readonly #wanted = new Set<string>()
  /** The paths of libraries by what stays when their version changes. */
  readonly #stems = new Map<string, string[]>()
  readonly #owners = new Map<string, string>()
  readonly #relatives = new Map<string, Map<string, string>>()
  #bytesLeft = MAX_BYTES

  /**
   * @param paths whose owners are wanted, without the leading slash, one character a byte
   * @param libraries for which packages with another version of them are wanted
   */
  constructor(paths: Iterable<string>, libraries: Iterable<string> = []) {
    for (const path of paths) this.#want(path)
    for (const path of libraries) this.#wantRelatives(path)
  }

  ownerOf(path: string): string | null {
    return this.#owners.get(path) ?? null
  }

  /** Returns the packages that have the very library, or else those that may have it. */
  withSameStem(path: string): readonly Relative[] {
    const stem = stemOf(path)
    const exact = this.#relatives.get(`exact ${stem?.exact}`)
    const found = exact ?? this.#relatives.get(`loose ${stem?.loose}`) ?? new Map<string, string>()
    return [...found].map(([name, library]) => ({ name, path: library }))
  }

  /** Whether there is nothing left to find. */
  isDone(): boolean {
    return this.#wanted.size === 0 && this.#stems.size === 0
  }

  take(name: string, file: string): void {
    const list = unlessUnreadable(() => readList(file, this.#bytesLeft))
    if (list === null) {
      this.isComplete = false
      return
    }
    this.#bytesLeft -= list.length
    if (this.#wanted.size > 0) this.#findPaths(name, list)
    if (this.#stems.size > 0) this.#findLibraries(name, list)
  }

  #want(path: string): void {
    if (path.length >= MAX_PATH_BYTES) return
    this.#wanted.add(path)
    this.#lengths[path.length] = 1
  }

  #wantRelatives(path: string): void {
    const stem = stemOf(path)
    if (stem !== null) this.#stems.set(stem.loose, [...(this.#stems.get(stem.loose) ?? []), path])
  }

  #findPaths(name: string, list: Buffer): void {
    for (let start = 0, end = 0; ; start = end + 1) {
      end = list.indexOf(NEWLINE, start)
      if (end === -1) return
      if (this.#lengths[end - start] !== 1) continue
      const path = list.toString('latin1', start, end)
      if (this.#wanted.delete(path)) this.#owners.set(path, name)
    }
  }

  #findLibraries(name: string, list: Buffer): void {
    for (let at = list.indexOf(LIBRARY); at !== -1; at = list.indexOf(LIBRARY, at)) {
      const start = list.lastIndexOf(NEWLINE, at) + 1
      const end = list.indexOf(NEWLINE, at)
      if (end === -1) return
      at = end
      const library = list.toString('latin1', start, end)
      const stem = stemOf(library)
      if (stem === null || !this.#stems.has(stem.loose)) continue
      this.#relate(`loose ${stem.loose}`, name, library)
      this.#relate(`exact ${stem.exact}`, name, library)
    }
  }

  /** Of several the newest counts: a link without a version often stands beside it. */
  #relate(key: string, name: string, library: string): void {
    const known = this.#relatives.get(key) ?? new Map<string, string>()
    this.#relatives.set(key, known)
    const before = libraryVersion(known.get(name) ?? '')
    const version = libraryVersion(library)
    if (before === null || (version !== null && compareVersions(version, before) > 0))
      known.set(name, library)
  }
}

let space: Buffer = Buffer.allocUnsafe(0)

/**
 * Returns a file's bytes, which are good until the next call, or `null` where there are too many.
 */
function readList(path: string, maxBytes: number): Buffer | null {
  const file = openFile(path)
  try {
    let length = 0
    for (;;) {
      if (length === space.length) space = grown(space)
      const count = readSync(file, space, length, space.length - length, null)
      length += count
      if (length > maxBytes) return null
      if (count === 0) return space.subarray(0, length)
    }
  } finally {
    closeSync(file)
  }
}

function grown(buffer: Buffer): Buffer {
  const larger = Buffer.allocUnsafe(Math.max(INITIAL_BYTES, buffer.length * 2))
  buffer.copy(larger)
  return larger
}
