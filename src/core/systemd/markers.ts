import { words } from '../printable.ts'
import type { Printable } from '../printable.ts'
import { firstValue, parsePropertyBlocks } from './property-blocks.ts'

/** The markers that a unit can have (`Markers=`, org.freedesktop.systemd1(5)). */
export const MARKERS = ['needs-reload', 'needs-restart', 'needs-stop', 'needs-start'] as const

/** A note at a unit, in the memory of its manager: what to do when all marked units are asked. */
export type Marker = (typeof MARKERS)[number]

/** What the markers of a unit lead to. */
export type Marking = {
  readonly markers: readonly Marker[]
  readonly job: 'restart' | 'reload' | 'stop' | 'start'
  /** Whether a hook of pacman runs the jobs after upgrades of unit files. */
  readonly isAtUpgrade: boolean
  /**
   * The `argv` that runs the jobs of all marked units; `null` where this systemctl has none, or
   * where it would do more to a known one of them than a safe restart.
   */
  readonly command: readonly Printable[] | null
}

/** Says whether a word is a marker. */
export function isMarker(word: string): boolean {
  return MARKERS.some((marker) => marker === word)
}

/** Returns the markers in the text of a property. Words that are none are passed over. */
export function parseMarkers(value: string): readonly Marker[] {
  const found = new Set(value.split(' '))
  return MARKERS.filter((marker) => found.has(marker))
}

/**
 * Returns the job that markers lead to (`unit_normalize_markers`, `manager_enqueue_marked_jobs` of
 * systemd's src/core): a unit that cannot be reloaded is restarted. `null` without markers.
 */
export function jobOf(markers: readonly Marker[], canReload: boolean): Marking['job'] | null {
  if (markers.includes('needs-restart')) return 'restart'
  if (markers.includes('needs-stop')) return 'stop'
  if (markers.includes('needs-start')) return 'start'
  if (!markers.includes('needs-reload')) return null
  return canReload ? 'reload' : 'restart'
}

/**
 * Returns the command that runs the jobs of all marked units: 248 brought `--marked`, and 260
 * another name for it.
 *
 * @param version of systemctl(1); `null` where it is not known
 */
export function markedCommand(
  version: number | null,
  isOfUser: boolean,
): readonly Printable[] | null {
  if (version === null || version < 248) return null
  return [
    ...words('systemctl'),
    ...(isOfUser ? words('--user') : []),
    ...(version < 260 ? words('reload-or-restart', '--marked') : words('enqueue-marked')),
  ]
}

/** Returns the version in the output of `systemctl --version`: `systemd 262 (262.1-1)`. */
export function parseSystemdVersion(text: string): number | null {
  const [, version] = /^systemd (\d{1,5})\b/.exec(text) ?? []
  return version === undefined ? null : Number(version)
}

/** Says whether a hook of pacman is one that runs the jobs of marked units (Arch's systemd). */
export function isMarkingHook(fileName: string): boolean {
  return /^\d+-systemd-(?:restart|enqueue)-marked\.hook$/.test(fileName)
}

/** Returns the units with a marker in blocks of the properties `Id` and `Markers`. */
export function parseMarked(text: string): readonly string[] {
  return parsePropertyBlocks(text).flatMap((block) => {
    const id = firstValue(block, 'Id')
    return id !== undefined && firstValue(block, 'Markers') ? [id] : []
  })
}
