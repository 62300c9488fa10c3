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
 * A step of the replacement. `resolved`: the path has no links left, and nothing is open.
 * `written`: the new file is complete beside the old one.
 */
export type WriteStep = 'resolved' | 'written'

/**
 * Replaces a file by a new one. The new file is written beside the old one and then renamed, so
 * that no reader gets half of it.
 *
 * A user who can change a directory of the path could lead root to any other file (CWE-59). So only
 * root or the user who runs the program may be able to change the directories up to the last one.
 * The last directory may belong to anybody: it is opened once, and all further steps use a plain
 * name in the open directory.
 *
 * @param owners user ids that may be able to change the directories of the path
 * @param reached called after each step
 * @throws {StaleLibsError} when the file could not be written; the old file stays as it was
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
 * Throws a refusal where the output must not replace what has the name. Root would remove a device
 * that other programs use. A directory needs no check, since rename(2) refuses it. The link of
 * another user is not followed.
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
 * Writes the file and renames it. rename(2) replaces a link and never follows it. A failure leaves
 * no new file.
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

/**
 * With O_EXCL, a file or link that has the name already is neither followed nor written to
 * (open(2)).
 */
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

/** Returns a name that differs between two runs. Nothing depends on its secrecy. */
function randomName(): string {
  return `${process.pid}-${Math.random().toString(36).slice(2)}`
}
