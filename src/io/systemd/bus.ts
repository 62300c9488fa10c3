import { lstatSync } from 'node:fs'
import { parseBusNames } from '../../core/report/after-effects.ts'
import { unlessUnreadable } from '../error.ts'
import type { Ask } from '../program.ts'

const QUESTION = { maxBytes: 16 * 1024 * 1024, encoding: 'latin1' } as const
const DAEMON = ['org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus'] as const

/** Says whether the machine has a system bus at all. */
export function hasBus(): boolean {
  return unlessUnreadable(() => lstatSync('/run/dbus/system_bus_socket')) !== null
}

/**
 * Returns the names on the system bus, in one call (busctl(1); `ListNames` of the D-Bus specification),
 * or `null` where it did not answer. `busctl list` would ask the bus about each name.
 */
export async function busNames(ask: Ask): Promise<readonly string[] | null> {
  const argv = ['--system', '--json=short', '--timeout=1', 'call', ...DAEMON, 'ListNames']
  const said = await ask('/usr/bin/busctl', argv, QUESTION)
  return 'stdout' in said ? parseBusNames(said.stdout) : null
}
