import type { UnitFacts } from '../../core/systemd/unit-facts.ts'
import { mayBeJobs, ofOtherPackages, programOf } from '../../core/work/jobs.ts'
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

/**
 * Returns the work in progress inside of units, by the paths of their groups. pacman is asked only
 * where something may be work.
 */
export async function jobsInside(
  units: readonly Ended[],
  members: UnitMembers,
  running: RunningServices,
  packages: Pick<Packages, 'ownersOf'>,
): Promise<ReadonlyMap<string, readonly Worker[]>> {
  const found = units.flatMap((unit) => {
    const employer = employerOf(unit, running)
    if (employer === null) return []
    const workers = mayBeJobs(members.workers(unit.path, Number(unit.facts.MainPID)), employer)
    return workers.length === 0 ? [] : [{ path: unit.path, employer, workers }]
  })
  if (found.length === 0) return new Map()
  const programs = found.flatMap(({ employer: { main }, workers }) =>
    [main, ...workers].flatMap((process) => programOf(process) ?? []),
  )
  const owners = await packages.ownersOf([...new Set(programs)])
  return new Map(
    found.map(({ path, employer, workers }) => [path, ofOtherPackages(workers, employer, owners)]),
  )
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
