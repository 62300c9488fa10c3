import type { UnitFacts } from '../../core/systemd/unit-facts.ts'
import { mayBeJobs, mayBeTasks, ofOtherPackages, programOf } from '../../core/work/jobs.ts'
import type { Employer, Worker } from '../../core/work/jobs.ts'
import type { Packages } from '../pacman/packages.ts'
import type { UnitMembers } from './members.ts'
import type { RunningServices } from '../systemd/running-services.ts'

/** A unit that a restart would end, with all that runs in its control group. */
export type Ended = Pick<Employer, 'starts' | 'helpers' | 'isOfUser'> & {
  readonly unit: string
  /** The path of its control group. */
  readonly path: string
  readonly facts: UnitFacts
  /** Returns the user id that it works as, by that of its main process: see `unitUserOf`. */
  readonly userOf: (main: number | null) => number | null
}

/** What a restart ends beside the services themselves, by the paths of their groups. */
export type WorkInside = {
  readonly jobs: ReadonlyMap<string, readonly Worker[]>
  /** Programs that services started later, and that may be tasks or helpers. */
  readonly tasks: ReadonlyMap<string, readonly Worker[]>
}

/**
 * Returns the work in progress inside of units. pacman is asked only where something may be work.
 */
export async function jobsInside(
  units: readonly Ended[],
  members: UnitMembers,
  running: RunningServices,
  packages: Pick<Packages, 'ownersOf'>,
): Promise<WorkInside> {
  const found = units.flatMap((unit) => {
    const employer = employerOf(unit, running)
    if (employer === null) return []
    const workers = members.workers(unit.path, Number(unit.facts.MainPID))
    const [jobs, tasks] = [mayBeJobs(workers, employer), mayBeTasks(workers, employer)]
    return jobs.length + tasks.length === 0 ? [] : [{ path: unit.path, employer, jobs, tasks }]
  })
  if (found.length === 0) return { jobs: new Map(), tasks: new Map() }
  const programs = found.flatMap(({ employer: { main }, jobs, tasks }) =>
    [main, ...jobs, ...tasks].flatMap((process) => programOf(process) ?? []),
  )
  const owners = await packages.ownersOf([...new Set(programs)])
  const ofOthers = (kind: 'jobs' | 'tasks') =>
    new Map(found.map((one) => [one.path, ofOtherPackages(one[kind], one.employer, owners)]))
  return { jobs: ofOthers('jobs'), tasks: ofOthers('tasks') }
}

/** Of a unit without a main process it is not known what was forked from it. */
function employerOf(
  { unit, facts, userOf, ...rest }: Ended,
  { process }: RunningServices,
): Employer | null {
  const pid = Number(facts.MainPID)
  const main = pid === 0 ? null : process(pid)
  // The main process may have ended, and its id be that of a process of another unit.
  if (main?.owner.unit !== unit) return null
  return { ...rest, main, user: userOf(main.uid ?? null) }
}
