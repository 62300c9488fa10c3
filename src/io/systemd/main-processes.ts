import type { RunningProcess } from '../../core/advice/stale-process.ts'
import type { UnitFacts } from '../../core/systemd/unit-facts.ts'
import type { RunningServices } from './running-services.ts'

/**
 * Returns the main processes of services of the system, by their units. A unit without one is left
 * out.
 *
 * @param facts what the system's manager says of the units
 */
export function mainProcessesOf(
  units: readonly string[],
  facts: ReadonlyMap<string, UnitFacts>,
  { process }: RunningServices,
): ReadonlyMap<string, RunningProcess> {
  const mains = new Map<string, RunningProcess>()
  for (const unit of units) {
    const pid = Number(facts.get(unit)?.MainPID ?? 0)
    const main = pid === 0 ? null : process(pid)
    // The main process may have ended, and its id be that of a process of another unit.
    if (main?.owner.kind === 'service' && main.owner.unit === unit) mains.set(unit, main)
  }
  return mains
}
