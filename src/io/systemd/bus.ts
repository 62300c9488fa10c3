import { lstatSync } from 'node:fs'
import { parseLocks } from '../../core/owner/locks.ts'
import type { Locks } from '../../core/owner/locks.ts'
import { parseBusNames } from '../../core/systemd/bus-names.ts'
import { unlessUnreadable } from '../error.ts'
import type { Ask } from '../program.ts'

const QUESTION = { maxBytes: 16 * 1024 * 1024, encoding: 'latin1' } as const
const DAEMON = ['org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus'] as const
const LOGIND = [
  'org.freedesktop.login1',
  '/org/freedesktop/login1',
  'org.freedesktop.login1.Manager',
] as const
/**
 * The time limit of busctl(1), which itself waits for 25 seconds. A bus that hangs answers no
 * caller.
 */
const TIME_LIMIT = '--timeout=1'
const PROGRAM = '/usr/bin/busctl'

/** Returns the arguments that call a method without parameters. */
function callOf(...method: readonly string[]): readonly string[] {
  return ['--system', '--json=short', TIME_LIMIT, 'call', ...method]
}

/**
 * Says whether the machine has a system bus.
 *
 * @param tree prefix of the absolute paths of the machine
 */
export function hasBus(tree: string): boolean {
  return unlessUnreadable(() => lstatSync(`${tree}/run/dbus/system_bus_socket`)) !== null
}

/**
 * Returns the names on the system bus in one call, or `null` where the bus did not answer. `busctl
 * list` would ask the bus about each name.
 */
export async function busNames(ask: Ask): Promise<readonly string[] | null> {
  const said = await ask(PROGRAM, callOf(...DAEMON, 'ListNames'), QUESTION)
  return 'stdout' in said ? parseBusNames(said.stdout) : null
}

/** Returns the inhibitor locks of all processes, or `null` where logind did not answer. */
export async function inhibitorLocks(ask: Ask): Promise<Locks | null> {
  const question = { ...QUESTION, encoding: 'utf8' } as const
  const said = await ask(PROGRAM, callOf(...LOGIND, 'ListInhibitors'), question)
  return 'stdout' in said ? parseLocks(said.stdout) : null
}
