import { STACKED_TYPE } from '../../core/proc/file-systems.ts'
import {
  isMachinesFile,
  isOfPackages,
  pathBehind,
  pathBehindHost,
  pathThroughLink,
  prefixesOf,
} from '../../core/proc/machine-path.ts'
import type { DirectoryLinks, Prefixes } from '../../core/proc/machine-path.ts'
import { deviceNumber, pathTo, placeOf } from '../../core/proc/mounts.ts'
import type { Mounts, Place } from '../../core/proc/mounts.ts'
import type { Mapping, ProcessFacts } from '../../core/proc/process.ts'
import type { OwnTree } from '../files/own-tree.ts'
import { readDirectoryLinks } from './directory-links.ts'
import type { Proc } from './proc.ts'

/** The files of a machine: see `Machine`. */
export type MachineFiles = {
  readonly isLive: boolean
  readonly ownTree: OwnTree | null
  readonly tree: string | null
}

type PathOf = (mapping: Mapping, facts: ProcessFacts) => string | null

/**
 * Returns what tells the path by which machine and pacman know a mapped file, or `null` where that
 * is the path that the process sees.
 */
export function openMachinePaths(proc: Proc, machine: MachineFiles): PathOf {
  const behind = openPrefixes(proc, machine)
  const throughLink = openLinkedPaths(proc, machine)
  return (mapping, facts) => behind(mapping, facts) ?? throughLink(mapping, facts)
}

/** Returns what tells the path of a file that the process sees behind a prefix. */
function openPrefixes({ trees }: Proc, { isLive }: MachineFiles): PathOf {
  const known = new WeakMap<Mounts, Prefixes>()
  return ({ path, device }, { mounts }) => {
    if (!isLive) return pathBehindHost(path)
    if (mounts === null) return null
    const own = trees.ownMounts
    const prefixes = known.get(mounts) ?? prefixesOf(mounts, own)
    known.set(mounts, prefixes)
    if (prefixes.size === 0) return null
    const place = placeOf(path, mounts)
    return place !== null && isOn(place, device) ? pathBehind(path, prefixes, mounts, own) : null
  }
}

/**
 * Returns what tells the path by which packages know a file behind a link. A process with a tree of
 * its own has no such file.
 */
function openLinkedPaths({ trees, treeOf }: Proc, { isLive, ownTree, tree }: MachineFiles): PathOf {
  if (ownTree === null || tree === null) return () => null
  let links: DirectoryLinks | null = null
  let init: Pick<ReturnType<typeof treeOf>, 'rootDirectory'> | null = null
  const isForeign = ({ rootDirectory }: ProcessFacts) => {
    init ??= treeOf('1')
    return rootDirectory !== null && rootDirectory !== (init.rootDirectory ?? rootDirectory)
  }
  return (mapping, facts) => {
    const { path } = mapping
    if (isOfPackages(path) || isForeign(facts)) return null
    if (isLive && ownPathOf(mapping, facts.mounts, trees.ownMounts) !== path) return null
    links ??= readDirectoryLinks(tree, ownTree)
    return pathThroughLink(path, links)
  }
}

/** Returns the path of the place of a mapped file in our own tree, or `null` where it has none. */
export function ownPathOf(
  { path, device }: Mapping,
  seen: Mounts | null,
  own: Mounts,
): string | null {
  const place = seen === null ? null : placeOf(path, seen)
  if (place === null || !isOn(place, device)) return null
  return seen === own ? path : pathTo(place, path, own)
}

/** Says whether a process and the machine have the same file at the path of a mapping. */
export function isAtSamePath(
  { path, device }: Mapping,
  seen: Mounts | null,
  own: Mounts | null,
): boolean {
  const place = seen === null ? null : placeOf(path, seen)
  if (seen === null || own === null || place === null || !isOn(place, device)) return false
  return seen === own || isMachinesFile(path, seen, own)
}

/**
 * Says whether a place is on the device in maps. Older kernels show the device below an overlay.
 * For a file that only `/proc/PID/exe` names, no device is known.
 */
function isOn({ device, crossed }: Place, mapped: string): boolean {
  return mapped === '' || crossed.at(-1)?.type === STACKED_TYPE || device === deviceNumber(mapped)
}
