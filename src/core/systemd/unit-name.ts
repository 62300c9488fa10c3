import { printable } from '../printable.ts'
import type { Printable } from '../printable.ts'

/** The unit types of systemd.unit(5), with scopes and slices. */
export const UNIT_TYPES: ReadonlySet<string> = new Set(
  'service scope socket mount swap target device automount timer path slice'.split(' '),
)

const VALID = /^[0-9A-Za-z:_.\\@-]+$/

/** UNIT_NAME_MAX of systemd's `src/basic/unit-name.h`, without the byte behind a text. */
const MAX_LENGTH = 255

/**
 * Says whether a text is the name of a unit that can exist: plain (`a.service`) or instance
 * (`a@b.service`). Such a name is printable, because its characters are ASCII.
 *
 * A template without an instance (`getty@.service`) is a file, not a unit. The rule is that of
 * `unit_name_is_valid(..., UNIT_NAME_PLAIN | UNIT_NAME_INSTANCE)` in systemd's
 * `src/basic/unit-name.c`.
 */
export function isUnitName(text: string): text is Printable {
  const dot = text.lastIndexOf('.')
  if (dot <= 0 || text.length > MAX_LENGTH || !VALID.test(text)) return false
  if (!UNIT_TYPES.has(text.slice(dot + 1))) return false
  const at = text.indexOf('@')
  return at === -1 || (at > 0 && at + 1 < dot)
}

/**
 * Says whether a text is the name of a slice. A slice has no instances (the rule of
 * `cg_is_valid_slice`).
 */
export function isSliceName(text: string): boolean {
  return text.endsWith('.slice') && isUnitName(text) && !text.includes('@')
}

/**
 * Returns the name of a unit or a pattern as systemctl(1) completes it: `.service` is added to a
 * name without a type, and a pattern stays as it is, since `*` also stands for a type
 * (`unit_name_mangle_with_suffix` of systemd's `src/basic/unit-name.c`).
 */
export function completedUnit(name: string): string {
  const isWhole = /[*?[]/.test(name) || (name.includes('.') && UNIT_TYPES.has(unitType(name)))
  return isWhole ? name : `${name}.service`
}

/** Returns the unit's type: the part behind the last dot. */
export function unitType(unit: string): string {
  return unit.slice(unit.lastIndexOf('.') + 1)
}

/**
 * Returns the text with systemd's `\xNN` escapes undone: for display only, never for a command. A
 * name can escape any byte, so the result is made printable again.
 *
 * @example unescapeUnitName('machine-qemu\\x2d1\\x2dvm') // 'machine-qemu-1-vm'
 */
export function unescapeUnitName(text: string): Printable {
  return printable(
    text.replaceAll(/\\x([0-9a-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    ),
  )
}

/** The parts of unit names that are new at each start, by the program that makes the name. */
const PASSING: readonly (readonly [pattern: RegExp, lasting: string])[] = [
  // systemd-run(1) without --unit: a connection to the bus, a random number, or a process
  // (src/run/run.c).
  [/^run-(?:u\d+|r[0-9a-f]+|p\d+-i\d+)\./, 'run-*.'],
  // systemd.socket(5), Accept=yes: a counter, then addresses and ports, or the peer's process and
  // user.
  [/@(?:.*@)?\d+-(?:.+:\d+-.+:\d+|\d+(?:_\d+)?-\d+)\.service$/, '@*.service'],
  // A bus that starts a program without a unit: the caller's connection, and a counter.
  [/^dbus-:\d+\.\d+-(.*)@\d+\.service$/, 'dbus-*-$1@*.service'],
]

/**
 * Returns a glob that also matches the name of the unit after its next start: without process ids,
 * addresses and counters. Programs make scopes of running processes, and mostly name them by a
 * process id.
 *
 * @example lastingName('sshd@3-10.0.0.1:22-10.0.0.2:5555.service') // 'sshd@*.service'
 */
export function lastingName(unit: string): string {
  if (unit.length > MAX_LENGTH) return unit
  if (unitType(unit) === 'scope') return unit.replaceAll(/\d+/g, '*')
  return PASSING.reduce((name, [pattern, lasting]) => name.replace(pattern, lasting), unit)
}

/**
 * Returns the socket that may make an instance for each connection, or `null`. `TriggeredBy` names
 * it too, but systemd forgets that with the next daemon-reload, which most upgrades cause.
 */
export function acceptingSocket(unit: string): string | null {
  const [, template] = /^([^@]+)@.+\.service$/.exec(unit) ?? []
  return template === undefined ? null : `${template}.socket`
}

/**
 * Says whether a unit is called like the instances that a socket makes, one for each connection:
 * their names begin with a counter (systemd.socket(5), Accept=yes).
 */
export function isOfConnection(unit: string): boolean {
  return /@\d+-/.test(unit)
}

/**
 * Returns the units of a property that is a list. `systemctl show` quotes an item that contains
 * characters which a shell would read, with a backslash before each (`bus-print-properties.c`).
 */
export function parseUnitList(text: string): readonly Printable[] {
  return itemsOf(text).map(printable)
}

/** Returns the items of such a list as they are: paths are opened, not printed. */
export function itemsOf(text: string): readonly string[] {
  if (text === '') return []
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
    ([, quoted, plain]) => plain ?? quoted?.replaceAll(/\\(.)/g, '$1') ?? '',
  )
}
