import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import type { Stats } from 'node:fs'
import { inDirectory, pathIn } from './directory.ts'
import { StaleLibsError, unlessUnreadable } from '../error.ts'
import { dirnameOf, basenameOf, reasonOf, refusal, trustedPath, whoElseWrites } from './trust.ts'

/**
 * How far it is: the way is known and nothing is open yet; the new file is there beside the old
 * one.
 */
export type WriteStep = 'resolved' | 'written'

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
  reached: (step: WriteStep) => void = () => {},
): void {
  saying(file, () => {
    const path = file.startsWith('/') ? file : `/proc/self/cwd/${file}`
    const directory = trustedPath(dirnameOf(path), owners)
    if (/^\/(?:dev$|proc(?:\/|$))/.test(directory)) throw refusal(NOT_REPLACED)
    const name = basenameOf(path)
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
    const reason = reasonOf(error)
    if (reason === '') throw error
    throw new StaleLibsError(`Cannot write "${file}": ${reason}`, { cause: error })
  }
}

const NOT_REPLACED = 'not a file, and not to be replaced by one'

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
