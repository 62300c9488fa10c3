import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BUNDLE } from '../support/bundle.ts'

/** A command that is measured. */
export type Contestant = {
  readonly name: string
  /** `null` where it is not installed. */
  readonly argv: readonly string[] | null
  /** Whether few rounds are enough of what takes long. */
  readonly isPeer?: boolean
}

/** The names that the goals are about. */
export const NODE = 'node -e 0'
export const YARDSTICK = 'C: reads all maps'
export const TEXT = 'stale-libs'
export const JSON_FORMAT = 'stale-libs --format json'
export const HOOK = 'stale-libs --hook'

/** Node alone, the yardstick, and the program. */
export function ownContestants(
  readMaps: readonly string[],
  program: string = BUNDLE,
): readonly Contestant[] {
  const node = process.execPath
  return [
    { name: NODE, argv: [node, '-e', '0'] },
    { name: YARDSTICK, argv: readMaps },
    { name: TEXT, argv: [node, program] },
    { name: JSON_FORMAT, argv: [node, program, '--format', 'json'] },
    { name: HOOK, argv: [node, program, '--hook'] },
  ]
}

/** Asks no package manager about each stale program, and so measures what finds them. */
const NEEDRESTART_LOOKS = [
  "do '/etc/needrestart/needrestart.conf';",
  "$nrconf{hook_d} = '/nonexistent';",
  '',
].join('\n')

/**
 * Others that look for the same; none of them may do more than look. Debian has all but lib_users
 * (PyPI).
 *
 * @param directory where a configuration can be written to
 */
export function peers(directory: string): readonly Contestant[] {
  const looks = join(directory, 'needrestart.conf')
  writeFileSync(looks, NEEDRESTART_LOOKS)
  const all: readonly (readonly [string, ...string[]])[] = [
    ['lsof', '-w', '+c0', '-d', 'DEL'],
    ['lib_users'],
    ['checkrestart'],
    ['zypper', 'ps'],
    ['needrestart', '-b', '-r', 'l'],
  ]
  const grep = "grep -l '(deleted)' /proc/[0-9]*/maps"
  const contestants: readonly Contestant[] = [
    { name: grep, argv: ['sh', '-c', grep] },
    ...all.map((words) => ({
      name: words.join(' '),
      argv: isInstalled(words[0]) ? words : null,
    })),
    {
      name: 'needrestart -b -r l -l, without its package hooks',
      argv: isInstalled('needrestart') ? ['needrestart', '-b', '-r', 'l', '-l', '-c', looks] : null,
    },
  ]
  return contestants.map((contestant) => ({ ...contestant, isPeer: true }))
}

function isInstalled(command: string): boolean {
  return ['/usr/sbin', '/usr/bin', '/bin'].some((directory) => existsSync(join(directory, command)))
}
