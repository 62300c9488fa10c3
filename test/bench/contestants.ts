import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { BUNDLE } from '../support/bundle.ts'

/** A command that is measured. */
export type Contestant = {
  readonly name: string
  /** `null` where it is not installed. */
  readonly argv: readonly string[] | null
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

/** Others that look for the same; none of them may do more than look. */
const PEERS: readonly (readonly string[])[] = [
  ['sh', '-c', "grep -l '(deleted)' /proc/[0-9]*/maps"],
  ['lsof', '-w', '+c0', '-d', 'DEL'],
  ['lib_users'],
  ['checkrestart'],
  ['zypper', 'ps'],
  ['needrestart', '-b', '-r', 'l', '-l'],
  ['needrestart', '-b', '-r', 'l'],
]

/** Returns the peers; Debian has all but lib_users (PyPI). */
export function peers(): readonly Contestant[] {
  return PEERS.map((words) => ({
    name: words[0] === 'sh' ? (words[2] ?? '') : words.join(' '),
    argv: isInstalled(words[0] ?? '') ? words : null,
  }))
}

function isInstalled(command: string): boolean {
  return ['/usr/sbin', '/usr/bin', '/bin'].some((directory) => existsSync(join(directory, command)))
}
