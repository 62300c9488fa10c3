import { classify } from './classify.ts'
import { withoutMark } from './deleted-mark.ts'
import { STACKED_TYPE } from './file-systems.ts'
import { deviceNumber, placeOf } from './mounts.ts'
import type { Mount, Mounts } from './mounts.ts'
import type { Mapping, MappingClass } from './process.ts'

/**
 * The mounts of a process that show a directory of the machine behind a prefix, with the prefix.
 * `/run/host/usr` shows `/usr`: its prefix is `/run/host`.
 */
export type Prefixes = ReadonlyMap<Mount, string>

/** The bound on the names in a prefix. */
const MAX_NAMES = 8
/** The bound on the names in a mount point. Each is compared with our own mounts. */
const MAX_DEPTH = 64

/**
 * Returns the prefixes of the mounts that a process sees.
 *
 * A container with a part of the machine binds it: Steam, flatpak, toolbox and distrobox have `/`
 * or `/usr` of the machine in `/run/host` (systemd, docs/CONTAINER_INTERFACE.md). A mount shows the
 * same directory as the machine's own where the device and the root of both are the same
 * (proc_pid_mountinfo(5)).
 *
 * @param own the mounts that this process sees
 */
export function prefixesOf(seen: Mounts, own: Mounts): Prefixes {
  const prefixes = new Map<Mount, string>()
  for (const [device, mounts] of seen.byDevice) {
    if (!own.byDevice.has(device)) continue
    for (const mount of mounts) {
      const prefix = prefixOf(mount, own)
      if (prefix !== null) prefixes.set(mount, prefix)
    }
  }
  return prefixes
}

function prefixOf({ path, device, root }: Mount, own: Mounts): string | null {
  const names = path.split('/').slice(1)
  if (path === '/' || names.length > MAX_DEPTH) return null
  for (let length = 1; length <= Math.min(names.length, MAX_NAMES); length += 1) {
    const place = placeOf(`/${names.slice(length).join('/')}`, own)
    if (place !== null && place.device === device && place.path === root)
      return `/${names.slice(0, length).join('/')}`
  }
  return null
}

/**
 * Returns the path at which the machine has a file that a process sees behind a prefix, or `null`
 * where the file is no such file. A mount of our own tree may hide what the prefix shows.
 */
export function pathBehind(
  path: string,
  prefixes: Prefixes,
  seen: Mounts,
  own: Mounts,
): string | null {
  if (prefixes.size === 0) return null
  const place = placeOf(path, seen)
  const mount = place?.crossed.at(-1)
  const prefix = mount === undefined ? undefined : prefixes.get(mount)
  if (place === null || prefix === undefined) return null
  const behind = path.slice(prefix.length)
  const there = placeOf(behind, own)
  return there?.device === place.device && there.path === place.path ? behind : null
}

/**
 * Says whether a process and the machine have the same file at a path: the mount that covers the
 * path shows the same directory of the same device to both.
 */
export function isMachinesFile(path: string, seen: Mounts, machine: Mounts): boolean {
  const place = placeOf(path, seen)
  const there = placeOf(path, machine)
  return place !== null && there?.device === place.device && there.path === place.path
}

/**
 * Says whether a mapped file may be one of the initramfs: it is on a file system without a disk
 * that no mount shows. switch_root(8) deletes the files of the initramfs and moves the root of the
 * machine over it, so mountinfo hides it (show_mountinfo of fs/proc_namespace.c). A process that
 * still has the initramfs as its root sees it as `rootfs` (init/do_mounts.c). Older kernels show
 * the device below an overlay, which no mount need show either.
 *
 * @param device of the mapping
 */
export function mayBeOfInitramfs(path: string, device: string, mounts: Mounts): boolean {
  const shown = mounts.byDevice.get(deviceNumber(device)) ?? []
  if (!device.startsWith('00:') || shown.some(({ type }) => type !== 'rootfs')) return false
  const mount = placeOf(path, mounts)?.crossed.at(-1)
  return mount !== undefined && mount.type !== STACKED_TYPE
}

/** The types of file systems whose files are in memory alone (mm/shmem.c, fs/ramfs). */
const IN_MEMORY: ReadonlySet<string> = new Set(['tmpfs', 'ramfs', 'rootfs'])

/**
 * Says whether a process is in a sandbox that runs a program of the machine. A sandbox begins with
 * an empty root directory in memory, and binds what it needs of the machine (bwrap(1)). A container
 * has a root directory of its own on a disk or an overlay, and may bind a part of the machine too.
 *
 * @param exe target of `/proc/PID/exe`
 */
export function isSandboxed(exe: string, seen: Mounts, machine: Mounts): boolean {
  const isInMemory = seen.root !== null && IN_MEMORY.has(seen.root.type)
  return isInMemory && isMachinesFile(withoutMark(exe) ?? exe, seen, machine)
}

/** The place of the machine's tree in a container (systemd, docs/CONTAINER_INTERFACE.md). */
const HOST = '/run/host'

/** Returns the same by the name of the directory alone, for where no mounts are known. */
export function pathBehindHost(path: string): string | null {
  return path.startsWith(`${HOST}/`) ? path.slice(HOST.length) : null
}

/** The directories of the machine that are links, with the directories that they lead to. */
export type DirectoryLinks = ReadonlyMap<string, string>

/** The directories that packages put code into (file-hierarchy(7)). */
const OF_PACKAGES = /^\/(?:usr|opt|bin|sbin|lib|lib32|lib64)(?:\/|$)/

/** Says whether packages put code into a directory, or into the one of a file. */
export function isOfPackages(path: string): boolean {
  return OF_PACKAGES.test(path)
}

/**
 * Returns the path by which packages know a file in a directory that a link of theirs leads to, or
 * `null` where there is no such link. The administrator moved the directory, and left a link. maps
 * shows the path without links (d_path of fs/d_path.c), and pacman has the path with the link.
 */
export function pathThroughLink(path: string, links: DirectoryLinks): string | null {
  if (isOfPackages(path)) return null
  const [best] = [...links]
    .filter(([, target]) => path.startsWith(`${target}/`))
    .toSorted(([, one], [, other]) => other.length - one.length)
  return best === undefined ? null : `${best[0]}${path.slice(best[1].length)}`
}

/**
 * Returns how a mapping counts whose file the machine has at another path: as it would count there.
 *
 * @param machinePath `null` where the machine has it at no other path
 */
export function classOf({ kind }: Mapping, machinePath: string | null): MappingClass {
  return machinePath === null ? kind : (classify(machinePath, true) ?? kind)
}
