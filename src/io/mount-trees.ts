import { closeSync, openSync, readSync } from 'node:fs'
import { parseMounts, rootIdentity } from '../core/mounts.ts'
import type { Mounts } from '../core/mounts.ts'
import { unlessUnreadable } from './error.ts'
import { OPEN_FLAGS, readLink } from './proc-file.ts'

/** Which directory tree a process sees: told by links and text of its `/proc/PID`, never by a look at it. */
export type Tree = {
  /** `mnt:[N]` (namespaces(7)). */
  readonly mountNamespace: string | null
  /** Identity of its root directory: see `rootIdentity`. */
  readonly rootDirectory: string | null
  /**
   * The mounts that its paths in maps lead over. `null`: they could not be read, or its root is not that of
   * its mount namespace, which is what the kernel's paths begin at (d_path of fs/d_path.c).
   */
  readonly mounts: Mounts | null
}

/** Mountinfo of a process: a host of a thousand containers has less. */
const MAX_BYTES = 1024 * 1024
const MAX_OWN_BYTES = 16 * 1024 * 1024
/** Of all mount namespaces together; most machines have some dozens, of 10 KiB each. */
const MAX_ALL_BYTES = 64 * 1024 * 1024

/** The directory trees of the processes of one proc file system. Processes of one container share theirs. */
export class MountTrees {
  readonly #directory: string
  readonly #known = new Map<string, Tree>()
  #own: Tree | null = null
  #inChroot: boolean | null = null
  #bytesLeft = MAX_ALL_BYTES

  /** @param directory where the kernel's proc file system is mounted */
  constructor(directory: string) {
    this.#directory = directory
  }

  /** Our own tree. */
  get own(): Tree {
    this.#own ??= this.#read(`${this.#directory}/self`, MAX_OWN_BYTES)
    return this.#own
  }

  /** Returns the mounts that we see ourselves; none where they cannot be read. */
  get ownMounts(): Mounts {
    return this.own.mounts ?? NO_MOUNTS
  }

  /** @param directory of a process (`/proc/12`), or of one of its threads */
  of(directory: string): Tree {
    const mountNamespace = readLink(`${directory}/ns/mnt`)
    const link = readLink(`${directory}/root`)
    if (mountNamespace === null || link === null)
      return { mountNamespace, rootDirectory: null, mounts: null }
    const isOurs = mountNamespace === this.own.mountNamespace
    // Paths of our own namespace are ours, wherever the root of the process is.
    if (isOurs && !this.#isInChroot())
      return link === '/' ? this.own : { ...this.own, rootDirectory: `chroot ${link}` }
    const key = isOurs ? directory : `${mountNamespace} ${link}`
    const tree = this.#known.get(key) ?? this.#read(directory, MAX_BYTES)
    this.#known.set(key, tree)
    return tree
  }

  /**
   * Says whether our own root is below that of our mount namespace. The kernel names what is outside of a
   * chroot from the root of the namespace on, so each process has to be asked what it sees.
   */
  #isInChroot(): boolean {
    this.#inChroot ??= this.#hasOtherRootThanInit()
    return this.#inChroot
  }

  #hasOtherRootThanInit(): boolean {
    const init = this.#read(`${this.#directory}/1`, MAX_OWN_BYTES)
    const isTold = init.mountNamespace === this.own.mountNamespace && init.mounts !== null
    return isTold && init.mounts.root?.id !== this.own.mounts?.root?.id
  }

  #read(directory: string, most: number): Tree {
    const mountNamespace = readLink(`${directory}/ns/mnt`)
    const link = readLink(`${directory}/root`)
    const text = readWhole(`${directory}/mountinfo`, Math.min(most, this.#bytesLeft))
    if (link === null || text === null) return { mountNamespace, rootDirectory: null, mounts: null }
    this.#bytesLeft -= text.length
    const mounts = parseMounts(text)
    return {
      mountNamespace,
      rootDirectory: rootIdentity(link, mounts),
      mounts: link === '/' ? mounts : null,
    }
  }
}

const NO_MOUNTS = parseMounts('')
const PART_BYTES = 64 * 1024

/** Returns a file of the kernel as text, one character a byte; `null` where it is longer, or unreadable. */
function readWhole(path: string, most: number): string | null {
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
