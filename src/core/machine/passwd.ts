import { printable } from '../printable.ts'

/**
 * Returns the login name of each user id in `/etc/passwd` (passwd(5)). The first line of an id
 * counts.
 */
export function parsePasswd(text: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>()
  for (const line of text.split('\n')) {
    const [name, , uid] = line.split(':')
    if (name && uid && /^\d+$/.test(uid) && !names.has(Number(uid)))
      names.set(Number(uid), printable(name))
  }
  return names
}

/** Returns a user id from decimal digits (`SUDO_UID` of sudo(8)), or `null` for any other text. */
export function parseUid(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : null
}
