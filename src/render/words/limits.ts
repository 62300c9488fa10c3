import type { Limit, LimitCode } from '../../core/limits.ts'
import { counted, listed } from './words.ts'

/** A sentence for each limit: what was not seen, and what the reader can do about it. */
export type LimitWords = {
  readonly [Code in LimitCode]: (
    number: number,
    isRoot: boolean,
    whose: readonly (string | null)[],
  ) => string
}

/** The sentence of each limit, by its code. */
export const LIMIT_WORDS: LimitWords = {
  'maps-denied': (number, isRoot) =>
    isRoot
      ? `${processes(number)} could not be read, not even as root: ` +
        'a sandbox or container forbids it'
      : `${processes(number)} could not be read: run as root to see all`,
  'maps-failed': (number) =>
    `the kernel failed while the mappings of ${processes(number)} were read: they may be more`,
  'maps-stuck': (number) =>
    `${processes(number)} could not be read: the kernel gave no answer in time`,
  'tree-unknown': (number) =>
    `${processes(number)} with replaced files see more mounts than can be read: ` +
    'what lies there now is not known',
  'processes-hidden': () =>
    'the processes of other users are hidden (hidepid): run as root to see all',
  'mappings-dropped': (number) =>
    `${counted(number, 'mapping', 'mappings')} of processes with too many replaced files left out`,
  'files-unjudged': (number) =>
    `${files(number)} could not be looked at: whether they were replaced is not known`,
  'members-unjudged': (number) =>
    `${units(number)} with more processes inside than can be looked at: what they are is not known`,
  'user-processes-cut': (number, _, whose) =>
    `${processes(number)} of ${people(whose)} have too many mappings to read them all`,
  'user-share-spent': (number, _, whose) =>
    `${processes(number)} of ${people(whose)} have too many replaced files to look at them all`,
  'boot-time-unknown': () => 'the boot time is not known, so neither is when the processes started',
  'not-booted': () => 'systemd does not run here: units could not be looked up',
  'systemctl-missing': (number) =>
    `/usr/bin/systemctl is missing: ${units(number)} could not be looked up`,
  'systemctl-timeout': (number) =>
    `systemctl did not answer in time: ${units(number)} could not be looked up`,
  'systemctl-failed': (number) => `systemctl failed: ${units(number)} could not be looked up`,
  'user-manager-missing': (number) =>
    `a user has no manager that could be asked: ${units(number)} could not be looked up`,
  'self-unknown': () =>
    'this command could not find itself in /proc: what it runs inside of is not known',
  'package-log-missing': (number) =>
    `pacman.log is missing: what changed ${changed(number)} is not known`,
  'package-log-unreadable': (number) =>
    `pacman.log or pacman.conf cannot be read: what changed ${changed(number)} is not known`,
  'package-log-short': () =>
    'pacman.log begins after some processes: what changed before is not known',
  'package-log-damaged': () => 'pacman.log is damaged: what changed before that line is not known',
  'package-log-clock-stepped': () =>
    'the clock was set back while pacman.log was written: what changed before is not known',
  'package-log-too-long': () =>
    'pacman.log is too long to be read back to the oldest process in question',
  'package-database-unreadable': (number) =>
    `pacman's database cannot be read: the packages of ${files(number)} are not known`,
  'recorded-units': (number) =>
    `systemd is not asked about another process tree: ${units(number)} could not be looked up`,
  'group-unreadable': (number) =>
    `the control group of ${processes(number)} could not be read: their owner is not known`,
  'kernel-unknown': () =>
    'no package is known to bring the running kernel: whether it needs a reboot was not judged',
  'advisories-unreadable': () =>
    'the list of advisories that the configuration names cannot be read',
  'after-effects-unknown': () =>
    'systemd or its bus gave no answer: what failed since the upgrade is not known',
}

/** Returns the sentence of a limit. */
export function limitText({ code, count: number, whose }: Limit, isRoot: boolean): string {
  return LIMIT_WORDS[code](number, isRoot, whose ?? [])
}

function people(whose: readonly (string | null)[]): string {
  const names = whose.map((name) => name ?? 'containers')
  return listed(names, names.length)
}

/**
 * Returns the changes that a limit hides: those of files, or those since the boot where no file is
 * concerned. In the second case the services whose package changed are not known.
 */
function changed(number: number): string {
  return number === 0 ? 'since the boot' : files(number)
}

function files(number: number): string {
  return counted(number, 'file', 'files')
}

function units(number: number): string {
  return counted(number, 'unit', 'units')
}

function processes(number: number): string {
  return counted(number, 'process', 'processes')
}
