import type { StaleProcess, Unlinked } from '../core/advice/stale-process.ts'
import type { Owner } from '../core/owner/kinds.ts'
import { printable } from '../core/printable.ts'
import { withExecutable } from '../core/proc/maps.ts'
import type { Inspection, StaleFile } from '../core/proc/process.ts'
import type { TemporaryCode } from '../core/report/report.ts'
import { StaleLibsError } from '../io/error.ts'
import type { Log } from '../io/log.ts'
import type { MappedFiles } from '../io/proc/mapped-file.ts'
import type { MarkedProcess } from '../io/reading/marked-processes.ts'
import type { Proc } from '../io/proc/proc.ts'
import type { Walk } from '../io/reading/walk.ts'
import type { Tally, World } from '../io/world.ts'
import { limitIf } from './stage.ts'
import type { Stage } from './stage.ts'

/** The result of looking at all processes. Kernel threads and zombies do not count. */
export type Looked = {
  readonly stale: readonly StaleProcess[]
  readonly temporary: readonly TemporaryCode[]
  readonly processes: number
  /** The number of processes that may not be read. */
  readonly unreadable: number
  /** The number of processes that ended before they were read. */
  readonly vanished: number
}

/**
 * Waits until all processes are read, and judges those with deleted mappings meanwhile.
 *
 * @param isHook whether pacman and the shell that called this program are left out too
 * @param bootSeconds seconds since 1970 at which the machine booted; `null` when not known
 * @throws {StaleLibsError} when no directory of the tree is a process
 */
export async function look(
  walk: Walk,
  world: World,
  isHook: boolean,
  bootSeconds: number | null,
  log: Log,
): Promise<Stage<Looked>> {
  const judge = judgeIn(world)
  const inspections = await walk.inspections(judge)
  const ended = walk.pids.map((pid, at) => settled(inspections[at] ?? STUCK, pid, world.proc))
  const counts = countsOf(ended, world.tally)
  if (counts.gone - world.tally.gone === walk.pids.length && walk.pids.length > 0)
    throw new StaleLibsError(
      `Cannot scan "${world.proc.directory}": not a proc file system, no process in it has maps`,
    )
  const seen = ended.flatMap((inspection) => {
    if (inspection.kind !== 'marked') return []
    const judged = judge(inspection)
    return isLeftOut(world, isHook, inspection.facts.pid, judged.owner)
      ? []
      : [{ ...inspection, ...judged }]
  })
  for (const { facts, owner, found } of seen)
    log('debug', 'marked mappings', { pid: facts.pid, owner, ...found })
  const stale = seen.filter(({ found }) => found.stale.length > 0)
  return {
    value: {
      stale: stale.map((process) => staleProcess(process, world)),
      temporary: seen.flatMap(temporaryCode),
      processes: counts.clean + counts.marked + counts.denied + counts.failed + counts.stuck,
      unreadable: counts.denied,
      vanished: counts.gone,
    },
    limits: limitsOf({ walk, world, counts, seen, stale, hasBootTime: bootSeconds !== null }),
  }
}

const STUCK: Inspection = { kind: 'stuck' }

/** Returns a function that judges a process, once. */
function judgeIn({ owners, files }: World): (process: MarkedProcess) => Judged {
  const judged = new WeakMap<MarkedProcess, Judged>()
  return (process) => {
    const known = judged.get(process) ?? {
      owner: owners.of(process.facts),
      found: filesOf(process, files),
    }
    judged.set(process, known)
    return known
  }
}

type Judged = { readonly owner: Owner; readonly found: Found }

/** A process with deleted mappings that is not left out. */
type Seen = MarkedProcess & Judged

/**
 * Returns the inspection of a process. The maps of a kernel thread may be forbidden to a user, but
 * they are empty.
 */
function settled(inspection: Inspection, pid: number, proc: Proc): Inspection {
  if (inspection.kind !== 'denied' && inspection.kind !== 'failed') return inspection
  return proc.stat(pid)?.isKernelThread ? { kind: 'empty' } : inspection
}

type Counts = Readonly<Record<Inspection['kind'], number>>

/**
 * Returns the number of processes by how reading them ended, with those that a recording only has
 * as numbers.
 */
