import { closeSync, openSync, readSync } from 'node:fs'
import { parseMounts, rootIdentity } from '../../core/proc/mounts.ts'
import type { Mounts } from '../../core/proc/mounts.ts'
import { unlessUnreadable } from '../error.ts'
import { OPEN_FLAGS, readLink } from '../files/proc-file.ts'

/** The directory tree that a process sees, from links and text of its `/proc/PID` alone. */
export type Tree = {
  /** `mnt:[N]` (namespaces(7)). */
  readonly mountNamespace: string | null
  /** `user:[N]`. */
  readonly userNamespace: string | null
  /** Identity of its root directory: see `rootIdentity`. */
  readonly rootDirectory: string | null
  /**
   * The mounts that its paths in maps lead over. `null`: they could not be read, or its root is
   * not that of its mount namespace, which is what the kernel's paths begin at (d_path of
   * fs/d_path.c).
   */
  readonly mounts: Mounts | null
  /** Set where its mounts are too many to be read. */
  readonly isTreeUnknown?: true
}

/** Mountinfo of a process: a host of a thousand containers has less. */
const MAX_BYTES = 1024 * 1024
const MAX_OWN_BYTES = 16 * 1024 * 1024
/** For all mount namespaces of users: most machines have dozens, each a tenth of a millisecond. */
const MAX_NANOSECONDS = 1_000_000_000n

/** The trees of the processes of one proc file system. Processes of one container share theirs. */
export class MountTrees {
  readonly #directory: string
  readonly #known = new Map<string, Tree>()
  #own: Tree | null = null
  #inChroot: boolean | null = null
  #nanosecondsLeft = MAX_NANOSECONDS

  /** @param directory where the kernel's proc file system is mounted */
  constructor(directory: string) {
    this.#directory = directory
  }

  /** Our own tree. */
  get own(): Tree {
    this.#own ??= readTree(`${this.#directory}/self`, MAX_OWN_BYTES)
    return this.#own
  }

  /** Returns the mounts that we see ourselves; none where they cannot be read. */
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
    // Paths of our own namespace are ours, wherever the root of the process is.
    if (isOurs && !this.#isInChroot()) {
      const rootDirectory = link === '/' ? own.rootDirectory : `chroot ${link}`
      return { ...own, ...at, rootDirectory }
    }
    if (link !== '/') return { ...NO_TREE, ...at, rootDirectory: `chroot ${link}` }
    const key = isOurs ? directory : at.mountNamespace
    const known = this.#known.get(key)
    if (known !== undefined) return { ...known, ...at }
    const tree = this.#readOther(directory, at.userNamespace === own.userNamespace)
    // It may have gone elsewhere meanwhile: then it tells nothing of others.
    if (tree.mountNamespace === at.mountNamespace && readLink(`${directory}/root`) === link)
      this.#known.set(key, tree)
    return tree
  }

  /**
   * Says whether our own root is below that of our mount namespace. The kernel names what is
   * outside of a chroot from the root of the namespace on, so each process has to be asked what it
   * sees.
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
   * Users can make any number of mounts, but only in user namespaces of theirs
   * (user_namespaces(7)): what these cost all together is bounded, and takes nothing from the
   * namespaces of the machine's services.
   */
  #readOther(directory: string, isOfMachine: boolean): Tree {
    if (isOfMachine) return readTree(directory, MAX_OWN_BYTES)
    if (this.#nanosecondsLeft <= 0n)
      return { ...NO_TREE, ...namespacesOf(directory), isTreeUnknown: true }
    const began = process.hrtime.bigint()
    const tree = readTree(directory, MAX_BYTES)
    this.#nanosecondsLeft -= process.hrtime.bigint() - began
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

/** Returns a file as text, one character a byte; `null` where it is longer, or unreadable. */
function readMountinfo(path: string, most: number): string | null {
  return unlessUnreadable(() => {
    const file = openSync(path, OPEN_FLAGS)
    try {
      const part = Buffer.allocUnsafe(PART_BYTES)
      let text = ''
      for (;;) {
        const length = readSync(file, part, 0, part.length, null)
        if (length === 0) return text
        text += part.toString('latin1', 0, length)
        if (text.length > most) return null
      }
    } finally {
      closeSync(file)
    }
  })
}
