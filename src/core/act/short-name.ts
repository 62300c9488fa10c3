import { printableText } from '../printable.ts'
import type { Printable } from '../printable.ts'
import { UNIT_TYPES } from '../systemd/unit-name.ts'

const SERVICE = '.service'

/**
 * Returns the name of a unit as people type it: without `.service`, which systemctl adds to a name
 * without a type (`unit_name_mangle` of systemd's src/basic/unit-name.c). It stays where the rest
 * ends in a type of its own or would read like an option, and where a shell needs quotes around the
 * name.
 *
 * @example shortName('nginx.service') // 'nginx'
 */
export function shortName(unit: Printable): Printable {
  if (!unit.endsWith(SERVICE) || /^-|\\/.test(unit)) return unit
  const rest = unit.slice(0, -SERVICE.length)
  const isTyped = rest.includes('.') && UNIT_TYPES.has(rest.slice(rest.lastIndexOf('.') + 1))
  return isTyped ? unit : printableText(rest)
}
