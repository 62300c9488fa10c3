import type { StaleProcess, Unlinked } from '../../core/advice/stale-process.ts'
import type { Owner } from '../../core/owner/kinds.ts'
import { ownerOrMachine } from '../../core/owner/owner.ts'
import { printable } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import { withoutMark } from '../../core/proc/deleted-mark.ts'
import { withExecutable } from '../../core/proc/maps.ts'
import { classOf } from '../../core/proc/machine-path.ts'
import { isTemporaryByPlace } from '../../core/proc/temporary-code.ts'
import { isMachineFile } from '../../core/proc/process.ts'
import type { Inspection, StaleFile } from '../../core/proc/process.ts'
import { readingsOf } from '../../core/report/readings.ts'
import type { Readings } from '../../core/report/readings.ts'
import type { TemporaryCode } from '../../core/report/report.ts'
import { StaleLibsError } from '../../io/error.ts'
import type { Log } from '../../io/log.ts'
import type { MappedFiles } from '../../io/proc/mapped-file.ts'
import type { MarkedProcess } from '../../io/reading/marked-processes.ts'
import type { Proc } from '../../io/proc/proc.ts'
import type { Walk } from '../../io/reading/walk.ts'
import type { Tally, World } from '../../io/world.ts'
import { limitsOfLook } from './limits.ts'
import { missedOf } from './missed.ts'
import type { Stage } from '../stage.ts'

/** The result of looking at all processes. */
export type Looked = Readings & {
  readonly stale: readonly StaleProcess[]
  readonly temporary: readonly TemporaryCode[]
  /** The number of the system's own processes that were not read to their end. */
  readonly unseenOfSystem: number
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
  const missed = missedOf(ended, walk.pids, world)
  assertProcesses(counts.gone - world.tally.gone, walk, world)
  const seen = ended
    .flatMap((one) => (one.kind === 'marked' ? [{ ...one, ...judge(one) }] : []))
    .filter(({ facts, owner }) => !isLeftOut(world, isHook, facts.pid, owner))
  for (const { facts, owner, found } of seen)
    log('debug', 'marked mappings', { pid: facts.pid, owner, ...asText(found) })
  const cut = world.tally.cut + seen.filter(({ isCut }) => isCut).length
  const stale = seen.filter(({ found }) => found.stale.length > 0)
  return {
    value: {
      stale: stale.map((process) => staleProcess(process, world)),
      temporary: seen.flatMap(temporaryCode),
      ...readingsOf(counts, cut),
      unseenOfSystem: missed.ofSystem,
    },
    limits: limitsOfLook({
      walk,
      world,
      counts,
      cut,
      missed,
      seen,
      stale,
      hasBootTime: bootSeconds !== null,
    }),
  }
}

function assertProcesses(gone: number, { pids }: Walk, { proc }: World): void {
  if (gone === pids.length && pids.length > 0)
    throw new StaleLibsError(
      `Cannot scan "${proc.directory}": not a proc file system, no process in it has maps`,
    )
}

const STUCK: Inspection = { kind: 'stuck' }

/** Returns a function that judges a process, once. */
function judgeIn(world: World): (process: MarkedProcess) => Judged {
  const judged = new WeakMap<MarkedProcess, Judged>()
  return (process) => {
    const known = judged.get(process) ?? judgementOf(process, world)
    judged.set(process, known)
    return known
  }
}

function judgementOf(process: MarkedProcess, { owners, files, machine }: World): Judged {
  const { facts } = process
  const { kind } = owners.of(facts, true)
  // root is no user whose own work it could be.
  const mayBeUsers = machine.isLive && kind === 'service' && (facts.uid ?? 0) !== 0
  const found = filesOf(process, files, mayBeUsers)
  const owner = owners.of(facts, found.stale.some(isMachineFile))
  return { owner: ownerOrMachine(owner, facts), found }
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
  const { clean, empty, gone, denied, failed, stuck, long } = tally
  const counts = { clean, empty, gone, denied, failed, stuck, long, marked: 0 }
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

function staleProcess(
  { facts, owner, found, dropped, isCut }: Seen,
  { owners }: World,
): StaleProcess {
  const { pid, uid, startTicks, cgroup, isTreeUnknown } = facts
  return {
    pid,
    ...(uid !== null && { uid }),
    comm: printable(facts.comm),
    startTicks,
    cgroup,
    owner,
    files: found.stale,
    unlinked: found.unlinked,
    isForeign: owners.isForeign(facts),
    ...(isTreeUnknown && { isTreeUnknown }),
    ...((dropped > 0 || isCut) && { isPartial: true as const }),
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
  readonly temporary: readonly Printable[]
}

/** Returns what was found with paths that are safe to print. */
function asText({ stale, ...rest }: Found): object {
  const files = stale.map(({ path, machinePath = path, ...file }) => ({
    ...file,
    path: printable(path),
    machinePath: printable(machinePath),
  }))
  return { ...rest, stale: files }
}

/** @param mayBeUsers whether the process may belong to another user than its service */
function filesOf(
  { facts, mappings }: MarkedProcess,
  files: MappedFiles,
  mayBeUsers: boolean,
): Found {
  const stale: StaleFile[] = []
  const unlinked: (Unlinked | null)[] = []
  const temporary: Printable[] = []
  const program = facts.exe === null ? null : withoutMark(facts.exe)
  for (const mapping of withExecutable(mappings, facts.exe)) {
    const isAsked = mapping.kind !== 'temporary' || isTemporaryByPlace(mapping.path)
    const machinePath = isAsked ? files.machinePath(mapping, facts) : null
    const kind = classOf(mapping, machinePath)
    const { path } = mapping
    if (kind === 'temporary') temporary.push(printable(path))
    else {
      const { now, isAtSamePath } = files.lookAt(mapping, facts)
      if (now === 'live' || now === 'initramfs') continue
      stale.push({
        path,
        ...(machinePath !== null && { machinePath }),
        kind,
        ...(path === program && { isProgram: true }),
        ...(isAtSamePath && { isOfMachine: true }),
        ...(now === 'unjudged' ? { state: 'unknown', isUnjudged: true } : { state: now }),
        ...(mayBeUsers && !files.isOfRoot(mapping, facts) && { mayBeOfUser: true }),
      })
      unlinked.push(files.unlinked(mapping, facts))
    }
  }
  return { stale, unlinked, temporary }
}
