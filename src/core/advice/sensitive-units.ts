import lifelines from '../../../share/lifelines.json' with { type: 'json' }
import sensitive from '../../../share/sensitive-units.json' with { type: 'json' }
import { compileGlob } from '../glob.ts'
import type { Action } from './action.ts'
import type { UnitFacts } from '../systemd/unit-facts.ts'
import { parseUnitList } from '../systemd/unit-name.ts'
import type { Kind } from '../owner/kinds.ts'

/**
 * A row of `share/sensitive-units.json`: what systemd's own properties cannot tell about a unit.
 */
export type SensitiveUnitRule = {
  /** Anchored globs of unit names (`compileGlob`). */
  readonly units: readonly string[]
  readonly of: 'system' | 'user' | 'both'
  readonly action: Action
  readonly reason: string
  readonly source: string
  readonly role?: string
  /** Runtimes of the guests that depend on the unit; `vm` for virtual machines. */
  readonly guests?: readonly string[]
}

/** A row of `share/lifelines.json`: what lets people back into the machine. */
export type LifelineRule = {
  readonly units: readonly string[]
  readonly role: 'login' | 'network' | 'jobs'
  readonly reason: string
  readonly source: string
}

/** The tables that decide; those of the configuration stand before the shipped ones. */
export type UnitTables = {
  readonly sensitive: readonly SensitiveUnitRule[]
  readonly lifelines: readonly LifelineRule[]
}

export const SHIPPED_TABLES: UnitTables = {
  sensitive: sensitive as readonly SensitiveUnitRule[],
  lifelines: lifelines as readonly LifelineRule[],
}

/** Returns the shipped tables with rows that are tried before theirs. */
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

/** Says whether a unit is the machine's display manager, by its alias or by its row of the table. */
export function isDisplayManager(
  facts: UnitFacts | null,
  row: SensitiveUnitRule | undefined,
): boolean {
  const aliases = facts === null ? [] : parseUnitList(facts.Names)
  return aliases.includes('display-manager.service') || row?.role === 'display-manager'
}

function names({ units }: { readonly units: readonly string[] }, unit: string | null): boolean {
  return unit !== null && units.some((glob) => matches(glob, unit))
}

/** Most globs differ from a name in what stands before their first pattern: they are not compiled. */
function matches(source: string, unit: string): boolean {
  const pattern = source.search(/[*?[]/)
  if (pattern === -1) return source === unit
  if (!unit.startsWith(source.slice(0, pattern))) return false
  const glob = compileGlob(source)
  return typeof glob !== 'string' && glob.matches(unit)
}