function countsOf(inspections: readonly Inspection[], tally: Tally): Counts {
  const { clean, empty, gone, denied, failed, stuck } = tally
  const counts = { clean, empty, gone, denied, failed, stuck, marked: 0 }
  for (const { kind } of inspections) counts[kind] += 1
  return counts
}

/**
 * Says whether a process is left out: this program, and in a hook its ancestors with the same
 * owner. pacman and the shell are stale after every upgrade and end by themselves, but the sshd
 * that they came through is reported.
 */
function isLeftOut({ self }: World, isHook: boolean, pid: number, owner: Owner): boolean {
  if (self === null) return false
  const isOurs = owner.unit === self.owner.unit && owner.uid === self.owner.uid
  return pid === self.pid || (isHook && isOurs && self.ancestors.has(pid))
}

function staleProcess({ facts, owner, found }: Seen, { owners }: World): StaleProcess {
  const { pid, startTicks, cgroup, isTreeUnknown } = facts
  return {
    pid,
    comm: printable(facts.comm),
    startTicks,
    cgroup,
    owner,
    files: found.stale,
    unlinked: found.unlinked,
    isForeign: owners.isForeign(facts) && !found.isOfMachine,
    ...(isTreeUnknown && { isTreeUnknown }),
  }
}

function temporaryCode({ facts, owner, found }: Seen): readonly TemporaryCode[] {
  const { pid } = facts
  const comm = printable(facts.comm)
  return found.temporary.map((path) => ({ pid, comm, unit: owner.unit, path }))
}

type Found = {
  readonly stale: readonly StaleFile[]
  readonly unlinked: readonly (Unlinked | null)[]
  readonly temporary: readonly string[]
  /** Whether the machine has, or had, any of the files at the same path. */
  readonly isOfMachine: boolean
}

function filesOf({ facts, mappings }: MarkedProcess, files: MappedFiles): Found {
  const stale: StaleFile[] = []
  const unlinked: (Unlinked | null)[] = []
  const temporary: string[] = []
  let isOfMachine = false
  for (const mapping of withExecutable(mappings, facts.exe)) {
    const { kind } = mapping
    const path = printable(mapping.path)
    if (kind === 'temporary') temporary.push(path)
    else {
      const { now, isAtSamePath } = files.lookAt(mapping, facts)
      if (now === 'live') continue
      isOfMachine ||= isAtSamePath
      stale.push({ path, kind, state: now })
      unlinked.push(files.unlinked(mapping, facts))
    }
  }
  return { stale, unlinked, temporary, isOfMachine }
}

/** The facts from which the limits of a look are counted. */
type Account = {
  readonly walk: Walk
  readonly world: World
  readonly counts: Counts
  readonly seen: readonly Seen[]
  readonly stale: readonly Seen[]
  readonly hasBootTime: boolean
}

function limitsOf({ walk, world, counts, seen, stale, hasBootTime }: Account) {
  const { machine, tally } = world
  const failed = counts.failed + tally.cut + seen.filter(({ isCut }) => isCut).length
  const dropped = seen.reduce((sum, process) => sum + process.dropped, 0)
  const withoutGroup = seen.filter(({ facts }) => facts.cgroup.text === '').length
  const withoutTree = stale.filter(({ facts }) => facts.isTreeUnknown).length
  // Where PID 1 is hidden, so are the processes of other users (hidepid of proc(5)).
  const isHidden = machine.isLive && !tally.sawInit && walk.pids[0] !== 1
  const isLost = machine.isLive && counts.marked > 0 && world.self === null
  return [
    ...limitIf(counts.denied > 0, 'maps-denied', counts.denied),
    ...limitIf(failed > 0, 'maps-failed', failed),
    ...limitIf(counts.stuck > 0, 'maps-stuck', counts.stuck),
    ...limitIf(isHidden, 'processes-hidden', 0),
    ...limitIf(withoutTree > 0, 'tree-unknown', withoutTree),
    ...limitIf(dropped > 0, 'mappings-dropped', dropped),
    ...limitIf(withoutGroup > 0, 'group-unreadable', withoutGroup),
    ...limitIf(!hasBootTime && stale.length > 0, 'boot-time-unknown', stale.length),
    ...limitIf(isLost, 'self-unknown', 0),
  ]
}
