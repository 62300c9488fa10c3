import type { Bytes } from '../printable.ts'

/**
 * The paths that a transaction changed, without the leading slash. pacman writes them to a hook
 * with `NeedsTargets` (alpm-hooks(5)), one a line, for all three operations together.
 */
export type Targets = ReadonlySet<string>

/**
 * Returns the targets of a hook from the text that pacman writes: one path a line, one character a
 * byte.
 */
export function parseTargets(text: string): Targets {
  return new Set(text.split('\n').filter((line) => line !== ''))
}

/** The targets of `hooks/zz-stale-libs.hook` that can contain code. */
const ASKED_FOR = /^(?:usr|opt)\/|\.so(?:\.[^/]*)?$/
/**
 * The paths in them that pacman may not have told: the hook leaves some out, and `\012` in maps
 * may be a newline (seq_path of fs/seq_file.c).
 */
const NOT_TOLD = /^usr\/(?:include|share)\/|\\012/

/**
 * Says whether the newest transaction changed a path, or returns `null` where the hook was not
 * told.
 *
 * @param path with its leading slash
 */
export function isTarget(path: Bytes, targets: Targets | null): boolean | null {
  if (targets === null) return null
  const target = path.slice(1)
  if (targets.has(target)) return true
  return ASKED_FOR.test(target) && !NOT_TOLD.test(target) ? false : null
}

/** Where packages put data, which no process runs (file-hierarchy(7)). */
const DATA = /^usr\/(?:include|share|lib\/(?:firmware|locale))\//

/**
 * Says whether the newest transaction may have changed code. Where it is not known what it changed,
 * it may.
 */
export function hasCode(targets: Targets | null): boolean {
  return targets === null || [...targets].some((target) => isLibrary(target) || !DATA.test(target))
}

function isLibrary(target: string): boolean {
  return /\.so(?:\.[^/]*)?$/.test(target)
}
