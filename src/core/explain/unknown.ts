import { shortName } from '../act/names.ts'
import { isOfUser } from '../owner/kinds.ts'
import type { Owner } from '../owner/kinds.ts'
import { printable, printableText } from '../printable.ts'
import type { Printable } from '../printable.ts'
import { isLibraryName } from '../proc/classify.ts'
import { isOneLetterOff, nearestNames } from '../report/nearest.ts'
import type { Finding } from '../report/report.ts'
import { UNIT_TYPES, unitType } from '../systemd/unit-name.ts'
import type { UnknownSubject } from './explanation.ts'
import type { Known } from './known.ts'
import { numberIn } from './subject.ts'
import type { Subject } from './subject.ts'

/** Returns what is said of a subject that does not exist, with the name that it is nearest to. */
export function unknownSubject(
  subject: Subject,
  findings: readonly Finding[],
  known: Known,
): UnknownSubject {
  const { typed, text, meaning } = subject
  const as = kindOf(subject)
  const near = pools(subject, as, findings, known)
    .map((pool) => nearestNames(text, pool, 1)[0])
    .find((name) => name !== undefined)
  const prefix = meaning === null ? '' : `${meaning}:`
  return {
    typed,
    as,
    hasPackages: known.installed !== null,
    nearest: near === undefined ? null : printableText(`${prefix}${near}`),
  }
}

function kindOf({ text, meaning }: Subject): UnknownSubject['as'] {
  const isFile =
    meaning === 'file' || (meaning === null && (text.includes('/') || isLibraryName(text)))
  if (isFile) return text.startsWith('/') ? 'file' : 'relative'
  if (meaning !== null) return meaning
  return numberIn(text) === null ? 'name' : 'pid'
}

/** Says whether a text is the whole name of a unit, with its type. */
function isWholeName(text: string): boolean {
  return text.includes('.') && UNIT_TYPES.has(unitType(text))
}

/**
 * Returns the names that may have been meant, those of the machine first: what a user chose is
 * suggested only where nothing of the machine is near.
 */
function pools(
  { text }: Subject,
  as: UnknownSubject['as'],
  findings: readonly Finding[],
  { owners, installed, userNames }: Known,
): readonly (readonly Printable[])[] {
  const isWhole = isWholeName(text)
  // What stands behind the point may be a type that was mistyped.
  const hasType = text.includes('.')
  const all = [...owners.values()].flatMap((one) => one ?? [])
  const unitsOf = (some: readonly Owner[]) =>
    named(
      some.flatMap(({ unit }) => unit ?? []),
      hasType,
    )
  const units = unitsOf(all.filter((one) => !isOfUser(one)))
  const ofUsers = unitsOf(all.filter(isOfUser)).filter(isPlain)
  const packages = [...(installed?.keys() ?? [])].map((name) => printable(name))
  const users = [...userNames.values()].filter(isPlain)
  switch (as) {
    case 'unit':
      return [units, ofUsers]
    case 'pkg':
      return [packages]
    case 'user':
      return [users]
    case 'name': {
      const found = findings.map(({ name }) => name).filter(isPlain)
      const others = [...ofUsers, ...named(found, hasType)]
      if (isWhole) return [units, others]
      // A few letters are near to the name of some user: `reboot` to `root`.
      return [
        [...units, ...packages],
        [...others, ...users.filter((name) => isOneLetterOff(text, name))],
      ]
    }
    default:
      return []
  }
}

/** Says whether a name cannot read like words of this program. */
function isPlain(name: Printable): boolean {
  return /^[\w@.+-]+$/.test(name)
}

/** Returns the names of units, whole or as people type them. */
function named(units: readonly Printable[], isWhole: boolean): readonly Printable[] {
  return isWhole ? units : units.map(shortName)
}
