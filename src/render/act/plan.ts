import type { Around } from '../../core/act/around.ts'
import { isAllSeen, mayBeMore } from '../../core/act/checked.ts'
import { isNothing } from '../../core/act/plan.ts'
import type { Plan } from '../../core/act/plan.ts'
import { shortName } from '../../core/act/names.ts'
import { say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Line } from '../door.ts'
import type { PageSize } from '../width.ts'
import { counted } from '../words/words.ts'
import { lookCommand, systemctlCommand } from './commands.ts'
import { callerLines, clientLines, knowLines } from './costs.ts'
import { commandRows, heading, sentence } from './layout.ts'
import type { Screen } from './layout.ts'
import { leftLines } from './left.ts'
import { currentLines, nothingOld, notRunningLines } from './nothing.ts'
import { rebootReasonLines, rebootSentence, simplerLines } from './reboot.ts'

/** Returns what is going to be done, and what is not, before anything is done. */
export function planLines(plan: Plan, around: Around, screen: Screen): readonly Line[] {
  const isIdle = plan.units.length === 0 && plan.manager === null
  return [
    ...moreLines(plan, around, screen),
    ...managerLines(plan, screen),
    ...reloadLines(plan, screen),
    ...(isIdle ? idleLines(plan, around, screen) : restartLines(plan, around, screen)),
    ...currentLines(around, plan.isOfUser, screen),
    ...notRunningLines(around, plan.isOfUser, screen),
    ...knowLines(plan, screen),
    ...callerLines(plan, screen),
    ...clientLines(plan, screen),
    ...leftLines(plan, around, screen),
    ...(isIdle || plan.isNamed ? [] : simplerLines(around, screen)),
    ...rebootReasonLines(around, screen),
    ...(isIdle && !plan.isNamed && around.reboot.needed === 'none' ? [rebootSentence(around)] : []),
    ...othersLines(plan, screen),
    ...pacmanLines(plan, around, screen),
    ...remoteLines(plan, around, screen),
  ]
}

/** A limit stands first, since it holds for every number below. */
function moreLines(
  { isOfUser, isNamed, services }: Plan,
  { limits }: Around,
  screen: Screen,
): readonly Line[] {
  if (isNamed || services === 0 || !mayBeMore(limits, isOfUser)) return []
  const look = lookCommand(screen)
  return sentence(say`Not everything was seen, so there may be more. To see why: ${look}`, screen)
}

function managerLines({ manager, isOfUser, units }: Plan, page: PageSize): readonly Line[] {
  if (manager === null) return []
  const who = isOfUser ? say`Your manager (systemd --user)` : say`systemd itself`
  const does = units.length === 0 ? say`It re-executes itself` : say`It first re-executes itself`
  return [
    ...heading(say`${who} uses old code. ${does}, and stops no service:`, page),
    ...commandRows(systemctlCommand(isOfUser, 'daemon-reexec'), page),
  ]
}

function reloadLines({ isReloaded, isOfUser }: Plan, page: PageSize): readonly Line[] {
  if (!isReloaded) return []
  return [
    ...sentence(say`A unit file has changed, so systemd reads the unit files again:`, page),
    ...commandRows(systemctlCommand(isOfUser, 'daemon-reload'), page),
  ]
}

function restartLines(plan: Plan, around: Around, page: PageSize): readonly Line[] {
  const units = plan.units.map(({ unit }) => unit)
  if (units.length === 0)
    return plan.isNamed || plan.services === 0 ? [] : sentence(noneOf(plan.services, around), page)
  return [
    ...heading(whatRestarts(plan, units), page),
    ...commandRows(systemctlCommand(plan.isOfUser, 'restart', units), page),
  ]
}

function whatRestarts(plan: Plan, units: readonly Printable[]): Printable {
  const { isNamed, services } = plan
  const [only] = units
  if (only !== undefined && units.length === 1 && (isNamed || services === 1))
    return say`${shortName(only)} uses old code and will be restarted:`
  const who = say`that use old code will be restarted:`
  if (isNamed) return say`${counted(units.length, 'service', 'services')} ${who}`
  if (units.length < services)
    return say`${units.length} of the ${counted(services, 'service', 'services')} ${who}`
  return services === 2 ? say`Both services ${who}` : say`All ${services} services ${who}`
}

/** Returns the answer where nothing is to be restarted. */
function idleLines(plan: Plan, around: Around, page: PageSize): readonly Line[] {
  if (plan.isNamed) return [say`Nothing will be restarted.`]
  return sentence(
    plan.services > 0 ? noneOf(plan.services, around) : nothingOld(plan.isOfUser, around),
    page,
  )
}

function noneOf(services: number, { limits }: Around): Printable {
  if (services > 1)
    return say`None of the ${services} services that use old code will be restarted.`
  return isAllSeen(limits)
    ? say`The one service that uses old code will not be restarted.`
    : say`The one service that was seen to use old code will not be restarted.`
}

function othersLines({ others, isNamed }: Plan, screen: Screen): readonly Line[] {
  if (others === 0 || isNamed) return []
  const [use, them] =
    others === 1
      ? [say`1 other program uses`, say`it`]
      : [say`${others} other programs use`, say`them`]
  return sentence(say`${use} old code too. To see ${them}: ${lookCommand(screen)}`, screen)
}

/** In the middle of a transaction a service may start with files of two versions. */
function pacmanLines(plan: Plan, { isPacmanAtWork }: Around, page: PageSize): readonly Line[] {
  if (!isPacmanAtWork || isNothing(plan)) return []
  return sentence(
    say`pacman has its database locked: an upgrade may be half done. Wait for its end first.`,
    page,
  )
}

function remoteLines({ units }: Plan, { isRemote }: Around, screen: Screen): readonly Line[] {
  if (!isRemote || units.length === 0 || units.some(({ endsCaller }) => endsCaller)) return []
  const look = lookCommand(screen)
  return sentence(
    say`If this connection breaks, the restarts go on: look again with ${look}.`,
    screen,
  )
}
