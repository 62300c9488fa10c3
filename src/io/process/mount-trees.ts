import { closeSync, openSync, readSync } from 'node:fs'
import { parseMounts, rootIdentity } from '../../core/proc/mounts.ts'
import type { Mounts } from '../../core/proc/mounts.ts'
import { unlessUnreadable } from '../error.ts'
import { OPEN_FLAGS, readLink } from '../files/proc-file.ts'
import { Shares } from '../shares.ts'
import { ShareHolders } from './share-holders.ts'

/** The directory tree that a process sees, from links and text of its `/proc/PID` alone. */
export type Tree = {
  /** `mnt:[N]` (namespaces(7)). */
  readonly mountNamespace: string | null
  /** `user:[N]`. */
  readonly userNamespace: string | null
  /** The identity of its root directory: see `rootIdentity`. */
  readonly rootDirectory: string | null
  /**
   * The mounts on the way of its paths in maps. `null` where they could not be read, or where its
   * root is not that of its mount namespace, at which the paths of the kernel begin (d_path of
   * fs/d_path.c).
   */
  readonly mounts: Mounts | null
  /** Set where it has too many mounts to be read. */
  readonly isTreeUnknown?: true
}

/** The bound on the mountinfo of a process. A host of a thousand containers has less. */
const MAX_BYTES = 1024 * 1024
const MAX_OWN_BYTES = 16 * 1024 * 1024
/**
 * The bound on mountinfo with the mounts that are left out. fusermount3(1) lets each user have a
 * thousand in the namespace of the machine, and the kernel writes a blank as four characters.
 */
const MAX_RAW_BYTES = 64 * 1024 * 1024
/** The bound on the FUSE mounts of users that are kept. */
const MAX_MOUNTS_OF_USERS = 256
/**
 * The bounds on the time for the mount namespaces of the machine, and for those of one user, in
 * microseconds. Most machines have dozens, each a tenth of a millisecond.
 */
const MICROSECONDS = { ofSystem: 3_000_000, ofUser: 500_000 } as const

/** The trees of the processes of one proc file system. Processes of one container share theirs. */
export class MountTrees {
  readonly #directory: string
  readonly #known = new Map<string, Tree>()
  #own: Tree | null = null
  #inChroot: boolean | null = null
  readonly #holders: ShareHolders
  readonly #times = new Shares(MICROSECONDS)

  /** @param directory where the kernel's proc file system is mounted */
  constructor(directory: string) {
    this.#directory = directory
    this.#holders = new ShareHolders(directory)
  }

  /** The tree of this process. */
  get own(): Tree {
    this.#own ??= readTree(`${this.#directory}/self`, MAX_OWN_BYTES)
    return this.#own
  }

  /** The mounts that this process sees; none where they cannot be read. */
  get ownMounts(): Mounts {
    return this.own.mounts ?? NO_MOUNTS
  }

  /** @param directory of a process (`/proc/12`), or of one of its threads */
  of(directory: string): Tree {
    const { own } = this
    const at = namespacesOf(directory)
    const link = readLink(`${directory}/root`)
    if (at.mountNamespace === null || link === null) return { ...NO_TREE, ...at }
    const isOurs = at.mountNamespace === own.mountNamespace
    // Paths in our own namespace are the same for us, whatever the root of the process is.
    if (isOurs && !this.#isInChroot()) {
      const rootDirectory = link === '/' ? own.rootDirectory : `chroot ${link}`
      return { ...own, ...at, rootDirectory }
    }
    if (link !== '/') return { ...NO_TREE, ...at, rootDirectory: `chroot ${link}` }
    const key = isOurs ? directory : at.mountNamespace
    const known = this.#known.get(key)
    if (known !== undefined) return { ...known, ...at }
    const tree = this.#readOther(directory, at.userNamespace === own.userNamespace)
    // The process may have changed its namespace meanwhile. Then its tree is not that of the
    // others.
    if (tree.mountNamespace === at.mountNamespace && readLink(`${directory}/root`) === link)
      this.#known.set(key, tree)
    return tree
  }

