import { joined, printableText, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Case, Job } from '../../core/advice/case.ts'
import type { Guest } from '../../core/owner/guest.ts'
import type { ConsoleUse, Terminal } from '../../core/owner/holding.ts'
import type { Lock } from '../../core/owner/locks.ts'
import type { User } from '../../core/owner/kinds.ts'
import { SOME_TERMINAL, isInTerminal } from '../../core/owner/application.ts'
import type { Finding } from '../../core/report/report.ts'

/** The bounds on a name, in columns, and on one that stands in the narrow column of notes. */
const MAX_NAME = 60
const MAX_QUOTED_NAME = 46
const MAX_NOTED_NAME = 22

/**
 * What could read like words of this program: the characters of blanks, of what may be an escaped
 * blank, and of what begins or ends a part of a line; and a name that is a number, as of a count.
 */
const READS_LIKE_TEXT = /[ "(),:;\\]|^\d+$/

/**
 * Returns the name that a stranger chose, for a line: in quotes where the name could read like
 * words of this program, and cut where the name is long.
 */
export function nameLabel(name: Printable): Printable {
  return labelOf(name, MAX_QUOTED_NAME)
}

function labelOf(name: Printable, most: number): Printable {
  if (!READS_LIKE_TEXT.test(name)) return cutTo(name, MAX_NAME)
  const inside = printableText(name.replaceAll('"', String.raw`\x22`))
  return say`"${cutTo(inside, most)}"`
}

/** Returns the name of a program in a note. */
function notedLabel(name: Printable): Printable {
  return labelOf(name, MAX_NOTED_NAME)
}

/** Returns the whole path of a file, in quotes where it could read like words of this program. */
export function pathLabel(path: Printable): Printable {
  if (!/[ "]/.test(path)) return path
  return say`"${printableText(path.replaceAll('"', String.raw`\x22`))}"`
}

function cutTo(name: Printable, most: number): Printable {
  if (name.length * 2 <= most || mostColumns(name) <= most) return name
  let begin = ''
  let columns = 0
  for (const character of name) {
    columns += mostColumns(character)
    if (columns > most - 3) break
    begin += character
  }
  return say`${printableText(begin)}...`
}

/** Returns how many columns a text takes at most: two for what may be a wide character. */
function mostColumns(text: string): number {
  return text.replaceAll(/[^\0-\u02ff]/gu, '--').length
}

/**
 * Returns the label of a finding for people: `cronie.service`, `session 3 (zoe)`. That of the
 * reader is `session 3 (zoe, yours)`.
 */
export function findingLabel(finding: Finding): Printable {
  const { kind, name, user, isYours, container } = finding
  const who = user === null ? say`` : say` (${userLabel(user)}${isYours ? ', yours' : ''})`
  switch (kind) {
    case 'manager':
      return say`systemd itself`
    case 'user-manager':
      return say`user manager${who}`
    case 'container':
      return say`container ${nameLabel(name)} (${container?.runtime ?? 'other'})${who}`
    case 'vm':
      return say`${guestLabel({ runtime: 'vm', name })}${who}`
    case 'process':
      return programLabel(finding)
    case 'app':
      return say`${applicationLabel(finding)}${who}`
    default:
      // A program in the group of the bus has no unit by which it could be ended.
      return finding.rule === 'started-by-bus'
        ? programLabel(finding)
        : say`${ownName(finding)}${who}`
  }
}

/** Returns the name of a service or session as it is, and any other as a label. */
function ownName({ name, unit }: Pick<Finding, 'name' | 'unit'>): Printable {
  return name === unit || /^session [0-9A-Za-z]+$/.test(name) ? name : nameLabel(name)
}

/** Returns the name of an application. What runs in a terminal is not the terminal. */
export function applicationLabel({ name, unit }: Pick<Finding, 'name' | 'unit'>): Printable {
  if (!isInTerminal(unit ?? '')) return nameLabel(name)
  return say`a program in ${name === SOME_TERMINAL ? say`a terminal` : nameLabel(name)}`
}

/** A program without a name is called by its process. */
function programLabel(finding: Finding): Printable {
  const { name, processes } = finding
  const isNamed = processes.some(({ comm }) => comm !== '')
  return say`${isNamed ? nameLabel(name) : name} (${pidsOf(finding)})`
}

const MAX_PIDS = 4

function pidsOf({ processes: all }: Finding): Printable {
  const pids = all.map(({ pid }) => say`${pid}`)
  const more = pids.length > MAX_PIDS ? say`, ...` : say``
  return say`PID ${joined(pids.slice(0, MAX_PIDS), ', ')}${more}`
}

/** Returns the label of a guest for people. */
export function guestLabel({ runtime, name }: Guest): Printable {
  // Behind the kind a number is no count. Some containers have only that of their namespace.
  const label = /^\d+$/.test(name) ? name : nameLabel(name)
  return say`${runtime === 'vm' ? 'virtual machine' : 'container'} ${label}`
}

/** Returns a terminal and its user: `pts/3 (zoe)`. */
export function terminalLabel({ name, user }: Terminal): Printable {
  return say`${name} (${userLabel(user)})`
}

/** Returns a terminal, with its user where it is known. */
export function consoleLabel({ name, user }: ConsoleUse): Printable {
  return user === null ? name : terminalLabel({ name, user })
}

/** Returns the mount point of a file system that a program serves, cut; `null`: not known. */
export function mountLabel(path: Printable | null): Printable {
  return path === null ? say`mount point unknown` : nameLabel(path)
}

/** Returns a path that keeps a unit from starting, and why: `/run/a is missing`. */
export function conditionLabel({ path, isNegated }: Case['unmet'][number]): Printable {
  return say`${pathLabel(path)} is ${isNegated ? 'there' : 'missing'}`
}

/** Returns the name of a display: `:0`, `wayland-1`. */
export function displayLabel(name: Printable): Printable {
  return /^:\d+$/.test(name) ? name : nameLabel(name)
}

/** Returns where a process listens: `0.0.0.0:22`, `/run/a.sock`. */
export function addressLabel(address: Printable): Printable {
  return address === '' ? say`a socket whose path is not shown` : pathLabel(address)
}

/** Returns the name of a program that runs, and its user: `rsync (zoe)`. */
export function jobLabel({ name, user }: Job): Printable {
  return say`${name === '' ? say`a program` : notedLabel(name)} (${userLabel(user)})`
}

/** Returns who asked not to be interrupted, and why, as the program says: `fwupd (Updating)`. */
export function lockLabel({ who, why }: Lock): Printable {
  const name = who === '' ? say`a program` : notedLabel(who)
  return why === '' ? name : say`${name} (${notedLabel(why)})`
}

/** Returns the name of a user, or the number where there is no name. */
export function userLabel({ name, uid }: User): Printable {
  return name === null ? say`uid ${uid}` : nameLabel(name)
}
