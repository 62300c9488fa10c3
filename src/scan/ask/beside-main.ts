import { keepsProcesses } from '../../core/advice/case.ts'
import type { Inhabitants, UnitContext } from '../../core/advice/case.ts'
import { factsKey, managerOf, parseFactsKey, unitGroupOf } from '../../core/advice/groups.ts'
import type { Group } from '../../core/advice/groups.ts'
import { lifelineRule, runnerRule } from '../../core/advice/sensitive-units.ts'
import { userManagerUid } from '../../core/owner/cgroup.ts'
import { inTurn } from '../../core/owner/share.ts'
import { isInterpreter } from '../../core/pacman/own-package.ts'
import type { Bytes } from '../../core/printable.ts'
import type { StaleFile } from '../../core/proc/process.ts'
import { isMainOrControl } from '../../core/systemd/unit-facts.ts'
import type { UnitFacts } from '../../core/systemd/unit-facts.ts'
import { unitUserOf } from '../../core/systemd/unit-user.ts'
import { NOT_ASKED } from '../../core/work/left-behind.ts'
import type { LeftBehind } from '../../core/work/left-behind.ts'
import { jobsInside } from '../../io/groups/jobs-inside.ts'
import type { Ended } from '../../io/groups/jobs-inside.ts'
import type { World } from '../../io/world.ts'

/** The tables, the names of users, and what systemd and the control groups say of the units. */
type Known = Pick<UnitContext, 'facts' | 'tables' | 'userNames' | 'inhabitants' | 'left'>

/**
 * Asks what the processes of the stale units are, beside their main processes: work that a restart
 * would end, and what systemd would leave alone.
 */
export async function askBesideMain(
  groups: readonly Group[],
  known: Known,
  world: World,
): Promise<Pick<UnitContext, 'jobs' | 'tasks' | 'leftBehind' | 'succeeded'>> {
  const { members, running, packages } = world
  return {
    ...(await jobsInside(endedIn(groups, known, world), members, running, packages)),
    leftBehind: leftBehindIn(groups, known, world),
    succeeded: succeededIn(groups, known, world),
  }
}

/** A unit that a restart may reach: a stale one, or one that the restart is passed on to. */
type Restarted = Pick<Ended, 'unit' | 'path' | 'facts'> & {
  /** The user whose manager has the unit; `null` for the system's. */
  readonly uid: number | null
}

/**
 * Returns the units whose processes end at the restarts. A unit that leaves its processes alone
 * ends none, but for the jobs of a runner.
 */
function endedIn(
  groups: readonly Group[],
  { facts, tables, userNames, inhabitants }: Known,
  world: World,
): readonly Ended[] {
  const own = groups.flatMap((group) => staleUnit(group, facts, world))
  const paths = new Set(own.map(({ path }) => path))
  const reached = [...facts].flatMap((entry) => reachedUnit(entry, inhabitants))
  const all = [...own, ...reached.filter(({ path }) => !paths.has(path))]
  return all.flatMap(({ unit, path, facts: known, uid }): readonly Ended[] => {
    const { runs, helpers } = runnerRule(unit) ?? {}
    const isEnded = runs === 'jobs' || !(keepsProcesses({ facts: known }) || runs === 'daemons')
    if (!isEnded || (inhabitants.get(path)?.processes ?? 0) < 2) return []
    const role = lifelineRule(tables, unit, uid === null ? 'service' : 'user-service')?.role
    const starts = runs === 'jobs' ? 'runs' : role === 'jobs' ? 'jobs' : 'anything'
    const userOf = (main: number | null) => uid ?? unitUserOf(known, userNames, main)
    const ofUser = uid === null ? {} : ({ isOfUser: true } as const)
    return [{ unit, path, facts: known, starts, helpers, userOf, ...ofUser }]
  })
}

function staleUnit(
  group: Group,
  facts: Known['facts'],
  { uid }: Pick<World, 'uid'>,
): readonly Restarted[] {
  const { unit, kind, uid: user } = group.owner
  const [path, manager] = [unitGroupOf(group, uid), managerOf(group, uid)]
  const known = manager === null ? undefined : facts.get(factsKey(manager, unit ?? ''))
  if (path === null || unit === null || known === undefined) return []
  return [{ unit, path, facts: known, uid: kind === 'user-service' ? user : null }]
}

function reachedUnit(
  [key, facts]: readonly [string, UnitFacts],
  inhabitants: ReadonlyMap<string, Inhabitants>,
): readonly Restarted[] {
  const { manager, unit } = parseFactsKey(key) ?? {}
  if (unit === undefined || manager === undefined || userManagerUid(unit) !== null) return []
  if (!inhabitants.has(facts.ControlGroup)) return []
  return [{ unit, path: facts.ControlGroup, facts, uid: manager === 'system' ? null : manager }]
}

/**
 * The bound on the processes that are asked for: some have thousands of files. Of the others it is
 * not known whether they listen. All users take turns, so that the jobs of one leave room.
 */
const MAX_LEFT_BEHIND = 512

/**
 * Returns what is known of the stale processes that systemd would leave alone, and of those that
 * stayed when their user logged out, which have no main process.
 */
function leftBehindIn(
  groups: readonly Group[],
  { facts, left }: Known,
  { uid, members, proc: { holders } }: World,
): ReadonlyMap<number, LeftBehind> {
  const asked = groups.flatMap((group) => {
    if (left.has(group.owner.unit ?? ''))
      return group.processes.map((process) => ({ process, main: 0 }))
    const known = staleUnit(group, facts, { uid })[0]?.facts
    if (known?.KillMode !== 'process' || known.MainPID === '0') return []
    return group.processes
      .filter(({ pid }) => !isMainOrControl(pid, known))
      .map((process) => ({ process, main: Number(known.MainPID) }))
  })
  const inOrder = inTurn(asked, ({ process }) =>
    holders.of(process.uid ?? null, process.cgroup.path),
  )
  return new Map(
    inOrder.flatMap(({ process: { pid }, main }, at) => {
      const found = at < MAX_LEFT_BEHIND ? members.leftBehind(pid, main) : NOT_ASKED
      return found === null ? [] : [[pid, found] as const]
    }),
  )
}

/**
 * Returns the stale processes whose main process runs what replaced their program. What runs in an
 * interpreter may be anything.
 */
function succeededIn(
  groups: readonly Group[],
  { facts }: Known,
  { uid, running }: World,
): ReadonlySet<number> {
  const pids = groups.flatMap((group) => {
    const { unit, facts: known } = staleUnit(group, facts, { uid })[0] ?? {}
    const main = Number(known?.MainPID ?? 0)
    const isOld = group.processes.some(({ pid }) => pid === main)
    if (known === undefined || main === 0 || isOld || keepsProcesses({ facts: known })) return []
    const { owner, exe = null } = running.process(main) ?? {}
    // The main process may have ended, and its id be that of a process of another unit.
    if (owner?.unit !== unit || exe === null || isInterpreter(exe)) return []
    return group.processes
      .filter(({ files }) => files.some((file) => isProgram(file, exe)))
      .map(({ pid }) => pid)
  })
  return new Set(pids)
}

function isProgram({ kind, path }: StaleFile, exe: Bytes): boolean {
  return kind === 'executable' && path === exe
}
