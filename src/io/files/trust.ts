import { lstatSync, mkdirSync, readlinkSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { basename, dirname } from 'node:path'
import { errorCode } from '../error.ts'

/**
 * MAXSYMLINKS of the kernel's `include/linux/namei.h`: path_resolution(7) follows no more either.
 */
export const MAX_LINKS = 40

/**
 * S_IWGRP and S_IWOTH of inode(7). Of an access control list, the group's bits are the mask
 * (acl(5)).
 */
const GROUP_WRITES = 0o020
const OTHERS_WRITE = 0o002
const STICKY = 0o1000

/**
 * Says who else than these users can change a file, or what is in a directory, as a sentence about
 * it; `null` where nobody can.
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

/** Why something is neither read nor written, where nothing of the system refused it. */
class Refusal extends Error {}

export function refusal(reason: string): Refusal {
  return new Refusal(reason)
}

/** Says whether we refused it, and not the system. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Refusal
}

/** Returns why something was not read or written: our own sentence, or the errno name. */
export function reasonOf(error: unknown): string {
  return error instanceof Refusal ? error.message : errorCode(error)
}

/** Of a path like `a/b`, what dirname(3) and basename(3) say, but a name that is none is none. */
export function dirnameOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1) || '.'
}

export function basenameOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (['', '.', '..'].includes(name)) throw refusal('EISDIR')
  return name
}

/**
 * Resolves a path as path_resolution(7) does, and returns it without any link. Every directory that
 * a name is looked up in must be trusted, and so must be who put a link there.
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
 * In a sticky directory like `/tmp` everybody can put things, but only the owner of the
 * directory can move what others have put there (inode(7), S_ISVTX).
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
 * Returns a directory, new or there, in which nobody but these users can change anything.
 *
 * @throws with a reason: see `reasonOf`
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
