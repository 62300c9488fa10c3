import { shortName } from '../act/names.ts'
import { printable, printableText } from '../printable.ts'
import type { Printable } from '../printable.ts'
import { nearestNames } from '../report/nearest.ts'
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
  const pools = {
    unit: named(unitsIn(known), isWholeName(text)),
    pkg: [...(known.installed?.keys() ?? [])].map((name) => printable(name)),
    user: [...known.userNames.values()],
  }
  const pool =
    as === 'name'
      ? [
          ...pools.unit,
          ...named(
            findings.map(({ name }) => name),
            isWholeName(text),
          ),
          ...(isWholeName(text) ? [] : [...pools.pkg, ...pools.user]),
        ]
      : as === 'unit' || as === 'pkg' || as === 'user'
        ? pools[as]
        : []
  const [nearest] = nearestNames(text, new Set(pool), 1)
  const prefix = meaning === null ? '' : `${meaning}:`
  return {
    typed,
    as,
    hasPackages: known.installed !== null,
    nearest: nearest === undefined ? null : printableText(`${prefix}${nearest}`),
  }
}

function kindOf({ text, meaning }: Subject): UnknownSubject['as'] {
  const isFile = meaning === 'file' || (meaning === null && text.includes('/'))
  if (isFile) return text.startsWith('/') ? 'file' : 'relative'
  if (meaning !== null) return meaning
  return numberIn(text) === null ? 'name' : 'pid'
}

/** Says whether a text is the whole name of a unit, with its type. */
function isWholeName(text: string): boolean {
  return text.includes('.') && UNIT_TYPES.has(unitType(text))
}

function unitsIn({ owners }: Known): readonly Printable[] {
  return [...owners.values()].flatMap((owner) => owner?.unit ?? [])
}

/** Returns the names of units, whole or as people type them. */
function named(units: readonly Printable[], isWhole: boolean): readonly Printable[] {
  return isWhole ? units : units.map(shortName)
}
