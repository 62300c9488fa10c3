import { printableText } from '../printable.ts'
import type { Printable } from '../printable.ts'
import { completedUnit, isUnitName, UNIT_TYPES } from '../systemd/unit-name.ts'

/**
 * What is wrong with the name of a unit as a person typed it. `option`: it begins with a dash.
 * `pattern`: it is a glob, which systemctl would try on all units. `template`: it has no instance.
 */
export type NameProblem = 'empty' | 'option' | 'pattern' | 'template' | 'no-name'

/** A name that cannot be that of a unit. */
export type WrongName = { readonly typed: Printable; readonly problem: NameProblem }

/** A name as it was typed, and the unit that it means. */
export type TypedName = { readonly typed: Printable; readonly unit: Printable }

/** Returns the units that typed names mean, or the first name that can mean none. */
export function typedNames(texts: readonly string[]): readonly TypedName[] | WrongName {
  const names: TypedName[] = []
  for (const text of texts) {
    const name = typedName(text)
    if ('problem' in name) return name
    names.push(name)
  }
  return names
}

/**
 * Returns the unit that a name means: `.service` is added where it has no type of a unit
 * (systemctl(1), "Parameter Syntax"). Nothing is escaped or matched, as systemctl would do it.
 */
export function typedName(text: string): TypedName | WrongName {
  const typed = printableText(text)
  const wrong = (problem: NameProblem) => ({ typed, problem })
  if (text === '') return wrong('empty')
  if (/[*?[\]]/.test(text)) return wrong('pattern')
  const whole = completedUnit(text)
  // The unit of the root directory is `-.mount`, and that of all slices `-.slice`.
  if (text.startsWith('-') && !isUnitName(text)) return wrong('option')
  if (/^[^@]+@\.[a-z]+$/.test(whole)) return wrong('template')
  return isUnitName(whole) ? { typed, unit: whole } : wrong('no-name')
}

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
