import { firstValue, parsePropertyBlocks } from './property-blocks.ts'
import type { PropertyBlock } from './property-blocks.ts'

/** A session of logind: a login of one user (sd-login(3)). */
export type Session = {
  readonly id: string
  /** Whether a user works at a screen: type and class of sd_session_get_type(3). */
  readonly isGraphical: boolean
  /** Whether its user has logged out and left processes (sd_session_get_state(3)). */
  readonly isClosing: boolean
  /** What it is for (sd_session_get_class(3)): a `login`, a `greeter` or a `command`. */
  readonly purpose: 'login' | 'greeter' | 'command' | 'other'
  /**
   * The host that the login came from, as the program that accepted it says; `null` for a local
   * login.
   */
  readonly remoteHost: string | null
  /** The virtual console of a login of a person, by its name below `/dev`; `null` for none. */
  readonly terminal: string | null
  readonly uid: number
}

/** A login of a person at a virtual console (`tty3`). */
export type ConsoleLogin = { readonly terminal: string; readonly uid: number }

/** The properties that loginctl is asked for. */
export const SESSION_PROPERTIES = [
  'Id',
  'Type',
  'Class',
  'State',
  'Remote',
  'RemoteHost',
  'User',
  'VTNr',
  'TTY',
] as const

type Property = (typeof SESSION_PROPERTIES)[number]

/** The properties that every answer has: loginctl(1) leaves out an empty text. */
const ALWAYS_THERE = SESSION_PROPERTIES.filter((name) => name !== 'RemoteHost' && name !== 'TTY')

/** The types of a session with a screen (`session_type_table` of systemd's logind-session.c). */
const SCREENS: ReadonlySet<string> = new Set(['x11', 'wayland', 'mir'])

/**
 * Returns the ids in the output of `loginctl list-sessions --no-legend`. The other columns are not
 * read.
 */
export function parseSessionIds(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => /^\s*([0-9A-Za-z]+)\s/.exec(line)?.[1] ?? [])
}

/**
 * Reads the output of `loginctl show-session --property=...`: a block for each session.
 *
 * Returns `null` where a session or a property is missing. A session may have ended since it was
 * listed, and then the ids of the blocks are not known.
 *
 * @param count the number of sessions that were asked about
 */
export function parseSessions(text: string, count: number): readonly Session[] | null {
  const blocks = parsePropertyBlocks(text)
  const isWhole = blocks.length === count && blocks.every(isWholeSession)
  return isWhole ? blocks.map(sessionOf) : null
}

function isWholeSession(block: PropertyBlock): boolean {
  return ALWAYS_THERE.every((name) => block.has(name))
}

function sessionOf(block: PropertyBlock): Session {
  const value = (name: Property) => firstValue(block, name)
  const isClosing = value('State') === 'closing'
  return {
    id: value('Id'),
    isGraphical: SCREENS.has(value('Type')) && value('Class') === 'user',
    isClosing,
    purpose: purposeOf(value('Class')),
    remoteHost: value('Remote') === 'yes' ? value('RemoteHost') : null,
    terminal: value('Class').startsWith('user') ? consoleIn(value('TTY'), value('VTNr')) : null,
    uid: Number(value('User')),
  }
}

/**
 * Without terminal and display it is `background` (pam_systemd(8)), as of cron and `PAMName=`. The
 * manager of a user has a session of its own class.
 */
function purposeOf(className: string): Session['purpose'] {
  if (className === 'greeter') return 'greeter'
  if (className.startsWith('background')) return 'command'
  return className.startsWith('user') ? 'login' : 'other'
}

/**
 * Returns the virtual console of a session. One with a screen may have its number alone
 * (sd_session_get_vt(3)).
 */
function consoleIn(terminal: string, number: string): string | null {
  if (/^tty[1-9]\d?$/.test(terminal)) return terminal
  return /^[1-9]\d?$/.test(number) ? `tty${number}` : null
}

/** Returns the number of graphical sessions. */
export function countGraphical(sessions: readonly Session[]): number {
  return sessions.filter(({ isGraphical, isClosing }) => isGraphical && !isClosing).length
}

/** Returns who is logged in at virtual consoles. */
export function atConsoles(sessions: readonly Session[]): readonly ConsoleLogin[] {
  return sessions.flatMap(({ terminal, uid, isClosing }) =>
    terminal === null || isClosing || !Number.isSafeInteger(uid) ? [] : [{ terminal, uid }],
  )
}

/** What logind knows of sessions that no person has logged in to. */
export type Unattended = {
  /** The users of login screens, who have no other sessions. */
  readonly greeters: readonly number[]
  /** The ids of sessions that were made for a command. */
  readonly commands: readonly string[]
}

/** Returns the sessions that no person has logged in to. The manager of a user has one as well. */
export function unattendedAmong(sessions: readonly Session[]): Unattended {
  const of = (wanted: Session['purpose']) => sessions.filter(({ purpose }) => purpose === wanted)
  const persons = new Set(of('login').map(({ uid }) => uid))
  const greeters = of('greeter').map(({ uid }) => uid)
  return {
    greeters: [...new Set(greeters)].filter(
      (uid) => Number.isSafeInteger(uid) && !persons.has(uid),
    ),
    commands: of('command').flatMap(({ id, isClosing }) => (isClosing ? [] : [id])),
  }
}

/** Returns the hosts of remote logins, each once. */
export function remoteHostsOf(sessions: readonly Session[]): readonly string[] {
  return [...new Set(sessions.flatMap((one) => (one.isClosing ? [] : (one.remoteHost ?? []))))]
}

/** A session that its user has left, and that processes keep open: its id and its user. */
export type LeftSession = Pick<Session, 'id' | 'uid'>

/** Returns the sessions that are closing. */
export function closingAmong(sessions: readonly Session[]): readonly LeftSession[] {
  return sessions.flatMap(({ id, uid, isClosing }) =>
    isClosing && Number.isSafeInteger(uid) ? [{ id, uid }] : [],
  )
}

/** Returns the ids of sessions that are closing, or are not among these sessions. */
export function leftAmong(ids: readonly string[], sessions: readonly Session[]): readonly string[] {
  const present = new Set(sessions.flatMap(({ id, isClosing }) => (isClosing ? [] : [id])))
  return ids.filter((id) => !present.has(id))
}
