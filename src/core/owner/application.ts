import type { Owner } from './kinds.ts'
import { say } from '../printable.ts'
import type { Printable } from '../printable.ts'
import { unescapeUnitName, unitType } from '../systemd/unit-name.ts'

/**
 * Says whether a unit of a user manager is an application. Its scopes hold programs that the user
 * started, and its `app-*.service` are those of a launcher or of a desktop file. Only an
 * `@autostart` service starts again by itself (systemd, docs/DESKTOP_ENVIRONMENTS.md). GNOME before
 * 3.38 wrote `-autostart`.
 */
export function isApplication(unit: string): boolean {
  if (unitType(unit) === 'scope') return true
  return /^app-.+\.service$/.test(unit) && !/[@-]autostart\.service$/.test(unit)
}

/** Makers of names that do not follow the rule. The first group is the application. */
const OTHER_NAMES: readonly { readonly unit: RegExp; readonly source: string }[] = [
  { unit: /^snap\.([^.]+)\./, source: 'snapd: snap.NAME.APP-RANDOM.scope' },
  {
    unit: /^app-([^-]+)-transient-[0-9]+\.scope$/,
    source: 'Ghostty, src/apprt/gtk: app-ghostty-transient-PID.scope',
  },
  {
    unit: /^gnome-launched-(.+?)(?:\.desktop)?-[0-9]+\.scope$/,
    source: 'GNOME 3.34 and 3.36, gnome-desktop: gnome-launched-ID.desktop-PID.scope',
  },
]

/** The scopes in which terminals put the programs that run in them, one for each. */
const IN_TERMINALS: readonly {
  readonly unit: RegExp
  /** The terminal; `null` where a library has many, and only the slice tells which. */
  readonly terminal: Printable | null
  readonly source: string
}[] = [
  {
    unit: /^tmux-spawn-[0-9a-f-]+\.scope$/,
    terminal: say`tmux`,
    source: 'tmux, compat/systemd.c: tmux-spawn-UUID.scope',
  },
  {
    unit: /^vte-spawn-[0-9a-f-]+\.scope$/,
    terminal: null,
    source: 'VTE, src/systemd.cc: vte-spawn-UUID.scope in the slice of the terminal',
  },
  {
    unit: /^ptyxis-spawn-[0-9a-f-]+\.scope$/,
    terminal: say`ptyxis`,
    source: 'Ptyxis, agent: ptyxis-spawn-UUID.scope',
  },
  {
    unit: /^kitty-[0-9]+-[0-9]+\.scope$/,
    terminal: say`kitty`,
    source: 'kitty, kitty/child.py: kitty-PID-NUMBER.scope',
  },
  {
    unit: /^app-ghostty-surface-transient-[0-9]+\.scope$/,
    terminal: say`ghostty`,
    source: 'Ghostty 1.3, src/apprt/gtk: a scope for each surface',
  },
]

/** The name of a terminal that is not known. */
export const SOME_TERMINAL = say`terminal`

/** Says whether a unit is the scope of what runs in a terminal, and not of the terminal itself. */
export function isInTerminal(unit: string): boolean {
  return IN_TERMINALS.some(({ unit: pattern }) => pattern.test(unit))
}

/** Returns the terminal that a program runs in, or `null` where the unit is no such scope. */
function terminalOf(unit: string, slices: readonly string[]): Printable | null {
  const row = IN_TERMINALS.find(({ unit: pattern }) => pattern.test(unit))
  if (row === undefined) return null
  return (
    row.terminal ?? slices.flatMap((slice) => terminalInSlice(slice) ?? []).at(-1) ?? SOME_TERMINAL
  )
}

/** Returns the application of a slice of its own, or `null` for any other slice. */
function terminalInSlice(slice: string): Printable | null {
  const [, body] = /^app-(.+)\.slice$/.exec(slice) ?? []
  if (body === undefined || body === 'graphical') return null
  const [, activated] = /^dbus\\x2d:[0-9]+\.[0-9]+\\x2d(.+)$/.exec(body) ?? []
  const parts = body.split('-')
  const last = parts.at(-1) ?? ''
  const isNumbered = parts.length > 1 && /^[0-9]+$/.test(last)
  return unescapeUnitName(activated ?? idOf(isNumbered ? parts.slice(0, -1) : parts))
}

/**
 * Returns the name of an application, or that of its unit where the unit has another form. What
 * runs in a terminal is called by the terminal.
 *
 * The rule is that of systemd (docs/DESKTOP_ENVIRONMENTS.md):
 * `app[-launcher]-ApplicationID[@RANDOM].service` and `app[-launcher]-ApplicationID-RANDOM.scope`.
 * Dashes in the parts are escaped.
 *
 * @param slices the slices of the unit, from the outermost
 * @example applicationName('app-gnome-org.gnome.Maps-4711.scope') // 'org.gnome.Maps'
 */
export function applicationName(unit: Printable, slices: readonly string[] = []): Printable {
  const terminal = terminalOf(unit, slices)
  if (terminal !== null) return terminal
  for (const { unit: pattern } of OTHER_NAMES) {
    const [, name] = pattern.exec(unit) ?? []
    if (name !== undefined) return unescapeUnitName(name)
  }
  const [, body = '', instance] = /^app-([^@]*)(@.*)?\.(?:scope|service)$/.exec(unit) ?? []
  const parts = body.split('-')
  const hasRandom = unitType(unit) === 'scope' && instance === undefined
  const id = idOf(hasRandom ? withoutRandom(parts) : parts)
  return id === '' ? unit : unescapeUnitName(id)
}

/**
 * Returns the parts of the name of a scope without the random one, which the rule demands. flatpak
 * before 1.16 has none where it could not tell its instance. No random part has a dot, as most
 * application ids do.
 */
function withoutRandom(parts: readonly string[]): readonly string[] {
  const last = parts.at(-1) ?? ''
  const isFlatpak = parts.length === 2 && parts[0] === 'flatpak' && !/^[0-9]+$/.test(last)
  const isRandom = parts.length > 1 && !last.includes('.') && !isFlatpak
  return isRandom ? parts.slice(0, -1) : parts
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

/**
 * Says whether a unit is that of the process with which rootless podman keeps its namespaces
 * (podman-system-migrate(1)). Nobody can close and open it.
 */
export function isPause({ unit }: Pick<Owner, 'unit'>): boolean {
  return unit !== null && /^podman-pause-[0-9a-f]+\.scope$/.test(unit)
}
