import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import { isLocalPlace, placeOf } from '../../core/proc/mounts.ts'
import type { Mounts } from '../../core/proc/mounts.ts'
import type { ShareHolder } from '../../core/owner/share.ts'
import { Shares } from '../shares.ts'
import { mountIdOf, O_PATH, pathIn } from './directory.ts'
import { errorCode, unlessUnreadable } from '../error.ts'
import { MAX_LINKS, whoElseWrites } from './trust.ts'

/**
 * What is at a path. `null`: nothing. `unknown`: a rule forbids the look. `unjudged`: a budget, a
 * permission or an error ended it.
 */
export type Look = BigIntStats | null | 'unknown' | 'unjudged'

/**
 * A directory tree in which no call waits for the file system of a user.
 *
 * All paths are absolute, one character a byte. Each is looked at once.
 */
export type OwnTree = {
  /**
   * Returns the answer of lstat(2) about a path, or `unknown` where a directory of the path is a
   * link.
   *
   * @param holder whose share of the looks it spends
   */
  readonly look: (path: string, holder?: ShareHolder) => Look
  /**
   * Returns the path without links, or `null` where a user other than root may have made one of
   * them.
   */
  readonly resolve: (path: string) => string | null
  /** Says whether nothing is at a path for certain. Links of root are followed. */
  readonly isMissing: (path: string) => boolean
}

/** The bound on the directories of a path, since each costs a call. No package has deeper paths. */
const MAX_DEPTH = 64
/** PATH_MAX of limits.h. A process can have deeper files, but no single path names them. */
const MAX_PATH_BYTES = 4096
/** The bound on the calls for one scan: some seconds at worst. Further paths are `unjudged`. */
const LOOKS = { ofSystem: 100_000, ofUser: 20_000 } as const
/** The bound on open directories that users can change. Only deep trees of users need more. */
const HELD = { ofSystem: 128, ofUser: 32 } as const

const ENTRY = O_PATH | constants.O_NOFOLLOW

/** A directory on the way to a file. */
type Directory = {
  /**
   * Its descriptor, where a user other than root and the one who runs the scan can change its
   * entries.
   */
  readonly file: number | null
}

/** What is at a path, and the directory from which the next step goes on. */
type Step = {
  readonly found: Look
  readonly directory: Directory | null
  /** Set where the share of a user was spent. Another user may see more. */
  readonly isSpent?: true
}

/**
 * Opens a directory tree.
 *
 * @param base prefix of its absolute paths
 * @param mounts the mounts of this process, which show where a call may wait; `null` where the tree
 *   is not that of a running machine, and every path is looked at
 * @param uid the user who runs the scan
 */
export function openOwnTree(base: string, mounts: () => Mounts | null, uid: number): OwnTree {
  const stepTo = openSteps(openEntries(base, mounts, uid))
  const look = (path: string, holder: ShareHolder = 'system'): Look =>
    isUsual(path) ? stepTo(path, holder).found : 'unjudged'
  const resolve = (path: string) =>
    withoutLinks(path, base, (directory) => stepTo(directory, 'system'))
  return {
    look,
    resolve,
    isMissing(path) {
      const resolved = resolve(path)
      return look(resolved ?? path) === null
    },
  }
}

/** Returns what looks at a path once, after the directories above it. */
function openSteps(stepInto: StepInto): (path: string, holder: ShareHolder) => Step {
  const steps = new Map<string, Step>()
  const looks = new Shares(LOOKS)

  const stepTo = (path: string, holder: ShareHolder): Step => {
    const known = steps.get(path)
    if (known !== undefined) return known
    if (!looks.take(holder)) return SPENT
    const step = path === '/' ? stepInto('/', null, holder) : nextStep(path, holder)
    if (!step.isSpent) steps.set(path, step)
    return step
  }

  const nextStep = (path: string, holder: ShareHolder): Step => {
    const slash = path.lastIndexOf('/')
    const above = stepTo(slash === 0 ? '/' : path.slice(0, slash), holder)
    if (above.found === null) return NOTHING
    if (above.isSpent) return SPENT
    if (above.found === 'unjudged') return UNJUDGED
    return above.directory === null ? UNKNOWN : stepInto(path, above.directory, holder)
  }

  return stepTo
}

/** Looks at an entry of a directory; `null`: the entry is the root directory. */
type StepInto = (path: string, parent: Directory | null, holder: ShareHolder) => Step

function openEntries(base: string, mounts: () => Mounts | null, uid: number): StepInto {
  const enter = openEntering(uid)
  return (path, parent, holder) => {
    const own = mounts()
    const file = parent?.file ?? null
    if (own === null) return lookByPath(`${base}${path}`)
    const way =
      file === null ? `${base}${path}` : pathIn(file, path.slice(path.lastIndexOf('/') + 1))
    return enter({ path, own, way, holder })
  }
}

