import {
  atConsoles,
  closingAmong,
  countGraphical,
  leftAmong,
  parseSessionIds,
  parseSessions,
  remoteHostsOf,
  SESSION_PROPERTIES,
  unattendedAmong,
} from '../../core/systemd/sessions.ts'
import type { ConsoleLogin, LeftSession, Session, Unattended } from '../../core/systemd/sessions.ts'
import type { Locks } from '../../core/owner/locks.ts'
import type { Ask } from '../program.ts'
import { inhibitorLocks } from './bus.ts'

/** What logind knows of sessions. */
export type Logind = {
  /** Returns the number of graphical sessions, or `null` when logind could not be asked. */
  readonly graphicalSessions: () => Promise<number | null>
  /** Returns who is logged in at virtual consoles, or `null` when logind could not be asked. */
  readonly consoleLogins: () => Promise<readonly ConsoleLogin[] | null>
  /** Returns the hosts of remote logins, as the programs that accepted them say. */
  readonly remoteHosts: () => Promise<readonly string[]>
  /**
   * Returns the sessions whose user has logged out: closing, or unknown to logind; none where
   * logind could not be asked.
   */
  readonly leftSessions: (ids: readonly string[]) => Promise<readonly string[]>
  /** Returns the sessions that are closing; none where logind could not be asked. */
  readonly closingSessions: () => Promise<readonly LeftSession[]>
  /** Returns the sessions that no person has logged in to; none where logind cannot be asked. */
  readonly unattended: () => Promise<Unattended>
  /** Returns the inhibitor locks of processes, or `null` where logind could not be asked. */
  readonly locksOf: (pids: readonly number[]) => Promise<Locks | null>
}

const QUESTION = { maxBytes: 1024 * 1024, encoding: 'utf8' } as const

/** Opens the logind of the running machine. It is asked about sessions once. */
export function liveLogind(ask: Ask): Logind {
  let known: ReturnType<typeof sessionsOf> | null = null
  const sessions = () => (known ??= sessionsOf(ask))
  return {
    async graphicalSessions() {
      const found = await sessions()
      return found === null ? null : countGraphical(found)
    },
    async consoleLogins() {
      const found = await sessions()
      return found === null ? null : atConsoles(found)
    },
    async remoteHosts() {
      const found = await sessions()
      return found === null ? [] : remoteHostsOf(found)
    },
    async leftSessions(ids) {
      const found = await sessions()
      return found === null ? [] : leftAmong(ids, found)
    },
    async closingSessions() {
      const found = await sessions()
      return found === null ? [] : closingAmong(found)
    },
    async unattended() {
      const found = await sessions()
      return unattendedAmong(found ?? [])
    },
    async locksOf(pids) {
      const all = await inhibitorLocks(ask)
      return all && new Map([...all].filter(([pid]) => pids.includes(pid)))
    },
  }
}

/** The logind of a machine that has none to ask. */
export const silentLogind: Logind = {
  graphicalSessions: async () => null,
  consoleLogins: async () => null,
  remoteHosts: async () => [],
  leftSessions: async () => [],
  closingSessions: async () => [],
  unattended: async () => unattendedAmong([]),
  locksOf: async () => null,
}

/**
 * Returns the sessions in two calls of loginctl(1): the ids, then the properties of all of them.
 */
async function sessionsOf(ask: Ask): Promise<readonly Session[] | null> {
  const list = await loginctl(ask, ['list-sessions', '--no-legend', '--no-pager'])
  if (list === null) return null
  const ids = parseSessionIds(list)
  if (ids.length === 0) return []
  const text = await loginctl(ask, ['show-session', ...PROPERTIES, '--', ...ids])
  return parseSessions(text ?? '', ids.length)
}

/**
 * The properties, one option each. loginctl(1) takes no list at commas, and gives no error for one.
 */
const PROPERTIES = SESSION_PROPERTIES.map((name) => `--property=${name}`)

async function loginctl(ask: Ask, argv: readonly string[]): Promise<string | null> {
  const said = await ask('/usr/bin/loginctl', argv, QUESTION)
  return 'stdout' in said ? said.stdout : null
}
