/**
 * The mount points of the tree of systemd: unified, hybrid, legacy (`cg_unified_cached` of
 * systemd's src/basic/cgroup-util.c).
 */
export const CONTROL_GROUP_MOUNTS = [
  '/sys/fs/cgroup',
  '/sys/fs/cgroup/unified',
  '/sys/fs/cgroup/systemd',
] as const

/**
 * Says whether the path of a group leads out of the tree. A group outside of the root that a
 * process sees is `/../...` (cgroup_namespaces(7)).
 */
export function leadsUp(group: string): boolean {
  return group.split('/').includes('..')
}

/**
 * Returns the processes of `cgroup.procs`, one a line. A process of another PID namespace is 0
 * (cgroups(7); `cgroup_procs_show` of the kernel's kernel/cgroup/cgroup.c).
 */
export function parseControlGroupProcesses(text: string): readonly number[] {
  return text.split('\n').flatMap((line) => (/^\d{1,10}$/.test(line) ? [Number(line)] : []))
}

/** Says whether the text of `cgroup.events` tells of a process in the group or below it. */
export function isPopulatedIn(events: string): boolean {
  return !/^populated 0$/m.test(events)
}
