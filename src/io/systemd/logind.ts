import type { Ask } from '../program.ts'

/** What logind knows of who is logged in. */
export type Logind = {
  /** Returns how many graphical sessions of users there are; `null` when it could not be asked. */
  readonly graphicalSessions: () => Promise<number | null>
  /** Returns the hosts that people are logged in from, as whoever let them in names them. */
  readonly remoteHosts: () => Promise<readonly string[]>
  /**
   * Returns which of the sessions nobody is logged in to any more: closing, or unknown to logind; none where
   * it could not be asked.
   */
  readonly leftSessions: (ids: readonly string[]) => Promise<readonly string[]>
}

const QUESTION = { maxBytes: 1024 * 1024, encoding: 'utf8' } as const

/**
 * Asks the running machine's logind, in two calls: the ids, then the properties of all of them
 * (loginctl(1)). Type and class are those of sd_session_get_type(3).
 */
export function liveLogind(ask: Ask): Logind {
  return {
    async graphicalSessions() {
      const found = await sessions(ask)
      return found?.filter(isGraphical).length ?? null
    },
    async remoteHosts() {
      const found = await sessions(ask)
      return [...new Set(found?.flatMap((session) => remoteHost(session) ?? []))]
    },
    async leftSessions(ids) {
      const found = await sessions(ask)
      if (found === null) return []
      const present = found.filter((session) => !session.includes('State=closing'))
      return ids.filter((id) => !present.some((session) => session.includes(`Id=${id}`)))
    },
  }
}

/** Stands in where there is no logind to ask. */
export const silentLogind: Logind = {
  graphicalSessions: async () => null,
  remoteHosts: async () => [],
  leftSessions: async () => [],
}

/** The `Name=value` lines of one session. */
type Session = readonly string[]

async function sessions(ask: Ask): Promise<readonly Session[] | null> {
  const loginctl = async (...argv: readonly string[]): Promise<string | null> => {
    const said = await ask('/usr/bin/loginctl', argv, QUESTION)
    return 'stdout' in said ? said.stdout : null
  }
  const list = await loginctl('list-sessions', '--no-legend', '--no-pager')
  if (list === null) return null
  const ids = list.split('\n').flatMap((line) => /^\s*([0-9A-Za-z]+)\s/.exec(line)?.[1] ?? [])
  if (ids.length === 0) return []
  const properties = PROPERTIES.map((name) => `--property=${name}`)
  const text = await loginctl('show-session', ...properties, '--', ...ids)
  const blocks = text?.split('\n\n').map((block) => block.trim().split('\n')) ?? []
  // A session may have ended since it was listed: then nobody can say what the answers belong to.
  return blocks.length === ids.length && blocks.every(hasAll) ? blocks : null
}

/** Unlike systemctl(1), loginctl(1) does not take a list of names at commas, and says nothing of it. */
const PROPERTIES = ['Id', 'Type', 'Class', 'State', 'Remote', 'RemoteHost'] as const

/** `RemoteHost` is left out where there is none. */
function hasAll(session: Session): boolean {
  return ['Id=', 'Type=', 'Class=', 'State=', 'Remote='].every((name) =>
    session.some((line) => line.startsWith(name)),
  )
}

function isGraphical(session: Session): boolean {
  const hasScreen = session.some((line) => /^Type=(?:x11|wayland|mir)$/.test(line))
  return hasScreen && session.includes('Class=user') && !session.includes('State=closing')
}

function remoteHost(session: Session): string | null {
  const isRemote = session.includes('Remote=yes') && !session.includes('State=closing')
  const host = session.find((line) => line.startsWith('RemoteHost='))
  return isRemote ? (host?.slice('RemoteHost='.length) ?? '') : null
}
