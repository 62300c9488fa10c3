import { lstatSync, readdirSync, realpathSync } from 'node:fs'
import { printable } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import { parsePasswd, parsePeople } from '../../core/machine/passwd.ts'
import { parseBootSeconds } from '../../core/proc/stat.ts'
import type { Account } from '../../core/machine/passwd.ts'
import { isMarkingHook } from '../../core/systemd/markers.ts'
import type { Host } from '../../core/machine/host.ts'
import type { RootProgram } from '../../core/report/reader.ts'
import { unlessUnreadable } from '../error.ts'
import { assertDirectory } from '../files/directory.ts'
import { isSeen, openOwnTree } from '../files/own-tree.ts'
import type { OwnTree } from '../files/own-tree.ts'
import type { Proc } from '../proc/proc.ts'
import { readWholeText } from '../files/small-file.ts'

/** The bound on `/etc/passwd`: a hundred thousand users. */
const MAX_USERS_BYTES = 16 * 1024 * 1024

/** The machine around the processes: the files below its root directory. */
export type Machine = {
  /** Whether this program runs on the machine, so that its systemd can be asked. */
  readonly isLive: boolean
  /**
   * The prefix of its absolute paths, or `null` where its files are not at hand. A recorded process
   * tree says nothing about the files of the machine that replays it.
   */
  readonly tree: string | null
  /** The machine's directory tree; `null` where its files are not at hand. */
  readonly ownTree: OwnTree | null
  /** Whether systemd is its init (`sd_booted(3)`). */
  readonly isBooted: () => boolean
  /** Whether its systemd has `systemctl soft-reboot`: 254 brought `soft-reboot.target`. */
  readonly canSoftReboot: () => boolean
  /** Whether a hook of pacman runs the jobs of marked units, and none of the same name masks it. */
  readonly hasMarkingHook: () => boolean
  readonly userNames: () => ReadonlyMap<number, Printable>
  /** The accounts of people; none where the files of the machine are not at hand. */
  readonly people: () => readonly Account[]
  /** Returns the paths at which nothing is; one character a byte. */
  readonly missing: (paths: readonly string[]) => readonly string[]
  /** Says whether a user's manager stays when the user logs out (loginctl(1), enable-linger). */
  readonly isLingering: (userName: string) => boolean
  /** Says whether a program of root, by which a user becomes root, is installed. */
  readonly hasRootProgram: (program: RootProgram) => boolean
  readonly host: () => Host
}

/**
 * @param uid the user who runs the scan
 * @throws {StaleLibsError} when the root directory is missing or unreadable
 */
export function openMachine(proc: Proc, root: string, uid: number): Machine {
  const below = root.replace(/(?<!\/)\/+$/, '')
  if (below !== '') assertDirectory(below)
  const isLive = below === '' && realpathSync(proc.directory) === '/proc'
  const tree = isLive || below !== '' ? below : null
  const mounts = () => (isLive ? proc.trees.ownMounts : null)
  const ownTree = tree === null ? null : openOwnTree(tree, mounts, uid)
  let passwd: string | undefined
  const readPasswd = () => (passwd ??= passwdIn(tree))
  return {
    isLive,
    tree,
    ownTree,
    isBooted: () => tree !== null && isDirectory(`${tree}/run/systemd/system`),
    canSoftReboot: () =>
      tree !== null && exists(`${tree}/usr/lib/systemd/system/soft-reboot.target`),
    hasMarkingHook: () => tree !== null && hasMarkingHook(tree),
    // Names are a convenience. Where there is no list of users, the report has their numbers.
    userNames: () => parsePasswd(readPasswd()),
    people: () => parsePeople(readPasswd()),
    missing: (paths) => paths.filter((path) => ownTree?.isMissing(path) ?? false),
    isLingering: (userName) =>
      tree !== null && isFileName(userName) && exists(`${tree}/var/lib/systemd/linger/${userName}`),
    hasRootProgram: (program) => ownTree !== null && hasProgram(ownTree, `/usr/bin/${program}`),
    host: () => hostIn(proc),
  }
}

/** Hooks of pacman, and the directory whose files take the place of those (alpm-hooks(5)). */
const HOOKS = { ofPackages: '/usr/share/libalpm/hooks', own: '/etc/pacman.d/hooks' } as const

function hasMarkingHook(tree: string): boolean {
  const names = unlessUnreadable(() => readdirSync(`${tree}${HOOKS.ofPackages}`)) ?? []
  return names.some((name) => isMarkingHook(name) && !exists(`${tree}${HOOKS.own}/${name}`))
}

/** S_IXUSR, S_IXGRP and S_IXOTH of inode(7). */
const EXECUTES = 0o111n
const ROOT = 0n

function hasProgram(tree: OwnTree, path: string): boolean {
  const resolved = tree.resolve(path)
  const found = resolved === null ? null : tree.look(resolved)
  if (!isSeen(found) || found === null) return false
  return found.isFile() && found.uid === ROOT && (found.mode & EXECUTES) !== 0n
}

function passwdIn(tree: string | null): string {
  return (tree === null ? null : readWholeText(`${tree}/etc/passwd`, MAX_USERS_BYTES)) ?? ''
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

function isFileName(name: string): boolean {
  return name !== '' && !name.includes('/') && name !== '.' && name !== '..'
}

function exists(path: string): boolean {
  return unlessUnreadable(() => lstatSync(path)) !== null
}
