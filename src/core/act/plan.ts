import { compareText } from '../printable.ts'
import type { Printable } from '../printable.ts'
import type { Kind } from '../owner/kinds.ts'
import type { Finding, Report } from '../report/report.ts'
import type { UnitProgress } from './progress.ts'
import { isRenewed } from './renewed.ts'
import type { NotCleared } from './renewed.ts'
import { isAskedFor } from './when-named.ts'

/** Which units are wanted, by the names that systemd gives them. */
export type Wanted = {
  /** `null`: all that is safe. */
  readonly named: ReadonlySet<string> | null
  readonly except: ReadonlySet<string>
  /** Whether the services of the caller's own manager are meant, and not those of the system. */
  readonly isOfUser: boolean
}

/**
 * Why a plan leaves a unit alone. `costs`: it is restarted where it is named. `impossible`: a
 * restart does not help, or cannot be done. `renewed`: a restart did not clear it.
 */
export type LeftCode = 'excepted' | 'renewed' | 'reboot' | 'costs' | 'impossible'

/** A unit that a plan restarts. */
export type Planned = {
  readonly unit: Printable
  readonly finding: Finding
  /** Whether nothing speaks against a restart. The others were named. */
  readonly isSafe: boolean
  /** Whether the session or job that this program runs in ends with it. */
  readonly endsCaller: boolean
}

/** A unit that uses old code, and that a plan leaves alone. */
export type Left = {
  readonly unit: Printable
  readonly finding: Finding
  readonly code: LeftCode
}

/** What `restart` is going to do. */
export type Plan = {
  readonly isOfUser: boolean
  readonly isNamed: boolean
  /** The finding of the manager itself, which re-executes itself; `null` where it need not. */
  readonly manager: Finding | null
  /** Whether a unit file changed, and systemd reads them again first. */
  readonly isReloaded: boolean
  readonly units: readonly Planned[]
  /** Of these units, the ones with other old processes, which a restart leaves alone. */
  readonly keeping: readonly Printable[]
  /** Of a plan by names only those that were named. */
  readonly left: readonly Left[]
  /** The number of services that use old code. */
  readonly services: number
  /** The number of findings that are no services of this manager. */
  readonly others: number
}

/** Returns the kinds of findings that one manager can renew. */
function kindsOf(isOfUser: boolean): { readonly service: Kind; readonly manager: Kind } {
  return isOfUser
    ? { service: 'user-service', manager: 'user-manager' }
    : { service: 'service', manager: 'manager' }
}

/**
 * Returns the plan for a report.
 *
 * @param uid whose services `isOfUser` means
 * @param states what systemd says of the units now
 * @param remembered the restarts that cleared nothing
 */
export function planOf(
  { findings }: Pick<Report, 'findings'>,
  wanted: Wanted,
  uid: number,
  states: ReadonlyMap<string, UnitProgress>,
  remembered: readonly NotCleared[] = [],
): Plan {
  const { isOfUser, named, except } = wanted
  const kinds = kindsOf(isOfUser)
  const isOurs = ({ user }: Finding) => !isOfUser || user?.uid === uid
  const own = findings.filter((finding) => isOurs(finding))
  const isNamed = ({ unit }: Finding) => unit !== null && named !== null && named.has(unit)
  const isJudged = (finding: Finding) =>
    finding.kind === kinds.service || (isNamed(finding) && isOtherUnit(finding, isOfUser))
  const services = servicesAmong(own.filter(isJudged))
  const manager = own.find(({ kind, command }) => kind === kinds.manager && command !== null)
  const isWanted = (unit: string) => named === null || named.has(unit)
  const judged = [...services]
    .filter(([unit]) => isWanted(unit))
    .map(([unit, finding]) =>
      judge({ unit, finding }, wanted, (old) => isRenewed(old, states.get(unit), remembered)),
    )
    .toSorted((a, b) => compareText(a.unit, b.unit))
  const units = judged.flatMap((one) => ('code' in one ? [] : [one]))
  const isManagerMeant = manager?.unit && isWanted(manager.unit) && !except.has(manager.unit)
  return {
    isOfUser,
    isNamed: named !== null,
    manager: manager !== undefined && isManagerMeant ? manager : null,
    isReloaded: units.some(({ unit }) => states.get(unit)?.needsReload),
    units,
    keeping: keepingAmong(units, own),
    left: judged.flatMap((one) => ('code' in one ? [one] : [])),
    services: services.size,
    others: findings.filter(({ kind }) => kind !== kinds.service && kind !== kinds.manager).length,
  }
}

