import { shortName, typedName } from '../act/names.ts'
import { markPlanOf } from '../act/marks.ts'
import type { Mark } from '../act/marks.ts'
import type { Plan } from '../act/plan.ts'
import { numberIn, parseSubject } from '../explain/subject.ts'
import { printableText } from '../printable.ts'
import type { Printable } from '../printable.ts'
import type { PackageChange } from '../pacman/package-change.ts'
import { changesOf } from '../report/fixed-advisories.ts'
import type { Finding, Report } from '../report/report.ts'
import { isUnitName } from '../systemd/unit-name.ts'

/** A name that a shell completes, and what is told beside it. */
export type Offer = {
  readonly name: Printable
  /** The packages of the old code that it uses. */
  readonly packages: readonly Printable[]
  /** What pacman did, where the name is that of a package; `null` for any other. */
  readonly change: PackageChange | null
}

/** The bound on what is offered. What belongs to the machine comes before what users chose. */
export const MOST_OFFERS = 1000

/**
 * The names that need no quotes in a shell, but for a backslash. None reads like an option or a
 * parameter.
 */
const OFFERED = /^[\w\\][\w@.+:\\-]*$/

/** The names that packages can have (PKGBUILD(5), pkgname). */
const PACKAGE = /^[\w@+][\w@.+-]*$/

/**
 * Returns what `explain` is asked about: all that is old now, and the packages that it comes from.
 */
export function offersToExplain({ findings }: Pick<Report, 'findings'>): readonly Offer[] {
  const namesOf = (isOfUser: boolean) =>
    findings.flatMap((finding) => {
      const name = (finding.user !== null) === isOfUser ? nameToExplain(finding) : null
      return name === null ? [] : [{ name, packages: packagesOf([finding]), change: null }]
    })
  const changes = findings.flatMap(changesOfMachine)
  const packages = changes.flatMap((change) => {
    const { name } = change
    return isPlainSubject(name) && PACKAGE.test(name) ? [{ name, packages: [], change }] : []
  })
  return bounded([...namesOf(false), ...packages, ...namesOf(true)])
}

/** Returns the units that `restart` takes by name, as its plan for all of them says. */
export function offersToRestart(
  { units, manager }: Plan,
  findings: readonly Finding[],
): readonly Offer[] {
  const managers = manager?.unit ? [manager.unit] : []
  return offersOf([...units.map(({ unit }) => unit), ...managers], findings)
}

/** Returns the units that `mark` takes by name, as the plan of a restart of all of them says. */
export function offersToMark(plan: Plan, findings: readonly Finding[]): readonly Offer[] {
  return offersOf(markPlanOf(plan).units, findings)
}

/** Returns the units whose marks `mark --clear` takes back. */
export function offersToClear(
  marks: readonly Mark[],
  findings: readonly Finding[],
): readonly Offer[] {
  const units = marks.flatMap(({ unit, markers }) =>
    markers.includes('needs-restart') ? [unit] : [],
  )
  return offersOf(units, findings)
}

function offersOf(units: readonly Printable[], findings: readonly Finding[]): readonly Offer[] {
  return bounded(
    units.flatMap((unit) => {
      const short = shortName(unit)
      const meant = typedName(short)
      const name = 'unit' in meant && meant.unit === unit ? short : unit
      if (!isUnitName(unit) || !OFFERED.test(name)) return []
      const packages = packagesOf(findings.filter((one) => one.unit === unit))
      return [{ name, packages, change: null }]
    }),
  )
}

/** Returns each name once, with the packages of all that has it. */
function bounded(offers: readonly Offer[]): readonly Offer[] {
  const byName = new Map<string, Offer>()
  for (const offer of offers) {
    const known = byName.get(offer.name)
    if (known === undefined && byName.size >= MOST_OFFERS) continue
    const packages = [...new Set([...(known?.packages ?? []), ...offer.packages])]
    byName.set(offer.name, { ...(known ?? offer), packages })
  }
  return [...byName.values()]
}

/** Returns the name by which `explain` finds a finding; `null` where it has none to be typed. */
function nameToExplain({ kind, name, unit, rule }: Finding): Printable | null {
  const isUnit = unit !== null && isUnitName(unit) && rule !== 'started-by-bus'
  if (!isUnit || kind === 'app' || kind === 'container' || kind === 'vm')
    // A backslash in such a name stands for a character that is not printed.
    return isPlainSubject(name) && !name.includes('\\') ? name : null
  const meant = [shortName(unit), unit].find(isPlainSubject)
  if (meant !== undefined) return meant
  const prefixed = printableText(`unit:${unit}`)
  return OFFERED.test(unit) ? prefixed : null
}

/** Says whether a name is read as it stands: not as a number, and not with a prefix. */
function isPlainSubject(name: string): boolean {
  return OFFERED.test(name) && numberIn(name) === null && parseSubject(name).meaning === null
}

/** Returns the names of the packages of old code, each once. */
function packagesOf(findings: readonly Finding[]): readonly Printable[] {
  const names = findings.flatMap(changesOfMachine).map(({ name }) => name)
  return [...new Set(names)].filter((name) => PACKAGE.test(name))
}

/**
 * Returns what pacman did to the packages of a finding, its own first. Nothing in a container is of
 * the machine's packages.
 */
function changesOfMachine({ kind, files, ownPackage }: Finding): readonly PackageChange[] {
  if (kind === 'container') return []
  const own = ownPackage === null ? [] : [ownPackage.change]
  return [...own, ...changesOf({ files, ownPackage: null })]
}
