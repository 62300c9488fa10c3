import { withoutMark } from './deleted-mark.ts'

/** The control group of a process. */
export type ControlGroup = {
  /** Text of `/proc/PID/cgroup`, one character a byte; empty where it could not be read. */
  readonly text: string
  /** The path of the group in the hierarchy of systemd; `null` where the text has none. */
  readonly path: string | null
}

/**
 * Returns the control group in the text of a `/proc/PID/cgroup`.
 *
 * Reads lines `hierarchy:controllers:path` (cgroups(7)), split at the first two colons only. On a
 * hybrid system the unified path counts, unless it is `/`, or unless the `name=systemd` hierarchy
 * has a path that systemd did not make: a container runtime that knows the first version only
 * leaves the unified path as it was (dockerd(8), native.cgroupdriver=cgroupfs). The group of a
 * zombie can be gone, and then its path ends with "(deleted)"
 * (proc_cgroup_show of kernel/cgroup/cgroup.c).
 */
export function parseControlGroup(text: string): ControlGroup {
  let unified: string | null = null
  let named: string | null = null
  for (const line of text.split('\n')) {
    const [, hierarchy, controllers, path] = /^(\d+):([^:]*):(\/.*)$/s.exec(line) ?? []
    if (path === undefined) continue
    if (hierarchy === '0' && controllers === '') unified = path
    else if (controllers?.split(',').includes('name=systemd')) named = path
  }
  const isNamed = named !== null && (unified === '/' || !isMadeBySystemd(named))
  const path = unified === null || isNamed ? named : unified
  return { text, path: path === null ? null : (withoutMark(path) ?? path) }
}

/** Says whether a path is the root, or below a unit (`unit_default_cgroup_path` of systemd). */
function isMadeBySystemd(path: string): boolean {
  return path === '/' || /^\/[^/]+\.(?:slice|scope|service|mount|swap|socket)(?:\/|$)/.test(path)
}
