import { UNIT_PROPERTIES } from './types.ts'
import type { UnitFacts } from './types.ts'

/**
 * Returns one record a unit, in the order in which the units were asked.
 *
 * Reads the output of `systemctl show --property=… -- UNIT…`: `Key=value` lines, a blank line between
 * units, the order of the keys systemd's own. Values of single properties are raw; a property that is a
 * list of structures (ExecStart, EnvironmentFiles) has a line for each.
 */
export function parseUnitFacts(text: string): UnitFacts[] {
  return text
    .split('\n\n')
    .map((block) => block.trim())
    .filter((block) => block !== '')
    .map(parseBlock)
}

function parseBlock(block: string): UnitFacts {
  const values = new Map<string, string[]>()
  for (const line of block.split('\n')) {
    const equals = line.indexOf('=')
    const name = line.slice(0, equals)
    const value = name.startsWith('Exec') ? programOf(line) : line.slice(equals + 1)
    values.set(name, [...(values.get(name) ?? []), value])
  }
  const entries = UNIT_PROPERTIES.map((property) => [
    property,
    values.get(property)?.join('\n') ?? '',
  ])
  return Object.fromEntries(entries) as UnitFacts
}

/** Of a command line only the program is kept, as a unit file has it: `-` where it may fail or be missing. */
function programOf(line: string): string {
  const [, path = ''] = /^\w+=\{ path=(.*?) ; argv\[\]=/.exec(line) ?? []
  return `${path !== '' && / ; ignore_errors=yes ; /.test(line) ? '-' : ''}${path}`
}
