import { lstatSync } from 'node:fs'
import { parseBusNames } from '../core/after-effects.ts'
import { errorCode, unlessUnreadable } from './error.ts'

const TIME_LIMIT_MS = 1500
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024
const DAEMON = ['org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus'] as const

/** Says whether the machine has a system bus at all. */
export function hasBus(): boolean {
  return unlessUnreadable(() => lstatSync('/run/dbus/system_bus_socket')) !== null
}

/**
 * Returns the names on the system bus, in one call (busctl(1); `ListNames` of the D-Bus specification),
 * or `null` where it did not answer. `busctl list` would ask the bus about each name.
 */
export async function busNames(): Promise<readonly string[] | null> {
  const { spawnSync } = await import('node:child_process')
  const argv = ['--system', '--json=short', '--timeout=1', 'call', ...DAEMON, 'ListNames']
  const { status, stdout, error } = spawnSync('/usr/bin/busctl', argv, {
    env: { PATH: '/usr/bin', LC_ALL: 'C' },
    encoding: 'latin1',
    timeout: TIME_LIMIT_MS,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_OUTPUT_BYTES,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return status === 0 && errorCode(error) === '' ? parseBusNames(stdout) : null
}
