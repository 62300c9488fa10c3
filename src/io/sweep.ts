import { cgroupRootOf, parseCgroup } from '../core/cgroup.ts'
import { ownerOf } from '../core/owner.ts'
import { printable } from '../core/printable.ts'
import { classify } from '../core/stale.ts'
import type {
  Inspection,
  Mapping,
  Owner,
  ProcessFacts,
  StaleFile,
  StaleProcess,
  TemporaryCode,
} from '../core/types.ts'
import { StaleLibsError } from './error.ts'
import type { Log } from './log.ts'
import type { MappedFiles } from './mapped-file.ts'
import type { Proc } from './proc.ts'

/** What one walk over all processes found. */
export type Sweep = {
  readonly stale: readonly StaleProcess[]
  readonly temporary: readonly TemporaryCode[]
  /** Processes looked at, kernel threads and zombies not counted. */
  readonly processes: number
  readonly unreadable: number
  readonly vanished: number
  readonly dropped: number
  /** Whether PID 1 was among them: another user's processes are hidden where it is not (hidepid). */
  readonly sawInit: boolean
}

export type SweepPorts = { readonly proc: Proc; readonly files: MappedFiles; readonly log: Log }

/** Our own process, and for the hook whoever called it. */
export type Self = {
  readonly pid: number
  readonly owner: Owner
  readonly ancestors: ReadonlySet<number>
}

/**
 * Walks over all processes.
 *
 * @param self left out of the result, with those of its ancestors that have the same owner: pacman and
 * the shell are stale after every upgrade and end by themselves, but the sshd they came through stays in
 * @throws {StaleLibsError} when no directory of the tree is a process
 */
export function sweep({ proc, files, log }: SweepPorts, self: Self | null): Sweep {
  const root = cgroupRoot(proc)
  const stale: StaleProcess[] = []
  const temporary: TemporaryCode[] = []
  const counts = { clean: 0, empty: 0, gone: 0, denied: 0, marked: 0, dropped: 0 }
  const pids = proc.pids()
  for (const pid of pids) {
    const inspection = settled(proc.inspect(pid), pid, proc)
    counts[inspection.kind] += 1
    if (inspection.kind !== 'marked') continue
    const { facts, dropped } = inspection
    const owner = ownerOf(facts.cgroup, root)
    if (self !== null && isSelf(pid, owner, self)) continue
    counts.dropped += dropped
    const found = staleFilesOf(inspection, files)
    log('debug', 'marked mappings', { pid, owner, ...found })
    temporary.push(...found.temporary.map((path) => temporaryCode(facts, owner, path)))
    if (found.stale.length > 0)
      stale.push({
        pid,
        comm: printable(facts.comm),
        startTicks: facts.startTicks,
        owner,
        files: found.stale,
      })
  }
  if (counts.gone === pids.length)
    throw new StaleLibsError(
      `Cannot scan "${proc.directory}": not a proc file system, no process in it has maps`,
    )
  return {
    stale,
    temporary,
    processes: counts.clean + counts.marked + counts.denied,
    unreadable: counts.denied,
    vanished: counts.gone,
    dropped: counts.dropped,
    sawInit: pids[0] === 1,
  }
}

/** Returns our own process as the tree shows it; `ancestors` only where a hook is not to name them. */
export function selfOf(proc: Proc, pid: number, isHook: boolean): Self {
  const owner = ownerOf(proc.read(`${pid}/cgroup`) ?? '', cgroupRoot(proc))
  return { pid, owner, ancestors: isHook ? ancestorsOf(proc, pid) : new Set() }
}

function ancestorsOf(proc: Proc, pid: number): ReadonlySet<number> {
  const ancestors = new Set<number>()
  let parent = proc.stat(pid)?.ppid ?? 0
  while (parent > 1 && !ancestors.has(parent)) {
    ancestors.add(parent)
    parent = proc.stat(parent)?.ppid ?? 0
  }
  return ancestors
}

function cgroupRoot(proc: Proc): string {
  return cgroupRootOf(parseCgroup(proc.read('1/cgroup') ?? ''))
}

function isSelf(pid: number, owner: Owner, self: Self): boolean {
  if (pid === self.pid) return true
  return self.ancestors.has(pid) && owner.unit === self.owner.unit && owner.uid === self.owner.uid
}

/** The maps of a kernel thread may be forbidden to a user, but there is nothing in them. */
function settled(inspection: Inspection, pid: number, proc: Proc): Inspection {
  if (inspection.kind !== 'denied') return inspection
  return proc.stat(pid)?.isKernelThread ? { kind: 'empty' } : inspection
}

type Found = { readonly stale: readonly StaleFile[]; readonly temporary: readonly string[] }

function staleFilesOf(
  { facts, mappings }: Extract<Inspection, { kind: 'marked' }>,
  files: MappedFiles,
): Found {
  const stale: StaleFile[] = []
  const temporary: string[] = []
  for (const mapping of withExecutable(mappings, facts)) {
    const kind = classify(mapping)
    const path = printable(mapping.path)
    if (kind === 'temporary') temporary.push(path)
    else if (kind !== null) {
      const state = files.lookAt(mapping, facts)
      if (state !== 'live') stale.push({ path, kind, state })
    }
  }
  return { stale, temporary }
}

/** A program can unmap its own executable, but `/proc/PID/exe` still names it. */
function withExecutable(mappings: readonly Mapping[], { exe }: ProcessFacts): readonly Mapping[] {
  const path = exe?.endsWith(' (deleted)') ? exe.slice(0, -' (deleted)'.length) : null
  if (path === null || mappings.some((mapping) => mapping.path === path)) return mappings
  return [...mappings, { address: '', executable: true, inode: '', path }]
}

function temporaryCode(facts: ProcessFacts, owner: Owner, path: string): TemporaryCode {
  return { pid: facts.pid, comm: printable(facts.comm), unit: owner.unit, path }
}
