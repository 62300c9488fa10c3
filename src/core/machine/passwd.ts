import { printable, printableText } from '../printable.ts'
import type { Printable } from '../printable.ts'

/**
 * Returns the login name of each user id in `/etc/passwd` (passwd(5)). The first line of an id
 * counts.
 */
export function parsePasswd(text: string): ReadonlyMap<number, Printable> {
  const names = new Map<number, Printable>()
  for (const line of text.split('\n')) {
    const [name, , uid] = line.split(':')
    if (name && uid && /^\d+$/.test(uid) && !names.has(Number(uid)))
      names.set(Number(uid), printable(name))
  }
  return names
}

/** A line of `/etc/passwd` (passwd(5)), without the password. All texts are printable. */
export type Account = {
  readonly name: string
  readonly uid: number
  /** What the machine calls the user beside the login name: names, a room, a telephone. */
  readonly gecos: string
  readonly home: string
}

/** The ids of people (UID_MIN of login.defs(5)), without `nobody`. Lower ones are the system's. */
const FIRST_PERSON = 1000
const NOBODY = 65_534

/** Returns the accounts of people in `/etc/passwd`. */
export function parsePeople(text: string): readonly Account[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', digits, gecos = '', home = ''] = [0, 2, 4, 5].map((at) =>
      printable(line.split(':')[at] ?? ''),
    )
    const uid = parseUid(digits)
    return name === '' || uid === null || !isPerson(uid) ? [] : [{ name, uid, gecos, home }]
  })
}

/** Says whether a user id is that of a person, and not of a program of the system. */
export function isPerson(uid: number): boolean {
  return uid >= FIRST_PERSON && uid !== NOBODY
}

/** Returns the user id of a login name, or `null` where no user has the name. */
export function uidNamed(name: string, names: ReadonlyMap<number, Printable>): number | null {
  const typed = printableText(name)
  return [...names].find(([, known]) => known === typed)?.[0] ?? null
}

/** Returns a user id from decimal digits (`SUDO_UID` of sudo(8)), or `null` for any other text. */
export function parseUid(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : null
}
