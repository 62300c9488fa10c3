/**
 * Paths without the leading slash that a transaction changed: what pacman writes to a hook with
 * `NeedsTargets` (alpm-hooks(5)), one a line, for all three operations together.
 */
export type Targets = ReadonlySet<string>

export function parseTargets(text: string): Targets {
  return new Set(text.split('\n').filter((line) => line !== ''))
}

/** What `hooks/zz-stale-libs.hook` asks for, as far as code is found there. */
const ASKED_FOR = /^(?:usr|opt)\/|\.so(?:\.[^/]*)?$/
/** Parts of it are left out there; and a path with a backslash may have been made printable. */
const NOT_TOLD = /^usr\/(?:include|share)\/|\\/

/**
 * Says whether the newest transaction changed a path; `null` where that was not told.
 *
 * @param path with its leading slash
 */
export function isTarget(path: string, targets: Targets | null): boolean | null {
  if (targets === null) return null
  const target = path.slice(1)
  if (targets.has(target)) return true
  return ASKED_FOR.test(target) && !NOT_TOLD.test(target) ? false : null
}
