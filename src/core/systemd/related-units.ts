import { compareText } from '../printable.ts'
import type { Printable } from '../printable.ts'
import { OWN_FILES } from './unit-facts.ts'
import type { UnitFacts } from './unit-facts.ts'
import { itemsOf, unitType, parseUnitList } from './unit-name.ts'

/**
 * The properties through which systemd passes a restart on, as `systemctl show` names them in
 * reverse (systemd.unit(5): Requires=, BindsTo=, PartOf=).
 */
const RESTARTED = ['RequiredBy', 'BoundBy', 'ConsistsOf'] as const

/** The properties through which a start reaches other units (systemd.unit(5)). */
const STARTED = ['Requires', 'BindsTo', 'Wants'] as const

/** Returns the units that a restart of the unit is passed on to at once, running or not. */
export function dependentsOf(facts: UnitFacts): readonly Printable[] {
  return unitsIn(facts, RESTARTED)
}

/** Returns the units that a restart stops and does not start again (systemd.unit(5)). */
export function stoppedWith(facts: UnitFacts): readonly Printable[] {
  return unitsIn(facts, ['PropagatesStopTo'])
}

/**
 * Returns the units that a start of the unit also starts, unless they run already. Only units that
 * run a program or mount something count, and no targets.
 */
export function requirementsOf(facts: UnitFacts): readonly Printable[] {
  return unitsIn(facts, STARTED).filter((unit) => STARTABLE.has(unitType(unit)))
}

const STARTABLE: ReadonlySet<string> = new Set(['service', 'mount', 'automount', 'swap'])

function unitsIn(facts: UnitFacts, properties: readonly (keyof UnitFacts)[]): readonly Printable[] {
  return [...new Set(properties.flatMap((property) => parseUnitList(facts[property])))]
}

/** Says whether a unit runs or starts. */
export function isRunning(facts: UnitFacts | undefined): facts is UnitFacts {
  return (
    facts !== undefined &&
    ['active', 'activating', 'reloading', 'refreshing'].includes(facts.ActiveState)
  )
}

/**
 * Says whether a unit was stopped or has failed, so that a start would bring it back.
 *
 * Three kinds of units that do not run are left out: a unit that never ran since boot, as an
 * upgrade may have brought it; a oneshot that has done its work; a unit that a condition kept from
 * starting (systemd.unit(5), ConditionPathExists= and others).
 */
export function isStopped(facts: UnitFacts | undefined): boolean {
  if (facts === undefined || facts.LoadState !== 'loaded' || facts.Type === 'oneshot') return false
  if (['', '0'].includes(facts.InactiveExitTimestampMonotonic)) return false
  const isSkipped = facts.ConditionResult === 'no' && facts.ConditionTimestampMonotonic !== '0'
  return ['inactive', 'failed'].includes(facts.ActiveState) && !isSkipped
}

/** Returns whether a unit sees the machine's own files at the paths that its unit file names. */
export function seesFiles(facts: UnitFacts): boolean {
  return OWN_FILES.every((property) => facts[property] === '')
}

/**
 * Returns the files beside its programs without which a start fails: environment files, which
 * systemd itself reads, and the working directory. A leading `!` says that it may be missing.
 */
export function filesNeeded(facts: UnitFacts): readonly string[] {
  const environment = facts.EnvironmentFiles.split('\n').flatMap(
    (line) => /^(\/.*) \(ignore_errors=no\)$/.exec(line)?.[1] ?? [],
  )
  const directory = seesFiles(facts) ? [facts.WorkingDirectory] : []
  return [...directory, ...environment].filter(
    (path) => path.startsWith('/') && !/[*?[]/.test(path) && !/^\/(?:var\/)?tmp(?:\/|$)/.test(path),
  )
}

/** Returns the files of which systemd made the unit, in their order, or none that can be read. */
export function unitFilesOf({
  FragmentPath,
  DropInPaths,
}: Pick<UnitFacts, 'FragmentPath' | 'DropInPaths'>): readonly string[] {
  return [FragmentPath, ...itemsOf(DropInPaths)].filter((path) => path.startsWith('/'))
}

/** Returns the key of the conditions of a unit: the paths of its files. */
export function conditionsKey(facts: UnitFacts): string {
  return unitFilesOf(facts).join('\n')
}

/**
 * Returns the running units that a restart reaches in one way, directly or through other units,
 * sorted. A target runs nothing itself, but systemd passes a restart on to what it contains.
 *
 * @param unit `null` reaches none
 * @param reached returns the units that the restart of one unit reaches so
 */
export function runningReached(
  unit: string | null,
  reached: (facts: UnitFacts) => readonly Printable[],
  factsOf: (unit: string) => UnitFacts | undefined,
): readonly Printable[] {
  const found = new Set<Printable>()
  const seen = new Set([unit])
  const pending = unit === null ? [] : [unit]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const known = factsOf(next)
    if (known === undefined) continue
    for (const reachedUnit of reached(known))
      if (isRunning(factsOf(reachedUnit))) found.add(reachedUnit)
    for (const further of dependentsOf(known))
      if (!seen.has(further) && isRunning(factsOf(further))) {
        seen.add(further)
        pending.push(further)
      }
  }
  return [...found].filter((name) => name !== unit).toSorted(compareText)
}
