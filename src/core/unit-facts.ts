import { UNIT_PROPERTIES } from './types.ts'
import type { UnitFacts } from './types.ts'

/**
 * Returns one record a unit, in the order in which the units were asked.
 *
 * Reads the output of `systemctl show --property=... -- UNIT...`: `Key=value` lines, a blank line between
 * units, the order of the keys systemd's own. Values are raw: no property may be asked here that can hold
 * any text (ExecStart=, Description=).
 */
export function parseUnitFacts(text: string): UnitFacts[] {
  return text
    .split('\n\n')
    .map((block) => block.trim())
    .filter((block) => block !== '')
    .map(parseBlock)
}

function parseBlock(block: string): UnitFacts {
  const values = new Map<string, string>()
  for (const line of block.split('\n')) {
    const equals = line.indexOf('=')
    const name = line.slice(0, equals)
    const value = line.slice(equals + 1)
    const known = values.get(name)
    if (known === undefined) values.set(name, value)
    else if (LISTS.has(name)) values.set(name, `${known}\n${value}`)
  }
  const entries = UNIT_PROPERTIES.map((property) => [property, values.get(property) ?? ''])
  return Object.fromEntries(entries) as UnitFacts
}

/** Printed with a line for each item; of any other property the first line counts. */
const LISTS: ReadonlySet<string> = new Set(['EnvironmentFiles'])

/**
 * Returns the programs that a start runs, without those that may fail: `ExecStart={ path=... ; argv[]=... ;
 * ignore_errors=no ; ...` of one unit. The arguments can hold any text, so nothing else is asked with them.
 */
export function parsePrograms(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [, path = ''] = /^Exec\w+=\{ path=(.*?) ; argv\[\]=/.exec(line) ?? []
    return path === '' || / ; ignore_errors=yes ; /.test(line) ? [] : [path]
  })
}