/** Returns the units of which some processes stay as they are: those are findings of their own. */
function keepingAmong(
  units: readonly Planned[],
  findings: readonly Finding[],
): readonly Printable[] {
  return units.flatMap(({ unit, finding }) => {
    const isOther = (one: Finding) => one.kind === finding.kind && one !== finding
    return findings.some((one) => one.unit === unit && isOther(one)) ? [unit] : []
  })
}

/** Returns the names of the units that use old code, and that one manager has. */
export function oldUnits(
  { findings }: Pick<Report, 'findings'>,
  isOfUser: boolean,
): readonly Printable[] {
  const { service, manager } = kindsOf(isOfUser)
  return findings.flatMap(({ kind, unit }) =>
    unit !== null && (kind === service || kind === manager) ? [unit] : [],
  )
}

/**
 * Returns the names of all units of one manager that use old code: of services, and of what is
 * none, such as sessions.
 */
export function allOldUnits(
  report: Pick<Report, 'findings'>,
  isOfUser: boolean,
): readonly Printable[] {
  const others = report.findings.filter((finding) => isOtherUnit(finding, isOfUser))
  return [
    ...oldUnits(report, isOfUser),
    ...others.flatMap(({ unit }) => (unit === null ? [] : [unit])),
  ]
}

/**
 * Says whether a finding is about a unit of a manager that is neither a service nor the manager.
 * The units of sessions and of users' managers belong to the system's manager, as those of guests
 * do that lie below no user.
 */
function isOtherUnit({ kind, user }: Finding, isOfUser: boolean): boolean {
  const isOfSystem = kind === 'session' || kind === 'user-manager' || user === null
  return !SERVED.has(kind) && isOfSystem !== isOfUser
}

const SERVED: ReadonlySet<Kind> = new Set(['service', 'manager', 'user-service'])

/**
 * Returns one finding for each unit. A unit has several where a restart leaves some of its
 * processes alone: the one that a restart ends counts, and the safe one first, as in the commands
 * of a scan.
 */
function servicesAmong(findings: readonly Finding[]): ReadonlyMap<Printable, Finding> {
  const byUnit = new Map<Printable, Finding>()
  for (const finding of findings) {
    const { unit } = finding
    if (unit === null) continue
    const known = byUnit.get(unit)
    if (known === undefined || rankOf(finding) > rankOf(known)) byUnit.set(unit, finding)
  }
  return byUnit
}

function rankOf(finding: Finding): number {
  return isSafelyRestarted(finding) ? 2 : isOffered(finding) ? 1 : 0
}

function judge(
  { unit, finding }: Pick<Left, 'unit' | 'finding'>,
  { named, except }: Wanted,
  wasRenewed: (finding: Finding) => boolean,
): Planned | Left {
  const left = (code: LeftCode) => ({ unit, finding, code })
  if (except.has(unit)) return left('excepted')
  if (finding.action === 'soft-reboot' || finding.action === 'reboot') return left('reboot')
  if (!isOffered(finding)) return left('impossible')
  if (wasRenewed(finding)) return left('renewed')
  const isSafe = isSafelyRestarted(finding)
  if (!isSafe && named === null) return left('costs')
  return { unit, finding, isSafe, endsCaller: endsCaller(finding) }
}

/** Says whether the session or job that this program runs in ends with a restart. */
export function endsCaller({ rule, cautions }: Pick<Finding, 'rule' | 'cautions'>): boolean {
  return ENDS_CALLER.has(rule) || cautions.some(({ code }) => ENDS_CALLER.has(code))
}

const ENDS_CALLER: ReadonlySet<string> = new Set([
  'you-are-inside',
  'own-job',
  'ends-your-connection',
])

/** Says whether a restart is the step for a finding, and nothing speaks against it. */
export function isSafelyRestarted({ action, command, cautions }: Finding): boolean {
  const isRestart = action === 'restart' || action === 'user-restart'
  return isRestart && command !== null && !cautions.some(({ blocking }) => blocking)
}

/** Says whether the caller can ask for a restart of the unit. */
function isOffered(finding: Finding): boolean {
  return isSafelyRestarted(finding) || isAskedFor(finding)
}

/** Says whether a plan does nothing. */
export function isNothing({ units, manager }: Plan): boolean {
  return units.length === 0 && manager === null
}
