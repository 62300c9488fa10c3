import { printable } from '../printable.ts'
import type { Printable } from '../printable.ts'
import { isSliceName, isUnitName } from '../systemd/unit-name.ts'

/** Returns the prefix of all paths that PID 1 made, from the path of PID 1 itself. */
export function cgroupRootOf(pid1Path: string | null): string {
  return pid1Path?.replace(/\/(?:init\.scope|system\.slice|system)$/, '').replace(/\/$/, '') ?? ''
}

/**
 * The place that systemd gave a process: the slices, the unit in them, and the path below the unit.
 */
export type Placement = {
  readonly slices: readonly string[]
  readonly unit: Printable
  /** Components below the unit: a delegated subtree, or the units of a user manager. */
  readonly rest: readonly string[]
}

/**
 * Returns the components of a path below the root of the manager, or `null` where it lies outside
 * of the visible tree (`/../...`: another control group namespace).
 */
export function componentsOf(path: string, root: string): readonly string[] | null {
  if (path.startsWith('/../')) return null
  const shifted = path === root || path.startsWith(`${root}/`) ? path.slice(root.length) : path
  return shifted.split('/').filter((component) => component !== '')
}

/**
 * Returns the placement that a path names, or `null` when it names no unit.
 *
 * The rule is that of systemd (`cg_path_get_unit` in `src/basic/cgroup-util.c`). It skips the
 * leading slices. The next component is the unit, and everything below belongs to that unit. One
 * leading `_` is the escape for names that the kernel uses itself. A `\x2d` is part of the name of
 * the unit and stays.
 */
export function placementOf(components: readonly string[]): Placement | null {
  const start = components.findIndex((component) => !isSlice(component))
  if (start === -1) return null
  const unit = unescaped(components[start] ?? '')
  if (!isUnitName(unit) || unit.endsWith('.slice')) return null
  return {
    slices: components.slice(0, start).map(unescaped),
    unit,
    rest: components.slice(start + 1),
  }
}

/** Returns the components down to the unit's own group, also below a user's manager. */
export function upToUnit(components: readonly string[]): readonly string[] {
  const unit = components.findIndex(
    (component) => !isSlice(component) && userManagerUid(unescaped(component)) === null,
  )
  return unit === -1 ? components : components.slice(0, unit + 1)
}

function isSlice(component: string): boolean {
  return isSliceName(unescaped(component))
}

function unescaped(component: string): string {
  return component.startsWith('_') ? component.slice(1) : component
}

/**
 * Returns the path of a unit's own control group, from that of one of its processes, or `null` when
 * the path does not contain the unit.
 */
export function unitGroup(path: string | null, unit: string): string | null {
  const components = (path ?? '').split('/')
  const at = components.findLastIndex((component) => unescaped(component) === unit)
  return at === -1 || components.includes('..') ? null : components.slice(0, at + 1).join('/')
}

/** Returns the user id of `user@UID.service`, or `null` for any other unit. */
export function userManagerUid(unit: string): number | null {
  const [, digits] = /^user@(\d{1,10})\.service$/.exec(unit) ?? []
  return digits === undefined ? null : validUid(Number(digits))
}

/** Returns the session id of `session-ID.scope` (`2`, `c1`), or `null` for any other unit. */
export function sessionId(unit: string): Printable | null {
  const [, id] = /^session-([0-9A-Za-z]+)\.scope$/.exec(unit) ?? []
  return id === undefined ? null : printable(id)
}

/** Returns the user id of the innermost `user-UID.slice`, or `null` (`cg_path_get_owner_uid`). */
export function sliceUid(slices: readonly string[]): number | null {
  const [, digits] = /^user-(\d{1,10})\.slice$/.exec(slices.at(-1) ?? '') ?? []
  return digits === undefined ? null : validUid(Number(digits))
}

/** 65535 and 4294967295 are "no user" (`parse_uid` in systemd). */
function validUid(uid: number): number | null {
  return uid === 0xffff || uid >= 0xffffffff ? null : uid
}