function lookByPath(path: string): Step {
  const found = asLook(() => lstatSync(bytesOf(path), { bigint: true }))
  return { found, directory: isDirectory(found) ? { file: null } : null }
}

/** An entry of a directory, the path that is opened to reach it, and whose share that spends. */
type Entry = {
  readonly path: string
  readonly own: Mounts
  readonly way: string
  readonly holder: ShareHolder
}

/**
 * A user can mount a server on a directory of their own at any time, and replace every entry of it.
 * So each entry is opened without a request to its file system (O_PATH), and looked at only if it
 * is on the mount that is known to be there. The entries of a directory that other users can change
 * are opened from its descriptor.
 */
function openEntering(uid: number): (entry: Entry) => Step {
  const held = new Shares(HELD)
  return ({ path, own, way, holder }) => {
    const place = placeOf(path, own)
    if (place === null || !isLocalPlace(place, own)) return UNKNOWN
    const file = asLook(() => openSync(bytesOf(way), ENTRY))
    if (typeof file !== 'number') return { found: file, directory: null }
    // A user may have mounted something in between.
    const isThere = mountIdOf(file) === place.crossed.at(-1)?.id
    const found = isThere ? asLook(() => fstatSync(file, { bigint: true })) : 'unjudged'
    const isHeld = isDirectory(found) && !isKept(found, uid)
    if (isHeld && held.take(holder)) return { found, directory: { file } }
    closeSync(file)
    if (isHeld) return { found, directory: null, isSpent: true }
    return { found, directory: isDirectory(found) ? { file: null } : null }
  }
}

/** Returns a path of the tree without links: see `OwnTree`. */
function withoutLinks(
  path: string,
  base: string,
  stepTo: (path: string) => Step,
  links = 0,
): string | null {
  if (!isUsual(path) || links > MAX_LINKS) return null
  for (let end = path.indexOf('/', 1); ; end = path.indexOf('/', end + 1)) {
    const part = end === -1 ? path : path.slice(0, end)
    const { found, directory } = stepTo(part)
    if (!isSeen(found)) return null
    if (found?.isSymbolicLink()) {
      const target = targetOf(part, base)
      const rest = path.slice(part.length)
      return target === null ? null : withoutLinks(`${target}${rest}`, base, stepTo, links + 1)
    }
    if (directory !== null && directory.file !== null) return null
    if (found === null || end === -1) return path
  }
}

function targetOf(link: string, base: string): string | null {
  const target = unlessUnreadable(() => readlinkSync(bytesOf(`${base}${link}`), 'latin1'))
  return target === null ? null : absolute(target, link.slice(0, link.lastIndexOf('/')))
}

function isDirectory(found: Look): found is BigIntStats {
  return found !== null && isSeen(found) && found.isDirectory()
}

/** Says whether a look tells what is at the path. */
export function isSeen(found: Look): found is BigIntStats | null {
  return found !== 'unknown' && found !== 'unjudged'
}

const UNKNOWN: Step = { found: 'unknown', directory: null }
const UNJUDGED: Step = { found: 'unjudged', directory: null }
const SPENT: Step = { found: 'unjudged', directory: null, isSpent: true }
const NOTHING: Step = { found: null, directory: null }

/** Says whether only root and the user who runs the scan can change the entries of a directory. */
function isKept({ uid, mode }: BigIntStats, ownUid: number): boolean {
  const owners = new Set([0, ownUid])
  return whoElseWrites({ uid: Number(uid), mode: Number(mode) }, owners, '') === null
}

function asLook<T>(look: () => T): T | null | 'unjudged' {
  try {
    return look()
  } catch (error) {
    const code = errorCode(error)
    if (code === '') throw error
    return code === 'ENOENT' || code === 'ENOTDIR' ? null : 'unjudged'
  }
}

/** Says whether a path is short enough to be looked at, and names each entry once. */
export function isUsual(path: string): boolean {
  if (!path.startsWith('/') || path.length > MAX_PATH_BYTES) return false
  const names = path.split('/').slice(1)
  return names.length <= MAX_DEPTH && (path === '/' || names.every((name) => !UNUSUAL.has(name)))
}

const UNUSUAL: ReadonlySet<string> = new Set(['', '.', '..'])

/**
 * Returns the absolute path that a link leads to, without `.`, `..` and empty names. The directory
 * of the link has no links in its path.
 */
function absolute(target: string, directory: string): string {
  const names: string[] = []
  for (const name of (target.startsWith('/') ? target : `${directory}/${target}`).split('/'))
    if (name === '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  return `/${names.join('/')}`
}

function bytesOf(path: string): Buffer {
  return Buffer.from(path, 'latin1')
}
