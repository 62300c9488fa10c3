import { lstatSync } from 'node:fs'
import { parseBusNames } from '../../core/systemd/bus-names.ts'
import { unlessUnreadable } from '../error.ts'
import type { Ask } from '../program.ts'

const QUESTION = { maxBytes: 16 * 1024 * 1024, encoding: 'latin1' } as const
const DAEMON = ['org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus'] as const
/** A bus that hangs answers nobody: busctl(1) itself waits for 25 seconds. */
const TIME_LIMIT = '--timeout=1'

/**
 * Says whether the machine has a system bus at all.
 *
 * @param tree what stands in front of the machine's absolute paths
 */
export function hasBus(tree: string): boolean {
  return unlessUnreadable(() => lstatSync(`${tree}/run/dbus/system_bus_socket`)) !== null
}

/**
 * Returns the names on the system bus, in one call, or `null` where it did not answer. `busctl
 * list` would ask the bus about each name.
 */
export async function busNames(ask: Ask): Promise<readonly string[] | null> {
  const argv = ['--system', '--json=short', TIME_LIMIT, 'call', ...DAEMON, 'ListNames']
  const said = await ask('/usr/bin/busctl', argv, QUESTION)
  return 'stdout' in said ? parseBusNames(said.stdout) : null
}
