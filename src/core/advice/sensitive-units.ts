import { printableText } from '../printable.ts'
import type { Printable } from '../printable.ts'
import lifelines from '../../../share/lifelines.json' with { type: 'json' }
import runners from '../../../share/runners.json' with { type: 'json' }
import sensitive from '../../../share/sensitive-units.json' with { type: 'json' }
import { compileGlob } from '../glob.ts'
import type { Action } from './action.ts'
import type { UnitFacts } from '../systemd/unit-facts.ts'
import { parseUnitList } from '../systemd/unit-name.ts'
import type { Kind } from '../owner/kinds.ts'

/**
 * A row of `share/sensitive-units.json`: a fact about units that systemd's own properties do not
 * tell.
 */
export type SensitiveUnitRule = {
  /** Anchored globs of unit names (`compileGlob`). */
  readonly units: readonly string[]
  readonly of: 'system' | 'user' | 'both'
  readonly action: Action
  readonly reason: Printable
  readonly source: string
  readonly role?: string
  /** Runtimes of the guests that depend on the unit; `vm` for virtual machines. */
  readonly guests?: readonly string[]
  /**
   * Set where the guests go on when a restart ends only the main process (`KillMode=process`,
   * systemd.kill(5)).
   */
  readonly survives?: true
}

/**
 * A row of `share/runners.json`: units whose main process ends what it has started as it ends
 * itself, whatever `KillMode=` says.
 */
export type RunnerRule = {
  readonly units: readonly string[]
  /** `daemons` start again with the unit, `jobs` do not. */
  readonly runs: 'daemons' | 'jobs'
  /** The names of programs that a runner of jobs starts with itself. */
  readonly helpers?: readonly string[]
  readonly reason: string
  readonly source: string
}

/** A row of `share/lifelines.json`: units through which people get back into the machine. */
export type LifelineRule = {
  readonly units: readonly string[]
  readonly role: 'login' | 'network' | 'jobs'
  readonly reason: Printable
  readonly source: string
}

/**
 * The tables that decide. The rows of the configuration are tried before those that the program
 * brings.
 */
export type UnitTables = {
  readonly sensitive: readonly SensitiveUnitRule[]
  readonly lifelines: readonly LifelineRule[]
}

/** The tables that the program brings along. */
export const SHIPPED_TABLES: UnitTables = {
  sensitive: sensitive.map(withReason) as readonly SensitiveUnitRule[],
  lifelines: lifelines.map(withReason) as readonly LifelineRule[],
}

function withReason<Row extends { readonly reason: string }>(row: Row) {
  return { ...row, reason: printableText(row.reason) }
}

/** Returns the shipped tables with further rows in front. */
export function tablesWith(rows: UnitTables): UnitTables {
  return {
    sensitive: [...rows.sensitive, ...SHIPPED_TABLES.sensitive],
    lifelines: [...rows.lifelines, ...SHIPPED_TABLES.lifelines],
  }
}

/** Returns the first row for a unit of the system's or of a user's manager, or `undefined`. */
export function sensitiveUnitRule(
  tables: UnitTables,
  unit: string | null,
  kind: Kind,
): SensitiveUnitRule | undefined {
  const of = kind === 'service' ? 'system' : 'user'
  return tables.sensitive.find((row) => (row.of === of || row.of === 'both') && names(row, unit))
}

/** Returns the first row for a unit of the system's manager, or `undefined`. */
export function lifelineRule(
  tables: UnitTables,
  unit: string | null,
  kind: Kind,
): LifelineRule | undefined {
  return kind === 'service' ? tables.lifelines.find((row) => names(row, unit)) : undefined
}

/** Returns the row for the unit of a runner, or `undefined`. */
export function runnerRule(unit: string | null): RunnerRule | undefined {
  return RUNNERS.find((row) => names(row, unit))
}

/** The rows of `share/runners.json`. */
export const RUNNERS = runners as readonly RunnerRule[]

/**
 * Says whether a unit is the machine's display manager, by its alias or by its row of the table.
 */
export function isDisplayManager(
  facts: UnitFacts | null,
  row: SensitiveUnitRule | undefined,
): boolean {
  const aliases = facts === null ? [] : parseUnitList(facts.Names)
  return (
    aliases.some((alias) => alias === 'display-manager.service') || row?.role === 'display-manager'
  )
}

function names({ units }: { readonly units: readonly string[] }, unit: string | null): boolean {
  return unit !== null && units.some((glob) => matches(glob, unit))
}

const PATTERN: ReadonlySet<string> = new Set(['*', '?', '['])

/**
 * Says whether a glob matches a unit. Most globs differ from a name in the first character, or
 * before their first pattern, and these are not compiled.
 */
function matches(source: string, unit: string): boolean {
  const first = source[0] ?? ''
  if (first !== unit[0] && !PATTERN.has(first)) return false
  const pattern = source.search(/[*?[]/)
  if (pattern === -1) return source === unit
  if (!unit.startsWith(source.slice(0, pattern))) return false
  const glob = compileGlob(source)
  return typeof glob !== 'string' && glob.matches(unit)
}
