import { cgroupRootOf } from '../../core/owner/cgroup.ts'
import type { Inside } from '../../core/owner/inside.ts'
import { isOfUnknownMake, ownerIn } from '../../core/owner/owner.ts'
import type { Resident, Surroundings } from '../../core/owner/owner.ts'
import type { Owner } from '../../core/owner/kinds.ts'
import type { Printable } from '../../core/printable.ts'
import type { ProcessFacts } from '../../core/proc/process.ts'
import { openInsides } from './inside.ts'
import { terminalName } from '../../core/proc/stat.ts'
import type { Proc } from './proc.ts'

/** The owners of the processes of one tree. The first question reads PID 1, once. */
export type Owners = {
  /** @param isOfMachine whether it is known that the process runs files of the machine */
  readonly of: (process: Resident & Pick<ProcessFacts, 'cgroup'>, isOfMachine?: boolean) => Owner
  /** Says whether a process certainly sees another directory tree than PID 1. */
  readonly isForeign: (process: Pick<Surroundings, 'rootDirectory'>) => boolean
  /** Returns the owner of any process of the tree, or `null` when the process is gone. */
  readonly ofPid: (pid: number) => Owner | null
  /** Returns what else is known of a process, or `null` where its group and namespaces tell all. */
  readonly insideOf: (process: Resident & Pick<ProcessFacts, 'cgroup'>) => Inside | null
}

/** Opens the owners of a tree. It reads nothing before the first question. */
export function openOwners(proc: Proc): Owners {
  let opened: Owners | null = null
  const owners = () => (opened ??= readOwners(proc))
  return {
    of: (process, isOfMachine) => owners().of(process, isOfMachine),
    isForeign: (process) => owners().isForeign(process),
    ofPid: (pid) => owners().ofPid(pid),
    insideOf: (process) => owners().insideOf(process),
  }
}

function readOwners(proc: Proc): Owners {
  const root = cgroupRootOf(proc.controlGroup(1)?.path ?? null)
  const init = surroundingsOfMachine(proc)
  const known = new Map<string, Owner>()
  const insides = openInsides(proc)
  const byNamespaces = (process: Resident & Pick<ProcessFacts, 'cgroup'>) => {
    const { cgroup, rootDirectory, pidNamespace, mountNamespace, utsNamespace } = process
    const { path } = cgroup
    const namespaces = [pidNamespace, mountNamespace, utsNamespace]
    const key = [process.pid === 1, rootDirectory, ...namespaces, path].join(' ')
    const owner = known.get(key) ?? ownerIn(path, root, process, init)
    if (known.size < MAX_KNOWN) known.set(key, owner)
    return owner
  }
  const insideOf: Owners['insideOf'] = (process) =>
    isOfUnknownMake(byNamespaces(process), process.cgroup.path, root)
      ? insides(process, init)
      : null
  const of: Owners['of'] = (process, isOfMachine = false) => {
    const inside = isOfMachine ? { isOfMachine } : insideOf(process)
    if (inside === null) return byNamespaces(process)
    return ownerIn(process.cgroup.path, root, process, init, inside)
  }
  return {
    of,
    insideOf,
    isForeign: ({ rootDirectory }) =>
      rootDirectory !== null && init.rootDirectory !== null && rootDirectory !== init.rootDirectory,
    ofPid(pid) {
      const cgroup = proc.controlGroup(pid)
      return cgroup === null ? null : of({ pid, cgroup, ...surroundings(proc, String(pid)) })
    },
  }
}

/**
 * The bound on known owners. Most processes of one owner have one control group. Beyond the bound,
 * an owner is computed again.
 */
const MAX_KNOWN = 1024

/**
 * Returns the surroundings of PID 1. Only root may read them. Another user mostly has the
 * surroundings of the machine, so those of this process stand in.
 */
function surroundingsOfMachine(proc: Proc): Surroundings {
  const [first, own] = [surroundings(proc, '1'), surroundings(proc, 'self')]
  return {
    rootDirectory: first.rootDirectory ?? own.rootDirectory,
    pidNamespace: first.pidNamespace ?? own.pidNamespace,
    mountNamespace: first.mountNamespace ?? own.mountNamespace,
    utsNamespace: first.utsNamespace ?? own.utsNamespace,
  }
}

function surroundings(proc: Proc, pid: string): Surroundings {
  const { rootDirectory, mountNamespace } = proc.treeOf(pid)
  return {
    rootDirectory,
    pidNamespace: proc.link(`${pid}/ns/pid`),
    mountNamespace,
    utsNamespace: proc.link(`${pid}/ns/uts`),
  }
}

/** The process of this program, as its tree shows it. */
export type SelfProcess = {
  readonly pid: number
  readonly owner: Owner
  /** The owners of its ancestors by process id, without PID 1. */
  readonly ancestors: ReadonlyMap<number, Owner>
  /** The name of its controlling terminal below `/dev`; `null` where it has none. */
  readonly terminal: Printable | null
}

/**
 * Returns the process of this program, or `null` where the tree does not have it. `/proc/self` is
 * right even where `/proc` is that of another process id namespace (proc(5)).
 */
export function selfIn(proc: Proc, owners: Owners): SelfProcess | null {
  const pid = Number(proc.link('self') ?? 0)
  if (!Number.isSafeInteger(pid) || pid <= 0) return null
  const owner = owners.ofPid(pid)
  if (owner === null) return null
  const ancestors = new Map<number, Owner>()
  for (let at = parentOf(proc, pid); at > 1 && !ancestors.has(at); at = parentOf(proc, at)) {
    const above = owners.ofPid(at)
    if (above === null) break
    ancestors.set(at, above)
  }
  const terminal = terminalName(proc.stat(pid)?.terminal ?? 0)
  return { pid, owner, ancestors, terminal }
}

function parentOf(proc: Proc, pid: number): number {
  return proc.stat(pid)?.ppid ?? 0
}
