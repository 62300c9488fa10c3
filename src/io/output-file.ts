import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readlinkSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import type { Stats } from 'node:fs'
import { dirname } from 'node:path'
import { inDirectory, pathIn } from './directory.ts'
import { errorCode, StaleLibsError, unlessUnreadable } from './error.ts'
import { whoElseWrites } from './trust.ts'

/**
 * MAXSYMLINKS of the kernel's `include/linux/namei.h`: path_resolution(7) follows no more either.
 */
const MAX_LINKS = 40

/**
 * How far it is: the way is known and nothing is open yet; the new file is there beside the old
 * one.
 */
export type Step = 'resolved' | 'written'

/**
 * Replaces a file by a new one: written whole beside it, then renamed, so that nobody reads half of
 * it.
 *
 * Whoever can change a directory on the way could lead root to any other (CWE-59). So the way to
 * the last directory must be root's, or our own; the last one may be anybody's, since it is opened
 * once, and what is done from then on is done to a plain name in what was opened.
 *
 * @param owners user ids of whoever may be able to change what is on the way
 * @param reached is called in the middle of it
 * @throws {StaleLibsError} when it could not be written; the old file stays as it was
 */
export function replaceFile(
  file: string,
  bytes: Buffer,
  owners: ReadonlySet<number>,
  reached: (step: Step) => void = () => {},
): void {
  saying(file, () => {
    const path = file.startsWith('/') ? file : `/proc/self/cwd/${file}`
    const directory = trustedPath(dirnameOf(path), owners)
    if (/^\/(?:dev$|proc(?:\/|$))/.test(directory)) throw refusal(NOT_REPLACED)
    const name = nameOf(path)
    reached('resolved')
    inDirectory(directory, (opened) => {
      assertReplaceable(opened, name, owners)
      replaceIn(opened, name, bytes, () => reached('written'))
    })
  })
}

function saying(file: string, write: () => void): void {
  try {
    write()
  } catch (error) {
    const reason = error instanceof Refusal ? error.message : errorCode(error)
    if (reason === '') throw error
    throw new StaleLibsError(`Cannot write "${file}": ${reason}`, { cause: error })
  }
}

/** Why a file is not written, where nothing of the system refused it. */
class Refusal extends Error {}

function refusal(reason: string): Refusal {
  return new Refusal(reason)
}

const NOT_REPLACED = 'not a file, and not to be replaced by one'

/** Of a path like `a/b`, what dirname(3) and basename(3) say, but a name that is none is none. */
function dirnameOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1) || '.'
}

function nameOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (['', '.', '..'].includes(name)) throw refusal('EISDIR')
  return name
}

/**
 * Resolves a path as path_resolution(7) does, and returns it without any link. Every directory that
 * a name is looked up in must be trusted, and so must be who put a link there.
 */
function trustedPath(path: string, owners: ReadonlySet<number>): string {
  const ahead = path.split('/')
  let at = '/'
  let links = 0
  for (let name = ahead.shift(); name !== undefined; name = ahead.shift()) {
    if (name === '' || name === '.') continue
    const { isShared } = assertTrusted(at, owners)
    const next = name === '..' ? dirname(at) : `${at === '/' ? '' : at}/${name}`
    if (!lstatSync(next).isSymbolicLink()) {
      at = next
      continue
    }
    if (isShared) throw refusal(`"${next}" is a link where everybody can put one`)
    links += 1
    if (links > MAX_LINKS) throw refusal('ELOOP')
    const target = readlinkSync(next)
    if (target.startsWith('/')) at = '/'
    ahead.unshift(...target.split('/'))
  }
  return at
}

/**
 * In a sticky directory like `/tmp` everybody can put things, but only the owner of the
 * directory can move what others have put there (inode(7), S_ISVTX).
 */
function assertTrusted(
  directory: string,
  owners: ReadonlySet<number>,
): { readonly isShared: boolean } {
  const found = lstatSync(directory)
  if (!found.isDirectory()) throw refusal('ENOTDIR')
  const isSticky = (found.mode & 0o1000) !== 0
  const mode = isSticky ? found.mode & ~0o022 : found.mode
  const reason = whoElseWrites({ uid: found.uid, mode }, owners, `"${directory}"`)
  if (reason !== null) throw refusal(`${reason}, and could lead it elsewhere`)
  return { isShared: mode !== found.mode }
}

/**
 * Root would take a device from everybody; a directory refuses by itself. A stranger's link is not
 * followed.
 */
function assertReplaceable(directory: number, name: string, owners: ReadonlySet<number>): void {
  const path = pathIn(directory, name)
  const isOurs = whoElseWrites(fstatSync(directory), owners, '') === null
  const found = unlessUnreadable(() => lstatSync(path))
  const isLink = found?.isSymbolicLink() ?? false
  const meant = isLink && isOurs ? unlessUnreadable(() => statSync(path)) : found
  if (meant !== null && !isReplaceable(meant)) throw refusal(NOT_REPLACED)
}

function isReplaceable(found: Stats): boolean {
  return found.isFile() || found.isDirectory() || found.isSymbolicLink()
}

/**
 * rename(2) replaces a link and never follows it. What fails leaves nothing, and takes away one
 * name at most.
 */
function replaceIn(directory: number, name: string, bytes: Buffer, written = () => {}): void {
  const beside = pathIn(directory, `.stale-libs-${randomName()}`)
  const file = openSync(beside, NEW_FILE, 0o644)
  try {
    try {
      writeFileSync(file, bytes)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    written()
    renameSync(beside, pathIn(directory, name))
  } catch (error) {
    unlessUnreadable(() => unlinkSync(beside))
    throw error
  }
}

/** With O_EXCL, whatever has the name already is neither followed nor written to (open(2)). */
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

/** It keeps runs apart; nothing depends on that nobody can guess it. */
function randomName(): string {
  return `${process.pid}-${Math.random().toString(36).slice(2)}`
}
