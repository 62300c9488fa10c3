import type { UnitFacts } from './unit-facts.ts'

/**
 * Returns the user id that a service of the system works as, or `null` where nobody can tell.
 *
 * That is its `User=` (systemd.exec(5)), and the user of its main process where `User=` is empty or
 * unknown to passwd(5), as with `DynamicUser=`. Without `User=` systemd starts it as root. With
 * `NotifyAccess=all` each process of the service can name itself the main process (sd_notify(3),
 * MAINPID=), so there the main process tells nothing.
 *
 * @param names the login name of each user id
 * @param main the user id of the main process; `null` where there is none
 */
export function unitUserOf(
  { User, NotifyAccess }: Pick<UnitFacts, 'User' | 'NotifyAccess'>,
  names: ReadonlyMap<number, string>,
  main: number | null,
): number | null {
  const told = NotifyAccess === 'all' ? null : main
  if (User === '') return told ?? 0
  if (/^\d{1,10}$/.test(User)) return Number(User)
  const [named] = [...names].find(([, name]) => name === User) ?? []
  return named ?? told
}
