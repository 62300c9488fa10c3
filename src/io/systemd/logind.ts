import {
  countGraphical,
  leftAmong,
  parseSessionIds,
  parseSessions,
  remoteHostsOf,
  SESSION_PROPERTIES,
} from '../../core/systemd/sessions.ts'
import type { Session } from '../../core/systemd/sessions.ts'
import type { Ask } from '../program.ts'

/** What logind knows of who is logged in. */
export type Logind = {
  /** Returns how many graphical sessions of users there are; `null` when it could not be asked. */
  readonly graphicalSessions: () => Promise<number | null>
  /**
   * Returns the hosts that people are logged in from, as the program that let them in names them.
   */
  readonly remoteHosts: () => Promise<readonly string[]>
  /**
   * Returns which of the sessions nobody is logged in to any more: closing, or unknown to logind;
   * none where it could not be asked.
   */
  readonly leftSessions: (ids: readonly string[]) => Promise<readonly string[]>
}

const QUESTION = { maxBytes: 1024 * 1024, encoding: 'utf8' } as const

/** Asks the running machine's logind. */
export function liveLogind(ask: Ask): Logind {
  return {
    async graphicalSessions() {
      const found = await sessions(ask)
      return found === null ? null : countGraphical(found)
    },
    async remoteHosts() {
      const found = await sessions(ask)
      return found === null ? [] : remoteHostsOf(found)
    },
    async leftSessions(ids) {
      const found = await sessions(ask)
      return found === null ? [] : leftAmong(ids, found)
    },
  }
}

/** Stands in where there is no logind to ask. */
export const silentLogind: Logind = {
  graphicalSessions: async () => null,
  remoteHosts: async () => [],
  leftSessions: async () => [],
}

/** In two calls of loginctl(1): the ids, then the properties of all of them. */
async function sessions(ask: Ask): Promise<readonly Session[] | null> {
  const list = await loginctl(ask, ['list-sessions', '--no-legend', '--no-pager'])
  if (list === null) return null
  const ids = parseSessionIds(list)
  if (ids.length === 0) return []
  const text = await loginctl(ask, ['show-session', ...PROPERTIES, '--', ...ids])
  return parseSessions(text ?? '', ids.length)
}

/**
 * Unlike systemctl(1), loginctl(1) takes no list of names at commas, and gives no error for one.
 */
const PROPERTIES = SESSION_PROPERTIES.map((name) => `--property=${name}`)

async function loginctl(ask: Ask, argv: readonly string[]): Promise<string | null> {
  const said = await ask('/usr/bin/loginctl', argv, QUESTION)
  return 'stdout' in said ? said.stdout : null
}
