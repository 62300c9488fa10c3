import { parseInside } from '../../core/owner/inside.ts'
import type { Inside, NamedProcess } from '../../core/owner/inside.ts'
import type { Resident, Surroundings } from '../../core/owner/owner.ts'
import { isSandboxed } from '../../core/proc/machine-path.ts'
import { isFirstInNamespace } from '../../core/proc/stat.ts'
import type { Proc } from './proc.ts'

/** What is read of the processes. */
type ProcessTree = Pick<Proc, 'pids' | 'stat' | 'read' | 'link' | 'treeOf' | 'trees'>

/** No tree of processes is as deep. */
const MAX_ANCESTORS = 64

/**
 * Returns what tells whether a process is in a sandbox of the machine, and which process leads its
 * container. It reads much, so it is asked only where control groups tell nothing.
 */
export function openInsides(proc: ProcessTree): (process: Resident, init: Surroundings) => Inside {
  const machine = () => proc.treeOf('1').mounts ?? proc.trees.ownMounts
  const known = new Map<string, NamedProcess | null>()
  const leaders = openLeaders(proc)
  return (process, init) => {
    const { pid } = process
    const recorded = parseInside(proc.read(`${pid}/inside`) ?? '')
    if (recorded !== null) return recorded
    const { mounts } = proc.treeOf(String(pid))
    const exe = mounts === null ? null : proc.link(`${pid}/exe`)
    if (mounts !== null && exe !== null && isSandboxed(exe, mounts, machine()))
      return { isOfMachine: true }
    const name = process.pidNamespace === init.pidNamespace ? 'mnt' : 'pid'
    const namespace = name === 'pid' ? process.pidNamespace : process.mountNamespace
    if (namespace === null) return {}
    const found = known.get(namespace)
    const leader = found === undefined ? leaders(pid, name, namespace) : found
    known.set(namespace, leader)
    return { leader }
  }
}

/**
 * Returns what finds the first process in a namespace: the uppermost ancestor in it. A process that
 * entered a namespace of process ids from outside has no ancestor in it. So the process with the
 * id 1 there (NSpid of proc_pid_status(5)) is looked for among all processes, once. Where that is
 * not seen, the uppermost ancestor stands in.
 */
function openLeaders({ pids, stat, read, link }: ProcessTree) {
  let firsts: ReadonlyMap<string, number> | null = null
  const isFirst = (pid: number) => isFirstInNamespace(read(`${pid}/status`) ?? '')
  const findFirsts = () => {
    const first = pids().filter(isFirst)
    return new Map(first.map((pid) => [link(`${pid}/ns/pid`) ?? '', pid] as const))
  }
  const named = (pid: number): NamedProcess | null => {
    const found = stat(pid)
    return found === null ? null : { pid, comm: found.comm }
  }
  return (pid: number, name: 'pid' | 'mnt', namespace: string): NamedProcess | null => {
    let top = pid
    let parent = stat(pid)?.ppid ?? 0
    for (let height = 0; height < MAX_ANCESTORS && parent > 1; height += 1) {
      if (link(`${parent}/ns/${name}`) !== namespace) break
      top = parent
      parent = stat(top)?.ppid ?? 0
    }
    if (name === 'pid' && !isFirst(top)) {
      firsts ??= findFirsts()
      top = firsts.get(namespace) ?? top
    }
    // A recording has no parents.
    return parent === 0 ? null : named(top)
  }
}
