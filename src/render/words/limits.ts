import type { Limit } from '../../core/limits.ts'
import { count } from './words.ts'

/** Returns the sentence of a limit: what was not seen, and what to do about it. */
export function limitText({ code, count: number }: Limit, isRoot: boolean): string {
  switch (code) {
    case 'maps-denied':
      return isRoot
        ? `${processes(number)} could not be read, not even as root: a sandbox or container forbids it`
        : `${processes(number)} could not be read: run as root to see all`
    case 'maps-failed':
      return `the kernel failed while the mappings of ${processes(number)} were read: they may be more`
    case 'maps-stuck':
      return `${processes(number)} could not be read: the kernel gave no answer in time`
    case 'tree-unknown':
      return `${processes(number)} with replaced files see more mounts than can be read: what lies there now is not known`
    case 'processes-hidden':
      return 'the processes of other users are hidden (hidepid): run as root to see all'
    case 'mappings-dropped':
      return `${count(number, 'mapping', 'mappings')} of processes with too many replaced files left out`
    case 'boot-time-unknown':
      return 'the boot time is not known, so neither is when the processes started'
    case 'not-booted':
      return 'systemd does not run here: units could not be looked up'
    case 'systemctl-missing':
      return `/usr/bin/systemctl is missing: ${units(number)} could not be looked up`
    case 'systemctl-timeout':
      return `systemctl did not answer in time: ${units(number)} could not be looked up`
    case 'systemctl-failed':
      return `systemctl failed: ${units(number)} could not be looked up`
    case 'user-manager-missing':
      return `a user has no manager that could be asked: ${units(number)} could not be looked up`
    case 'self-unknown':
      return 'this command could not find itself in /proc: what it runs inside of is not known'
    case 'package-log-missing':
      return `pacman.log is missing: what changed ${changed(number)} is not known`
    case 'package-log-unreadable':
      return `pacman.log cannot be read: what changed ${changed(number)} is not known`
    case 'package-log-short':
      return 'pacman.log begins after some processes: what changed before is not known'
    case 'package-log-damaged':
      return 'pacman.log is damaged: what changed before that line is not known'
    case 'package-log-clock-stepped':
      return 'the clock was set back while pacman.log was written: what changed before is not known'
    case 'package-log-too-long':
      return 'pacman.log is too long to be read back to the oldest process in question'
    case 'package-database-unreadable':
      return `pacman's database cannot be read: the packages of ${files(number)} are not known`
    case 'recorded-units':
      return `systemd is not asked about another process tree: ${units(number)} could not be looked up`
    case 'group-unreadable':
      return `the control group of ${processes(number)} could not be read: their owner is not known`
    case 'kernel-unknown':
      return 'no package is known to bring the running kernel: whether it needs a reboot was not judged'
    case 'advisories-unreadable':
      return 'the list of advisories that the configuration names cannot be read'
    case 'after-effects-unknown':
      return 'systemd or its bus gave no answer: what failed since the upgrade is not known'
    default:
      return code satisfies never
  }
}

/** Where no file is concerned, it is not known which services were upgraded. */
function changed(number: number): string {
  return number === 0 ? 'since the boot' : files(number)
}

function files(number: number): string {
  return count(number, 'file', 'files')
}

function units(number: number): string {
  return count(number, 'unit', 'units')
}

function processes(number: number): string {
  return count(number, 'process', 'processes')
}
