import type { Printable } from '../printable.ts'
import { unescapeUnitName, unitType } from '../systemd/unit-name.ts'

/**
 * Says whether a unit of a user manager is an application. Its scopes hold programs that the user
 * started, and its `app-*.service` are those of a launcher or of a desktop file. Only an
 * `@autostart` service starts again by itself (systemd, docs/DESKTOP_ENVIRONMENTS.md).
 */
export function isApplication(unit: string): boolean {
  if (unitType(unit) === 'scope') return true
  return /^app-.+\.service$/.test(unit) && !unit.endsWith('@autostart.service')
}

/** Makers of names that do not follow the rule. The first group is the application. */
const OTHER_NAMES: readonly { readonly unit: RegExp; readonly source: string }[] = [
  { unit: /^snap\.([^.]+)\./, source: 'snapd: snap.NAME.APP-RANDOM.scope' },
  {
    unit: /^app-([^-]+)-(?:surface-)?transient-[0-9]+\.scope$/,
    source: 'Ghostty, src/apprt/gtk: app-ghostty-surface-transient-PID.scope',
  },
]

/**
 * Returns the name of an application, or that of its unit where the unit has another form.
 *
 * The rule is that of systemd (docs/DESKTOP_ENVIRONMENTS.md):
 * `app[-launcher]-ApplicationID[@RANDOM].service` and `app[-launcher]-ApplicationID-RANDOM.scope`.
 * Dashes in the parts are escaped.
 *
 * @example applicationName('app-gnome-org.gnome.Maps-4711.scope') // 'org.gnome.Maps'
 */
export function applicationName(unit: Printable): Printable {
  for (const { unit: pattern } of OTHER_NAMES) {
    const [, name] = pattern.exec(unit) ?? []
    if (name !== undefined) return unescapeUnitName(name)
  }
  const [, body = ''] = /^app-([^@]*)(?:@.*)?\.(?:scope|service)$/.exec(unit) ?? []
  const parts = body.split('-')
  const id = idOf(unitType(unit) === 'scope' ? withoutRandom(parts) : parts)
  return id === '' ? unit : unescapeUnitName(id)
}

/**
 * Returns the parts of the name of a scope without the random one. flatpak before 1.16 has none
 * where it could not tell its instance. No random part has a dot, as most application ids do.
 */
function withoutRandom(parts: readonly string[]): readonly string[] {
  const last = parts.at(-1) ?? ''
  const isRandom =
    !last.includes('.') && (parts.length > 2 || /[0-9]/.test(last) || /^[a-f]{8,}$/.test(last))
  return parts.length > 1 && isRandom ? parts.slice(0, -1) : parts
}

/**
 * Returns the application id: the part behind the launcher. Of more than two parts, some have
 * dashes that their maker did not escape. There the id begins at the first part with a dot.
 */
function idOf(parts: readonly string[]): string {
  if (parts.length <= 2) return parts.at(-1) ?? ''
  const dotted = parts.findIndex((part) => part.includes('.'))
  return parts.slice(dotted === -1 ? 1 : dotted).join('-')
}

/** The units of a message bus (dbus-daemon(1), dbus-broker-launch(1)). */
const BUSES: ReadonlySet<string> = new Set([
  'dbus.service',
  'dbus-broker.service',
  'dbus-daemon.service',
])
/** The processes of a bus, by their names of 15 characters at most. */
const BUS_PROGRAMS: ReadonlySet<string> = new Set(['dbus-daemon', 'dbus-broker', 'dbus-broker-lau'])

/** Says whether a unit is that of a message bus. */
export function isBus(unit: string | null): boolean {
  return unit !== null && BUSES.has(unit)
}

/**
 * Returns the name on the bus of a program that dbus-broker started for a user, or `null` for any
 * other unit. Its unit is transient: `dbus-CONNECTION-NAME@NUMBER.service` (service_start_unit of
 * src/launch/service.c). The name does not tell a program with windows from a daemon.
 */
export function activatedName(unit: string): Printable | null {
  const [, name] = /^dbus-:[0-9]+\.[0-9]+-([^@]+)@[0-9]+\.service$/.exec(unit) ?? []
  return name === undefined ? null : unescapeUnitName(name)
}

/** Says whether a process is a part of a bus, by its name as the kernel cuts it. */
export function isBusProgram(comm: string): boolean {
  return BUS_PROGRAMS.has(comm)
}
