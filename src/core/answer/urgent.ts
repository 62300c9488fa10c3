import { failingChanges } from '../report/may-fail.ts'
import type { FailCode, Finding, Report } from '../report/report.ts'
import { commandOf } from './blocks.ts'
import type { BlockCommand } from './blocks.ts'
import { countOf } from './count.ts'
import type { Count } from './count.ts'
import { agedByFailing } from './placed.ts'
import type { Placed } from './placed.ts'

/** What may fail until it is renewed, and what renews it. */
export type Urgent = {
  /** What may fail, and because of which findings; the worst first. */
  readonly parts: readonly { readonly code: FailCode; readonly count: Count }[]
  /** What renews those that are safe to restart, and then the others that a command renews. */
  readonly commands: readonly BlockCommand[]
  readonly stays: Stays
}

/** The login that a restart leaves open, and the services whose clients it cuts off. */
export type Stays = {
  /** The unit that carries the login of the reader, which stays open; `null` where none does. */
  readonly carrier: Finding | null
  /** Whether new logins may fail, so that the login is needed until one has worked. */
  readonly isNeeded: boolean
  /** Those with clients that are connected. */
  readonly cut: readonly Finding[]
  /** The kinds of guests that go on. */
  readonly guests: { readonly containers: boolean; readonly machines: boolean }
}

const FAILING: readonly FailCode[] = ['logins', 'jobs', 'parts']

/**
 * Returns what may fail; `null` where nothing is known to.
 *
 * @param isWayBackAlone whether nearly all is renewed by a reboot, and before it only what lets a
 *   person back in, where that is safe
 */
export function urgentOf(
  placed: readonly Placed[],
  report: Report,
  isWayBackAlone = false,
): Urgent | null {
  const urgent = placed.filter(({ urgency }) => urgency === 'soon')
  if (urgent.length === 0) return null
  const restarted = urgent.filter(({ group }) => group === 'restart')
  const later = urgent.filter(({ group }) => group === 'later')
  const safe = isWayBackAlone ? wayBackOf(restarted) : restarted
  const parts = FAILING.flatMap((code) => {
    const count = countOf(
      urgent.filter(({ finding }) => finding.mayFail === code).map(agedByFailing),
      failingChanges,
    )
    return count === null ? [] : [{ code, count }]
  })
  const commands = [
    safe.length === 0 ? null : commandOf('restart', safe, report),
    isWayBackAlone ? null : commandOf('later', later, report),
  ].filter((command) => command !== null)
  return { parts, commands, stays: staysOf(urgent) }
}

/** Returns what lets a person back in: nothing where nobody logs in from elsewhere. */
function wayBackOf(urgent: readonly Placed[]): readonly Placed[] {
  const hasLogins = urgent.some(({ finding }) => finding.mayFail === 'logins')
  return hasLogins ? urgent.filter(({ finding }) => finding.mayFail !== 'jobs') : []
}

/** Returns the login that restarts leave open, and the services whose clients they cut off. */
export function staysOf(placed: readonly Placed[]): Stays {
  const restarted = placed.filter(({ group }) => group === 'restart').map(({ finding }) => finding)
  const has = (code: string) => (finding: Finding) =>
    finding.cautions.some((caution) => caution.code === code)
  const guests = restarted
    .flatMap(({ cautions }) => cautions)
    .flatMap((caution) => (caution.code === 'guests-go-on' ? caution.detail : []))
  const carrier = restarted.find(has('carries-your-connection')) ?? null
  return {
    carrier,
    isNeeded: carrier?.mayFail === 'logins',
    cut: restarted.filter(has('cuts-clients')),
    guests: {
      containers: guests.some(({ runtime }) => runtime !== 'vm'),
      machines: guests.some(({ runtime }) => runtime === 'vm'),
    },
  }
}