  /**
   * Says whether the root of this process is below that of its mount namespace. The kernel names a
   * file outside of a chroot from the root of the namespace on, so the mounts of each process must
   * be read.
   */
  #isInChroot(): boolean {
    this.#inChroot ??= this.#hasOtherRootThanInit()
    return this.#inChroot
  }

  #hasOtherRootThanInit(): boolean {
    const init = readTree(`${this.#directory}/1`, MAX_OWN_BYTES)
    const isTold = init.mountNamespace === this.own.mountNamespace && init.mounts !== null
    return isTold && init.mounts.root?.id !== this.own.mounts?.root?.id
  }

  /**
   * Reads the tree of another mount namespace. Users can make any number of mounts, but only in
   * user namespaces of their own (user_namespaces(7)), or by FUSE. The time for those of one user
   * is bounded, so they take none from other users and from the services of the machine.
   */
  #readOther(directory: string, isOfMachine: boolean): Tree {
    const holder = isOfMachine ? 'system' : this.#holders.ofDirectory(directory)
    if (this.#times.left(holder) === 0)
      return { ...NO_TREE, ...namespacesOf(directory), isTreeUnknown: true }
    const began = process.hrtime.bigint()
    const tree = readTree(directory, isOfMachine ? MAX_OWN_BYTES : MAX_BYTES)
    this.#times.spend(holder, Number((process.hrtime.bigint() - began) / 1000n))
    return tree
  }
}

function readTree(directory: string, most: number): Tree {
  const text = readMountinfo(`${directory}/mountinfo`, most)
  const at = namespacesOf(directory)
  const link = readLink(`${directory}/root`)
  if (link === null || text === null) return { ...NO_TREE, ...at, isTreeUnknown: true }
  const mounts = parseMounts(text)
  const rootDirectory = rootIdentity(link, mounts)
  return { ...at, rootDirectory, mounts: link === '/' ? mounts : null }
}

function namespacesOf(directory: string): Pick<Tree, 'mountNamespace' | 'userNamespace'> {
  return {
    mountNamespace: readLink(`${directory}/ns/mnt`),
    userNamespace: readLink(`${directory}/ns/user`),
  }
}

const NO_TREE: Tree = {
  mountNamespace: null,
  userNamespace: null,
  rootDirectory: null,
  mounts: null,
}
const NO_MOUNTS = parseMounts('')
const PART_BYTES = 64 * 1024

/**
 * Returns mountinfo as text, one character a byte, or `null` where it is longer, or unreadable.
 *
 * Of very many FUSE mounts of users, some are left out. A file on one of these has no place then,
 * and is looked at nowhere: each entry of a path must be on the mount that is known to be there.
 */
function readMountinfo(path: string, most: number): string | null {
  return unlessUnreadable(() => {
    const file = openSync(path, OPEN_FLAGS)
    try {
      const part = Buffer.allocUnsafe(PART_BYTES)
      const kept = new KeptMounts()
      let raw = 0
      for (;;) {
        const length = readSync(file, part, 0, part.length, null)
        if (length === 0) return kept.end()
        raw += length
        kept.take(part.toString('latin1', 0, length))
        if (kept.length > most || raw > MAX_RAW_BYTES) return null
      }
    } finally {
      closeSync(file)
    }
  })
}

/** A FUSE mount that a user made (mount.fuse3(8), user_id=). */
const OF_USER = / - fuse\S* .*[ ,]user_id=[1-9]/

/** The lines of mountinfo that are kept. */
class KeptMounts {
  #text = ''
  #rest = ''
  #ofUsers = 0

  /** The number of characters that are kept. */
  get length(): number {
    return this.#text.length + this.#rest.length
  }

  take(part: string): void {
    const lines = (this.#rest + part).split('\n')
    this.#rest = lines.pop() ?? ''
    this.#text +=
      lines.filter((line) => this.#isKept(line)).join('\n') + (lines[0] === undefined ? '' : '\n')
  }

  end(): string {
    return this.#text + this.#rest
  }

  #isKept(line: string): boolean {
    if (!line.includes(' - fuse') || !OF_USER.test(line)) return true
    this.#ofUsers += 1
    return this.#ofUsers <= MAX_MOUNTS_OF_USERS
  }
}
