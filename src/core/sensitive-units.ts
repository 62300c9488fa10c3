import rows from '../../share/sensitive-units.json' with { type: 'json' }
import { compileGlob } from './glob.ts'
import type { Action } from './types.ts'

/** One row of `share/sensitive-units.json`: what systemd's own properties cannot tell about a unit. */
export type SensitiveUnitRule = {
  /** Anchored globs of unit names (`compileGlob`). */
  readonly units: readonly string[]
  readonly of: 'system' | 'user' | 'both'
  readonly action: Action
  readonly reason: string
  readonly source: string
}

export const SENSITIVE_UNITS = rows as readonly SensitiveUnitRule[]

/** Returns the first row for a unit of the system manager or of a user manager, or `undefined`. */
export function sensitiveUnitRule(
  unit: string,
  of: 'system' | 'user',
): SensitiveUnitRule | undefined {
  return SENSITIVE_UNITS.find(
    (row) => (row.of === of || row.of === 'both') && row.units.some((glob) => matches(glob, unit)),
  )
}

function matches(glob: string, unit: string): boolean {
  const compiled = compileGlob(glob)
  return typeof compiled !== 'string' && compiled.matches(unit)
}
