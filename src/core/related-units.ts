import type { UnitFacts } from './types.ts'
import { unitType } from './unit-name.ts'
import { parseUnitList } from './unit-rules.ts'

/**
 * The properties through which systemd passes a restart on, as `systemctl show` names them in reverse
 * (systemd.unit(5): Requires=, BindsTo=, PartOf=).
 */
const RESTARTED = ['RequiredBy', 'BoundBy', 'ConsistsOf'] as const

/** The properties through which a start reaches other units (systemd.unit(5)). */
const STARTED = ['Requires', 'BindsTo', 'Wants'] as const

/** Returns the units that a restart of the unit is passed on to at once, running or not. */
export function dependentsOf(facts: UnitFacts): readonly string[] {
  return unitsIn(facts, RESTARTED)
}

/** Returns the units that a restart stops with it; nothing starts them again (systemd.unit(5)). */
export function stoppedWith(facts: UnitFacts): readonly string[] {
  return unitsIn(facts, ['PropagatesStopTo'])
}

/** Returns the units that a start of the unit starts too where they do not run: what can run, no targets. */
export function requirementsOf(facts: UnitFacts): readonly string[] {
  return unitsIn(facts, STARTED).filter((unit) => STARTABLE.has(unitType(unit)))
}

const STARTABLE = new Set(['service', 'socket', 'mount', 'automount', 'swap', 'path', 'timer'])

function unitsIn(facts: UnitFacts, properties: readonly (keyof UnitFacts)[]): readonly string[] {
  return [...new Set(properties.flatMap((property) => parseUnitList(facts[property])))]
}

/** Says whether a unit runs, or is about to. */
export function isRunning(facts: UnitFacts | undefined): facts is UnitFacts {
  return (
    facts !== undefined &&
    ['active', 'activating', 'reloading', 'refreshing'].includes(facts.ActiveState)
  )
}

/**
 * Says whether a start would start a unit that is stopped: not a oneshot that has done its work, nor what
 * a condition kept from starting (systemd.unit(5), ConditionPathExists= and others).
 */
export function isStopped(facts: UnitFacts | undefined): boolean {
  if (facts === undefined || facts.LoadState !== 'loaded' || facts.Type === 'oneshot') return false
  const isSkipped = facts.ConditionResult === 'no' && facts.ConditionTimestampMonotonic !== '0'
  return ['inactive', 'failed'].includes(facts.ActiveState) && !isSkipped
}

/**
 * Returns the files without which a start fails: programs, the working directory, environment files. A
 * leading `-` says that it may be missing. A unit with a root of its own has them in there.
 */
export function filesNeeded(facts: UnitFacts): readonly string[] {
  if (facts.RootDirectory !== '' || facts.RootImage !== '') return []
  const environment = facts.EnvironmentFiles.split('\n').flatMap(
    (line) => /^(\/.*) \(ignore_errors=no\)$/.exec(line)?.[1] ?? [],
  )
  const programs = `${facts.ExecStart}\n${facts.ExecStartPre}`.split('\n')
  return [...programs, facts.WorkingDirectory, ...environment].filter(
    (path) => path.startsWith('/') && !/[*?[]/.test(path),
  )
}
