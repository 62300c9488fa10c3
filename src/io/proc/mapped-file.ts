import type { BigIntStats } from 'node:fs'
import { deviceNumber, isLocal, pathTo, placeOf } from '../../core/proc/mounts.ts'
import type { Mounts, Place } from '../../core/proc/mounts.ts'
import { withMark } from '../../core/proc/deleted-mark.ts'
import { STACKED_TYPE } from '../../core/proc/file-systems.ts'
import type { Unlinked } from '../../core/advice/stale-process.ts'
import type { FileState, MappedInode, Mapping, ProcessFacts } from '../../core/proc/process.ts'
import type { Look, OwnTree } from '../files/own-tree.ts'
import type { Proc } from './proc.ts'

/** What lies now at the path of a marked mapping. `live`: the mark is part of the file's name. */
export type FileNow = FileState | 'live'

/** What became of one mapped file. */
export type Looked = {
  readonly now: FileNow
  /** Whether the machine has, or had, that very file at the path that the process has it at. */
  readonly isAtSamePath: boolean
}

/** What became of mapped files. */
export type MappedFiles = {
  readonly lookAt: (mapping: Mapping, facts: ProcessFacts) => Looked
  /** Returns when a mapped file lost its name; `null` where it may not be looked at. */
  readonly unlinked: (mapping: Mapping, facts: ProcessFacts) => Unlinked | null
}

/**
 * Looks at the mapped files of a machine. Only the running kernel's processes have other trees than its own,
 * and these are not entered: a file of theirs is looked at where our own tree has the same place.
 */
export function openMappedFiles(
  { trees }: Proc,
  { isLive, ownTree }: { readonly isLive: boolean; readonly ownTree: OwnTree | null },
): MappedFiles {
  const pathOf = (mapping: Mapping, { mounts }: ProcessFacts) =>
    isLive ? ownPathOf(mapping, mounts, trees.ownMounts) : mapping.path
  const look = (path: string) => (ownTree === null ? 'unknown' : ownTree.look(path))
  const isNotLocal = (path: string) => isLive && !isLocal(path, trees.ownMounts)
  const isLiveFile = (mapping: Mapping, facts: ProcessFacts): boolean | 'unknown' => {
    // A file that is bound by itself has a mount of its own.
    const path = pathOf({ ...mapping, path: withMark(mapping.path) }, facts)
    const named = path === null ? null : look(path)
    if (path === null || named === null || (named === 'unknown' && isNotLocal(path))) return false
    if (named === 'unknown') return named
    const mapped = facts.inodes.get(mapping.address) ?? null
    return isSameFile(named, mapped, mapping) || (mapped === null && 'unknown')
  }
  const nowOf = (path: string | null, mapping: Mapping, facts: ProcessFacts): FileNow => {
    const isStill = isLiveFile(mapping, facts)
    if (isStill !== false) return isStill === true ? 'live' : 'unknown'
    if (path === null) return 'unknown'
    const there = look(path)
    if (there === null) return 'removed'
    // The mark on a file of our own tree is evidence enough where a look might wait for somebody.
    return there !== 'unknown' || isNotLocal(path) ? 'replaced' : 'unknown'
  }
  return {
    unlinked(mapping, facts) {
      const mapped = facts.inodes.get(mapping.address)
      if (!isLive || mapped === undefined) return null
      const path = pathOf(mapping, facts)
      const there = path === null ? null : look(path)
      return { at: mapped.changedAt, replacedAt: isFile(there) ? Number(there.ctimeMs) : null }
    },
    lookAt(mapping, facts) {
      const path = pathOf(mapping, facts)
      const isAtSamePath = isLive && path === mapping.path
      // The kernel writes a newline as \012 but a backslash as itself: such a path has two readings.
      const isKnown = !mapping.path.includes('\\012')
      return { now: isKnown ? nowOf(path, mapping, facts) : 'unknown', isAtSamePath }
    },
  }
}

/** Returns the path by which our own tree has the place of a mapped file, or `null` where it has none. */
function ownPathOf({ path, device }: Mapping, seen: Mounts | null, own: Mounts): string | null {
  const place = seen === null ? null : placeOf(path, seen)
  if (place === null || !isOn(place, device)) return null
  return seen === own ? path : pathTo(place, path, own)
}

/**
 * Says whether a place is on the device that maps has. Of a file of an overlay, older kernels show the
 * device below it; of what only `/proc/PID/exe` names, no device is known.
 */
function isOn({ device, crossed }: Place, mapped: string): boolean {
  return mapped === '' || crossed.at(-1)?.type === STACKED_TYPE || device === deviceNumber(mapped)
}

function isFile(found: Look): found is BigIntStats {
  return found !== null && found !== 'unknown'
}

/**
 * Both looks come from stat(2), because the device number in maps is another one on btrfs and overlayfs.
 * Where the mapping itself may not be looked at, the inode number in maps decides.
 */
function isSameFile(named: BigIntStats, mapped: MappedInode | null, { inode }: Mapping): boolean {
  if (mapped === null) return String(named.ino) === inode
  return named.ino === mapped.inode && named.dev === mapped.device
}
