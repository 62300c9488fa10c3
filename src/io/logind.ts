import { errorCode } from './error.ts'

/** What logind knows of who is logged in. */
export type Logind = {
  /** Returns how many graphical sessions of users there are; `null` when it could not be asked. */
  readonly graphicalSessions: () => Promise<number | null>
}

const TIME_LIMIT_MS = 1500

/**
 * Asks the running machine's logind, in two calls: the ids, then the properties of all of them
 * (loginctl(1)). Type and class are those of sd_session_get_type(3).
 */
export const liveLogind: Logind = {
  async graphicalSessions() {
    const { spawnSync } = await import('node:child_process')
    const ask = (argv: readonly string[]): string | null => {
      const { status, stdout, error } = spawnSync('/usr/bin/loginctl', argv, {
        env: { PATH: '/usr/bin', LC_ALL: 'C' },
        encoding: 'utf8',
        timeout: TIME_LIMIT_MS,
        killSignal: 'SIGKILL',
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      return status === 0 && errorCode(error) === '' ? stdout : null
    }
    const list = ask(['list-sessions', '--no-legend', '--no-pager'])
    if (list === null) return null
    const ids = list.split('\n').flatMap((line) => /^\s*([0-9A-Za-z]+)\s/.exec(line)?.[1] ?? [])
    if (ids.length === 0) return 0
    const properties = ask(['show-session', '--property=Type,Class,State', '--', ...ids])
    return properties === null ? null : countGraphical(properties)
  },
}

/** Stands in where there is no logind to ask. */
export const silentLogind: Logind = { graphicalSessions: async () => null }

function countGraphical(text: string): number {
  return text.split('\n\n').filter((block) => {
    const lines = block.trim().split('\n')
    const isGraphical = lines.some((line) => /^Type=(?:x11|wayland|mir)$/.test(line))
    return isGraphical && lines.includes('Class=user') && !lines.includes('State=closing')
  }).length
}
