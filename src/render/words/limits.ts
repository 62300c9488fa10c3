import type { Limit, LimitCode } from '../../core/limits.ts'
import { joined, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import { nameLabel } from './labels.ts'
import { counted, listed } from './words.ts'

/** A sentence for each limit: what was not seen, and what the reader can do about it. */
export type LimitWords = {
  readonly [Code in LimitCode]: (
    number: number,
    isRoot: boolean,
    whose: readonly (Printable | null)[],
  ) => Printable
}

/** The sentence of each limit, by its code. */
export const LIMIT_WORDS: LimitWords = {
  'maps-denied': (number, isRoot) =>
    isRoot
      ? joined(
          [
            say`${processes(number)} could not be read, not even as root:`,
            say`a sandbox or container forbids it`,
          ],
          ' ',
        )
      : say`${processes(number)} could not be read: run as root to see all`,
  'maps-failed': (number) =>
    say`the kernel failed while the mappings of ${processes(number)} were read: not all were seen`,
  'maps-stuck': (number) =>
    say`${processes(number)} could not be read: the kernel gave no answer in time`,
  'tree-unknown': (number) =>
    joined(
      [
        say`${counted(number, 'process that uses', 'processes that use')} old code ${number === 1 ? 'sees' : 'see'} more mounts than can be read:`,
        say`which files they would load now is not known`,
      ],
      ' ',
    ),
  'processes-hidden': () =>
    say`the processes of other users are hidden (hidepid): run as root to see all`,
  'mappings-dropped': (number) =>
    say`${counted(number, 'mapping', 'mappings')} of processes with very much old code ${were(number)} left out`,
  'files-unjudged': (number) =>
    say`${files(number)} could not be looked at: whether they were replaced is not known`,
  'members-unjudged': (number) =>
    say`${units(number)} ${number === 1 ? 'has' : 'have'} more processes than can be looked at: what these do is not known`,
  'user-processes-cut': (number, _, whose) =>
    say`${processes(number)} of ${people(whose)}: too many mappings to read them all`,
  'user-share-spent': (number, _, whose) =>
    say`${processes(number)} of ${people(whose)}: too much old code to look at all of it`,
  'boot-time-unknown': () =>
    say`the boot time is not known, so neither is when the processes started`,
  'not-booted': () => say`systemd does not run here: units could not be looked up`,
  'systemctl-missing': (number) =>
    say`/usr/bin/systemctl is missing: ${units(number)} could not be looked up`,
  'systemctl-timeout': (number) =>
    say`systemctl did not answer in time: ${units(number)} could not be looked up`,
  'systemctl-failed': (number) => say`systemctl failed: ${units(number)} could not be looked up`,
  'user-manager-missing': (number) =>
    say`a user has no manager that could be asked: ${units(number)} could not be looked up`,
  'self-unknown': () =>
    say`this command could not find itself in /proc: what it runs inside of is not known`,
  'package-log-missing': (number) =>
    say`pacman.log is missing: what changed ${changed(number)} is not known`,
  'package-log-unreadable': (number) =>
    say`pacman.log or pacman.conf cannot be read: what changed ${changed(number)} is not known`,
  'package-log-short': () =>
    say`pacman.log begins later than some processes: what changed before is not known`,
  'package-log-damaged': () =>
    say`pacman.log has a damaged line: what changed before it is not known`,
  'package-log-clock-stepped': () =>
    say`the clock was set back while pacman.log was written: what changed before is not known`,
  'package-log-too-long': () =>
    say`pacman.log is too long to be read back to the oldest process in question`,
  'package-database-unreadable': (number) =>
    say`pacman's database cannot be read: the packages of ${files(number)} are not known`,
  'recorded-units': (number) =>
    say`systemd is not asked about another process tree: ${units(number)} could not be looked up`,
  'group-unreadable': (number) =>
    say`the control group of ${processes(number)} could not be read: their owner is not known`,
  'kernel-unknown': () =>
    say`no package is known to bring the running kernel: whether it needs a reboot is not known`,
  'advisories-unreadable': () =>
    say`the list of advisories that the configuration names cannot be read`,
  'after-effects-unknown': () =>
    say`systemd or its bus gave no answer: what failed since the upgrade is not known`,
}

/** Returns the sentence of a limit. */
export function limitText({ code, count: number, whose }: Limit, isRoot: boolean): Printable {
  return LIMIT_WORDS[code](number, isRoot, whose ?? [])
}

function people(whose: readonly (Printable | null)[]): Printable {
  const names = whose.map((name) => (name === null ? say`containers` : nameLabel(name)))
  return listed(names, names.length)
}

/**
 * Returns the changes that a limit hides: those of files, or those since the boot where no file is
 * concerned. In the second case the services whose package changed are not known.
 */
function changed(number: number): Printable {
  return number === 0 ? say`since the boot` : files(number)
}

function files(number: number): Printable {
  return counted(number, 'file', 'files')
}

function were(number: number): Printable {
  return number === 1 ? say`was` : say`were`
}

function units(number: number): Printable {
  return counted(number, 'unit', 'units')
}

function processes(number: number): Printable {
  return counted(number, 'process', 'processes')
}
