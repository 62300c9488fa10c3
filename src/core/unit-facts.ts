import { UNIT_PROPERTIES } from './types.ts'
import type { UnitFacts } from './types.ts'

/**
 * Returns one record a unit, in the order in which the units were asked.
 *
 * Reads the output of `systemctl show --property=… -- UNIT…`: `Key=value` lines, a blank line between
 * units, the order of the keys systemd's own. Values of single properties are raw.
 */
export function parseUnitFacts(text: string): UnitFacts[] {
  return text
    .split('\n\n')
    .map((block) => block.trim())
    .filter((block) => block !== '')
    .map(parseBlock)
}

function parseBlock(block: string): UnitFacts {
  const values = new Map(
    block.split('\n').map((line) => {
      const equals = line.indexOf('=')
      return [line.slice(0, equals), line.slice(equals + 1)] as const
    }),
  )
  const entries = UNIT_PROPERTIES.map((property) => [property, values.get(property) ?? ''])
  return Object.fromEntries(entries) as UnitFacts
}
