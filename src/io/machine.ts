import { lstatSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { printable } from '../core/printable.ts'
import { parsePasswd } from '../core/passwd.ts'
import { parseBootSeconds } from '../core/stat.ts'
import type { Host } from '../core/types.ts'
import { isGone, unlessUnreadable } from './error.ts'
import { packageOwners } from './package-owners.ts'
import type { Proc } from './proc.ts'

/** The machine around the processes: what is looked up below its root directory. */
export type Machine = {
  /** Whether this is the machine that we run on, so that its systemd can be asked. */
  readonly isLive: boolean
  /**
   * What stands in front of its absolute paths, or `null` where its files are not at hand: a recorded
   * process tree says nothing about the files of the machine that it is replayed on.
   */
  readonly tree: string | null
  /** Whether systemd is its init (`sd_booted(3)`). */
  readonly isBooted: () => boolean
  /** Whether its systemd has `systemctl soft-reboot`: 254 brought `soft-reboot.target`. */
  readonly canSoftReboot: () => boolean
  readonly userNames: () => ReadonlyMap<number, string>
  /** Returns those of the paths where there is nothing. */
  readonly missing: (paths: readonly string[]) => readonly string[]
  /** Says whether a user's manager stays when the user logs out (loginctl(1), enable-linger). */
  readonly isLingering: (userName: string) => boolean
  /** Says whether a user has a bus: `$XDG_RUNTIME_DIR/bus`, as systemd and dbus agree. */
  readonly hasBus: (uid: number) => boolean
  /** Returns the package that owns each of the paths now. */
  readonly packageOwners: (paths: readonly string[]) => Promise<ReadonlyMap<string, string>>
  readonly host: () => Host
}

export function openMachine(proc: Proc, root: string): Machine {
  const below = root.replace(/\/+$/, '')
  const isLive = below === '' && realpathSync(proc.directory) === '/proc'
  const tree = isLive || below !== '' ? below : null
  return {
    isLive,
    tree,
    isBooted: () => tree !== null && isDirectory(`${tree}/run/systemd/system`),
    canSoftReboot: () =>
      tree !== null && exists(`${tree}/usr/lib/systemd/system/soft-reboot.target`),
    userNames: () => parsePasswd(tree === null ? '' : readOrEmpty(`${tree}/etc/passwd`)),
    missing: (paths) => (tree === null ? [] : paths.filter((path) => isMissing(`${tree}${path}`))),
    isLingering: (userName) =>
      tree !== null && isFileName(userName) && exists(`${tree}/var/lib/systemd/linger/${userName}`),
    hasBus: (uid) => isLive && exists(`/run/user/${uid}/bus`),
    packageOwners: async (paths) => (tree === null ? new Map() : packageOwners(tree, paths)),
    host: () => hostIn(proc),
  }
}

/** Returns what a process tree says of its machine. */
export function hostIn(proc: Proc): Host {
  return {
    hostname: printable(proc.read('sys/kernel/hostname')?.trim() ?? '') || null,
    kernelRelease: printable(proc.read('sys/kernel/osrelease')?.trim() ?? '') || null,
    bootSeconds: parseBootSeconds(proc.read('stat') ?? ''),
  }
}

function isDirectory(path: string): boolean {
  return unlessUnreadable(() => lstatSync(path).isDirectory()) ?? false
}

/** Only what is certainly not there: a directory that may not be entered proves nothing. */
function isMissing(path: string): boolean {
  try {
    statSync(path)
    return false
  } catch (error) {
    return isGone(error)
  }
}

function isFileName(name: string): boolean {
  return name !== '' && !name.includes('/') && name !== '.' && name !== '..'
}

function exists(path: string): boolean {
  return unlessUnreadable(() => lstatSync(path)) !== null
}

/** Names are a convenience: where there is no list of users, their numbers say it. */
function readOrEmpty(path: string): string {
  return unlessUnreadable(() => readFileSync(path, 'latin1')) ?? ''
}
