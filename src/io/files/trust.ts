import { lstatSync, mkdirSync, readlinkSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { basename, dirname } from 'node:path'
import { errorCode } from '../error.ts'

/**
 * The bound on links in a path: MAXSYMLINKS of the kernel's `include/linux/namei.h`, as in
 * path_resolution(7).
 */
export const MAX_LINKS = 40

/**
 * S_IWGRP and S_IWOTH of inode(7). The bits of the group are the mask of an access control list
 * (acl(5)).
 */
const GROUP_WRITES = 0o020
const OTHERS_WRITE = 0o002
/** S_ISVTX of inode(7). */
export const STICKY = 0o1000

/**
 * Returns a sentence about another user who can change a file or the entries of a directory, or
 * `null` where only these users can.
 *
 * @param owners user ids
 * @param what the subject of the sentence
 */
export function whoElseWrites(
  { uid, mode }: Pick<Stats, 'uid' | 'mode'>,
  owners: ReadonlySet<number>,
  what: string,
): string | null {
  if (!owners.has(uid)) return `${what} belongs to uid ${uid}`
  if ((mode & OTHERS_WRITE) !== 0) return `everybody can write to ${what}`
  return (mode & GROUP_WRITES) === 0 ? null : `its group can write to ${what}`
}

/** The reason why this program refuses to read or write a file that the system would give it. */
class Refusal extends Error {}

/** Returns an error that says why the program itself refuses to read or write something. */
export function refusal(reason: string): Refusal {
  return new Refusal(reason)
}

/** Says whether this program refused it, and not the system. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Refusal
}

/** Returns the reason of an error: the sentence of a refusal, or the errno name. */
export function reasonOf(error: unknown): string {
  return error instanceof Refusal ? error.message : errorCode(error)
}

/**
 * Returns the directory of a path as dirname(3) does. A path that ends with a slash has no last
 * name.
 */
export function dirnameOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1) || '.'
}

/**
 * Returns the last name of a path.
 *
 * @throws a refusal where the path ends without a name
 */
export function basenameOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (['', '.', '..'].includes(name)) throw refusal('EISDIR')
  return name
}

/**
 * Resolves a path as path_resolution(7) does, and returns it without links.
 *
 * @throws a refusal where a user who is none of the owners can change a directory of the path, or
 *   could have put a link there
 */
export function trustedPath(path: string, owners: ReadonlySet<number>): string {
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
 * Throws a refusal where another user can change the entries of a directory. In a sticky directory
 * like `/tmp` every user can create entries, but only the owner of the directory can rename the
 * entries of other users (inode(7), S_ISVTX).
 */
function assertTrusted(
  directory: string,
  owners: ReadonlySet<number>,
): { readonly isShared: boolean } {
  const found = lstatSync(directory)
  if (!found.isDirectory()) throw refusal('ENOTDIR')
  const isSticky = (found.mode & STICKY) !== 0
  const mode = isSticky ? found.mode & ~(GROUP_WRITES | OTHERS_WRITE) : found.mode
  const reason = whoElseWrites({ uid: found.uid, mode }, owners, `"${directory}"`)
  if (reason !== null) throw refusal(`${reason}, and could lead it elsewhere`)
  return { isShared: mode !== found.mode }
}

/**
 * Returns the path of a directory in which only these users can change anything. It is made where
 * it does not exist.
 *
 * @throws an error with a reason: see `reasonOf`
 */
export function trustedDirectory(directory: string, owners: ReadonlySet<number>): string {
  const path = directory.replace(/(?<=[^/])\/+$/, '')
  const absolute = path.startsWith('/') ? path : `/proc/self/cwd/${path}`
  if (!['', '.', '..'].includes(basename(path))) {
    const parent = trustedPath(dirnameOf(absolute), owners)
    assertTrusted(parent, owners)
    makeDirectory(`${parent === '/' ? '' : parent}/${basename(path)}`)
  }
  const own = trustedPath(absolute, owners)
  const found = lstatSync(own)
  if (!found.isDirectory()) throw refusal('ENOTDIR')
  const reason = whoElseWrites(found, owners, `"${own}"`)
  if (reason !== null) throw refusal(reason)
  return own
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, 0o700)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  }
}
