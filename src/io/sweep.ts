import { printable } from '../core/printable.ts'
import { classify } from '../core/proc/classify.ts'
import type { StaleProcess, Unlinked } from '../core/advice/stale-process.ts'
import type { Owner } from '../core/owner/kinds.ts'
import type { Inspection, Mapping, ProcessFacts, StaleFile } from '../core/proc/process.ts'
import type { TemporaryCode } from '../core/report/report.ts'
import { StaleLibsError } from './error.ts'
import type { Log } from './log.ts'
import type { MappedFiles } from './proc/mapped-file.ts'
import type { MarkedProcess } from './proc/marked-processes.ts'
import type { Owners } from './proc/owners.ts'
import type { Proc } from './proc/proc.ts'

/** What one walk over all processes found. */
export type Sweep = {
  readonly stale: readonly StaleProcess[]
  readonly temporary: readonly TemporaryCode[]
  /** How reading each process ended; `empty` are kernel threads and zombies. */
  readonly counts: Required<Omit<Tally, 'sawInit' | 'cut'>> & { readonly marked: number }
  /** Marked mappings beyond the number that is kept of a process. */
  readonly dropped: number
  /** Processes whose control group could not be read. */
  readonly withoutGroup: number
  /** Processes of which only the first part of maps could be read. */
  readonly cut: number
  /** Processes with a replaced file in a directory tree of too many mounts to be read. */
  readonly withoutTree: number
  /** Whether PID 1 was among them: another user's processes are hidden where it is not (hidepid). */
  readonly sawInit: boolean
}

/** Processes that a recording only counted: nothing of them was read further. */
export type Tally = {
  readonly clean: number
  readonly empty: number
  readonly gone: number
  readonly denied: number
  readonly failed: number
  /** Absent in recordings before 0.2. */
  readonly stuck?: number
  /** How many of the others could be read only in part. */
  readonly cut: number
  /** Whether PID 1 was among them. */
  readonly sawInit: boolean
}

export type SweepPorts = {
  readonly proc: Proc
  readonly owners: Owners
  readonly files: MappedFiles
  readonly tally: Tally
  readonly log: Log
}

/**
 * Walks over all processes.
 *
 * @param isLeftOut the processes that are not to be named: ourselves, and whoever called a hook
 * @throws {StaleLibsError} when no directory of the tree is a process
 */
export async function sweep(
  { proc, owners, files, tally, log }: SweepPorts,
  isLeftOut: (pid: number, owner: Owner) => boolean,
): Promise<Sweep> {
  const stale: StaleProcess[] = []
  const temporary: TemporaryCode[] = []
  const { sawInit: sawInitBefore, cut: cutBefore, ...before } = tally
  const counts = { stuck: 0, ...before, marked: 0 }
  let dropped = 0
  let withoutGroup = 0
  let cut = cutBefore
  let withoutTree = 0
  const walk = proc.walk()
  const { pids } = walk
  const judged = new WeakMap<MarkedProcess, Judged>()
  const judge = (process: MarkedProcess) => {
    const known = judged.get(process) ?? {
      owner: owners.of(process.facts),
      found: staleFilesOf(process, files),
    }
    judged.set(process, known)
    return known
  }
  const inspections = await walk.inspections(judge)
  for (const [at, pid] of pids.entries()) {
    const inspection = settled(inspections[at] ?? { kind: 'stuck' }, pid, proc)
    counts[inspection.kind] += 1
    if (inspection.kind !== 'marked') continue
    const { facts } = inspection
    const { owner, found } = judge(inspection)
    if (isLeftOut(pid, owner)) continue
    if (facts.cgroup === '') withoutGroup += 1
    if (inspection.isCut) cut += 1
    if (facts.isTreeUnknown && found.stale.length > 0) withoutTree += 1
    dropped += inspection.dropped
    log('debug', 'marked mappings', { pid, owner, ...found })
    const comm = printable(facts.comm)
    temporary.push(...found.temporary.map((path) => ({ pid, comm, unit: owner.unit, path })))
    if (found.stale.length > 0)
      stale.push({
        pid,
        comm,
        startTicks: facts.startTicks,
        cgroup: facts.cgroup,
        owner,
        files: found.stale,
        unlinked: found.unlinked,
        isForeign: owners.isForeign(facts) && !found.isOfMachine,
        ...(facts.isTreeUnknown && { isTreeUnknown: true }),
      })
  }
  if (counts.gone - tally.gone === pids.length && pids.length > 0)
    throw new StaleLibsError(
      `Cannot scan "${proc.directory}": not a proc file system, no process in it has maps`,
    )
  return {
    stale,
    temporary,
    counts,
    dropped,
    withoutGroup,
    cut,
    withoutTree,
    sawInit: sawInitBefore || pids[0] === 1,
  }
}

/** The maps of a kernel thread may be forbidden to a user, but there is nothing in them. */
function settled(inspection: Inspection, pid: number, proc: Proc): Inspection {
  if (inspection.kind !== 'denied' && inspection.kind !== 'failed') return inspection
  return proc.stat(pid)?.isKernelThread ? { kind: 'empty' } : inspection
}

type Judged = { readonly owner: Owner; readonly found: Found }

type Found = {
  readonly stale: readonly StaleFile[]
  readonly unlinked: readonly (Unlinked | null)[]
  readonly temporary: readonly string[]
  /** Whether any of the files lay where the machine has it too. */
  readonly isOfMachine: boolean
}

function staleFilesOf({ facts, mappings }: MarkedProcess, files: MappedFiles): Found {
  const stale: StaleFile[] = []
  const unlinked: (Unlinked | null)[] = []
  const temporary: string[] = []
  let isOfMachine = false
  for (const mapping of withExecutable(mappings, facts)) {
    const kind = classify(mapping)
    const path = printable(mapping.path)
    if (kind === 'temporary') temporary.push(path)
    else if (kind !== null) {
      const { now, isAtSamePath } = files.lookAt(mapping, facts)
      if (now === 'live') continue
      isOfMachine ||= isAtSamePath
      stale.push({ path, kind, state: now })
      unlinked.push(files.unlinked(mapping, facts))
    }
  }
  return { stale, unlinked, temporary, isOfMachine }
}

/** A program can unmap its own executable, but `/proc/PID/exe` still names it. */
function withExecutable(mappings: readonly Mapping[], { exe }: ProcessFacts): readonly Mapping[] {
  const path = exe?.endsWith(' (deleted)') ? exe.slice(0, -' (deleted)'.length) : null
  if (path === null || mappings.some((mapping) => mapping.path === path)) return mappings
  return [...mappings, { address: '', executable: true, device: '', inode: '', path }]
}
