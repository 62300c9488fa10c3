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
 * pacman's local database. Reading it needs no lock, because pacman writes an entry before it logs
 * the change.
 */
export type LocalDatabase = {
  readonly names: readonly string[]
  /** Returns the version that is installed now, or `null`. */
  readonly versionOf: (name: string) => string | null
  readonly descriptionOf: (name: string) => Description
  /** Searches the file lists of some packages for paths: see `FileSearch`. */
  readonly search: (names: Iterable<string>, search: FileSearch) => void
}

/** Opens `DBPath/local`. Returns `null` where it cannot be read. */
export function openLocalDatabase(directory: string): LocalDatabase | null {
  const names = unlessUnreadable(() => readdirSync(directory, 'latin1'))
  if (names === null) return null
  const entries = new Map<string, string>()
  for (const name of names) {
    const entry = parseEntryName(name)
    if (entry === null) continue
    // After a crash a package can have two entries. pacman was removing the older one.
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

/** The bound on a `desc` file. The longest of a desktop has 20 KB. */
const MAX_DESC_BYTES = 1024 * 1024
/** The bound on all file lists together. A whole desktop has 30 MB. */
const MAX_BYTES = 128 * 1024 * 1024
const INITIAL_BYTES = 1024 * 1024
/** PATH_MAX of limits.h. */
const MAX_PATH_BYTES = 4096
const NEWLINE = 0x0a
const LIBRARY = Buffer.from('.so')

/**
 * A search of file lists (`%FILES%`, then a path a line, without the leading slash), and what it
 * found.
 *
 * A list is searched in the buffer that it was read to. Only lines of a wanted length become text,
 * so the search takes the same time for one path and for a thousand.
 */
export class FileSearch {
  /** False when a list could not be read, which may have a path that was not found. */
  isComplete = true
  readonly #lengths = new Uint8Array(MAX_PATH_BYTES)
  readonly #wanted = new Set<string>()
  /**
   * The wanted libraries, by the part of their path that stays the same when the version changes.
   */
  readonly #stems = new Map<string, string[]>()
  readonly #owners = new Map<string, string>()
  /** The owners by the last line of a list, where that has no end: it may have been longer. */
  readonly #cutOwners = new Map<string, string>()
  readonly #relatives = new Map<string, Map<string, string>>()
  #bytesLeft = MAX_BYTES

  /**
   * @param paths files whose owners are wanted, without the leading slash, one character a byte
   * @param libraries files of which the packages with another version are wanted
   */
  constructor(paths: Iterable<string>, libraries: Iterable<string> = []) {
    for (const path of paths) this.#want(path)
    for (const path of libraries) this.#wantRelatives(path)
  }

  ownerOf(path: string): string | null {
    return this.#owners.get(path) ?? null
  }

  /**
   * Returns the package of a list that was cut behind this path (a full disk, a crash), or `null`.
   * It counts where no list has the path as a whole line.
   */
  ownerByCutLine(path: string): string | null {
    return this.#cutOwners.get(path) ?? null
  }

  /**
   * Returns the packages with a library of the exact stem, or else those with one of the loose
   * stem.
   */
  withSameStem(path: string): readonly Relative[] {
    const stem = stemOf(path)
    const exact = this.#relatives.get(`exact ${stem?.exact}`)
    const found = exact ?? this.#relatives.get(`loose ${stem?.loose}`) ?? new Map<string, string>()
    return [...found].map(([name, library]) => ({ name, path: library }))
  }

  /** Says whether everything was found. */
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
    if (list.length > 0 && list.at(-1) !== NEWLINE) this.#takeCut(name, list)
  }

  /** Takes the last line of a list without a newline at its end. The list may be longer. */
  #takeCut(name: string, list: Buffer): void {
    const path = list.toString('latin1', list.lastIndexOf(NEWLINE) + 1)
    if (this.#wanted.has(path)) this.#cutOwners.set(path, name)
    const isFound = [...this.#wanted].every((wanted) => this.#cutOwners.has(wanted))
    if (!isFound || this.#stems.size > 0) this.isComplete = false
  }

  #want(path: string): void {
    if (path.length >= MAX_PATH_BYTES) return
    this.#wanted.add(path)
    this.#lengths[path.length] = 1
  }

  #wantRelatives(path: string): void {
    const stem = stemOf(path)
    if (stem === null) return
    const paths = this.#stems.get(stem.loose) ?? []
    paths.push(path)
    this.#stems.set(stem.loose, paths)
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

  /** Keeps the newest library of a package: a link without a version is often beside it. */
  #relate(key: string, name: string, library: string): void {
    const known = this.#relatives.get(key) ?? new Map<string, string>()
    this.#relatives.set(key, known)
    const before = libraryVersion(known.get(name) ?? '')
    const version = libraryVersion(library)
    if (before === null || (version !== null && compareVersions(version, before) > 0))
      known.set(name, library)
  }
}

/** Returns the package that owns a path by one of some searches, or `null`. */
export function packageOf(path: string, searches: readonly FileSearch[]): string | null {
  const whole = searches.map((search) => search.ownerOf(path))
  const cut = searches.map((search) => search.ownerByCutLine(path))
  return [...whole, ...cut].find((owner) => owner !== null) ?? null
}

let space: Buffer = Buffer.allocUnsafe(0)

/**
 * Returns the bytes of a file, or `null` where there are too many. The next call overwrites them.
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
