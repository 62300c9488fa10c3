import type { Action, Caution } from '../core/advice/verdict.ts'
import type { Limit } from '../core/limits.ts'
import type { Advisory, PackageChange } from '../core/pacman/package-change.ts'
import type { AfterEffect, Finding, RebootReason } from '../core/report/report.ts'

/** Returns the sentence of a caution: lower case, without a full stop, so that it can follow a colon. */
export function cautionText({ code, detail }: Caution): string {
  switch (code) {
    case 'sensitive':
      return detail ?? ''
    case 'you-are-inside':
      return 'this command runs inside of it; restart it from elsewhere'
    case 'own-job':
      return 'this command runs inside of it, and it ends by itself'
    case 'changing-state':
      return 'it is being stopped right now'
    case 'job-queued':
      return 'systemd has a job for it that waits (systemctl list-jobs)'
    case 'starting':
      return 'it is starting right now'
    case 'frozen':
      return 'it is frozen (systemctl freeze)'
    case 'ends-the-machine':
      return `when it ends, systemd does what its unit file says: ${detail}`
    case 'triggered-job':
      return `a job that ${detail} starts: a restart would run it a second time`
    case 'stops-too':
      return `a restart stops ${detail}, and does not start it again`
    case 'starts-too':
      return `a restart starts ${detail}, which is stopped now`
    case 'cannot-start':
      return `it could not start again: ${detail} is missing`
    case 'files-unknown':
      return 'what lies now where its files were could not be told: it may not start again'
    case 'one-start':
      return `systemd allows it one start in ${detail}: reset-failed first, or it may stay down`
    case 'needs-daemon-reload':
      return 'its unit file has changed: systemctl daemon-reload first'
    case 'not-killed':
      return 'what does not end by itself is not killed (SendSIGKILL=no)'
    case 'runs-again':
      return 'started with systemd-run: its command runs again'
    case 'lingers':
      return `it ends only with ${detail}, and with it all services of the user`
    case 'guest-supervisor':
      return `it runs ${detail} from outside: restart that when it suits`
    case 'ends-logins':
      return `a restart ends who is logged in through it: ${detail} processes beside its own`
    case 'session-left':
      return 'the user has logged out of this session; end these processes'
    case 'main-unknown':
      return 'systemd does not know its main process (KillMode=process)'
    case 'scope':
      return 'a scope cannot be restarted; end its programs and start them again'
    case 'not-a-service':
      return `a ${detail} unit is not restarted like a service`
    case 'unit-file-gone':
      return `its unit file is ${detail}: systemd could not start it again`
    case 'unit-stopped':
      return 'the unit is stopped, these processes were left over; end them'
    case 'systemd-refuses':
      return 'systemd refuses to restart it by hand'
    case 'one-connection':
      return 'it serves one connection and ends with it'
    case 'running-job':
      return 'it is a job that runs right now and ends by itself'
    case 'oneshot-left-over':
      return 'a oneshot is not run again; these processes were left over by it'
    case 'somebodys-command':
      return 'a command that somebody started with systemd-run, and may wait for'
    case 'left-over':
      return 'a restart leaves these processes alone: logins or jobs that end by themselves'
    case 'unit-not-asked':
      return 'systemd could not be asked about this unit'
    case 'ends-at-logout':
      return 'it ends when the user logs out'
    case 'display-manager':
      return 'it ends the graphical session; log out first'
    case 'ends-your-connection':
      return 'your own session came through it and ends with it'
    case 'carries-your-connection':
      return 'your own session came through it, and survives the restart'
    case 'ends-guests':
      return `a restart stops ${detail}`
    case 'ends-terminals':
      return `somebody works inside of it: ${detail}`
    case 'carries-remote-logins':
      return `remote logins come over ${detail}, which it manages`
    case 'takes-along':
      return `a restart takes ${detail} along`
    case 'restarts-too':
      return `restarts ${detail} too`
    case 'logins-may-fail':
      return 'new logins may fail until it is restarted: its own program was replaced'
    case 'kills-nothing':
      return 'its processes are not ended by a restart (KillMode=none)'
    case 'virtual-machine':
      return 'a virtual machine: shut it down and start it again'
    case 'no-unit':
      return 'belongs to no unit: end it and start it again'
    default:
      return code
  }
}

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

/** Returns the sentence of a reason to reboot: lower case, without a full stop. */
export function rebootText(reason: RebootReason): string {
  switch (reason.code) {
    case 'finding':
      return [reason.finding.name, ...reason.finding.cautions.map(cautionText)].join(': ')
    case 'kernel-modules-gone':
      return `the modules of the running kernel ${reason.release} are gone${successorText(reason)}: what is not loaded yet cannot be loaded`
    case 'kernel-modules-kept':
      return `the running kernel ${reason.release} is no longer installed${successorText(reason)}; a copy of its modules was kept`
    case 'kernel-older-than-installed':
      return `the running kernel ${reason.release} was booted although it was no longer installed${successorText(reason)}: look at what the boot loader starts, and whether /boot is mounted when packages are installed`
    case 'microcode-newer':
      return `${reason.package} was installed after boot: ${reason.reason}`
    case 'nvidia-mismatch':
      return `the nvidia module that is loaded is ${reason.loaded}, its libraries are ${reason.installed}: they refuse to work together`
    default:
      return reason satisfies never
  }
}

function successorText({
  successor,
}: Pick<Extract<RebootReason, { readonly release: string }>, 'successor'>): string {
  return successor === null ? '' : ` (${successor.package} brought ${successor.release})`
}

/** Returns what an after-effect says of its unit, without the unit's name. */
export function afterEffectText(effect: AfterEffect): string {
  switch (effect.code) {
    case 'failed':
      return `failed since the upgrade began${effect.result === '' ? '' : ` (${effect.result})`}`
    case 'bus-name-lost':
      return `is not on the bus as ${effect.busName}`
    default:
      return effect satisfies never
  }
}

function processes(number: number): string {
  return count(number, 'process', 'processes')
}

/** Returns what pacman did to a package: `openssl 3.5.0-1 -> 3.5.1-1`. */
export function changeText({ name, from, to, change }: PackageChange): string {
  return to === null || from === to ? `${name} ${from} ${change}` : `${name} ${from} -> ${to}`
}

/** Returns what pacman did to a package, and what that fixed. */
export function changeWithFixes(change: PackageChange, most: number): string {
  const fixes = advisoryText(change.advisories ?? [], most)
  return fixes === '' ? changeText(change) : `${changeText(change)}, ${fixes}`
}

/** Returns what an upgrade fixed: `fixes CVE-2026-1234, CVE-2026-1235 and 2 more (High)`. */
function advisoryText(advisories: readonly Advisory[], most: number): string {
  const [worst] = advisories
  if (worst === undefined) return ''
  const issues = [
    ...new Set(advisories.flatMap((one) => (one.issues.length > 0 ? one.issues : one.name))),
  ]
  const more = issues.length - most
  return `fixes ${issues.slice(0, most).join(', ')}${more > 0 ? ` and ${more} more` : ''} (${worst.severity})`
}

/** What is not known of no file is which services were upgraded. */
function changed(number: number): string {
  return number === 0 ? 'since the boot' : files(number)
}

function files(number: number): string {
  return count(number, 'file', 'files')
}

function units(number: number): string {
  return count(number, 'unit', 'units')
}

export function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`
}

/** Returns what a person reads for the owner of a finding: `cronie.service`, `session 3 (zoe)`. */
export function findingLabel(finding: Finding): string {
  const { kind, name, user, container } = finding
  const who = user === null ? '' : ` (${user.name ?? `uid ${user.uid}`})`
  switch (kind) {
    case 'manager':
      return finding.rule === 'manager-group' ? `${name} (${pidsOf(finding)})` : 'systemd itself'
    case 'user-manager':
      return `user manager${who}`
    case 'container':
      return `container ${name} (${container?.runtime ?? 'other'})`
    case 'vm':
      return `virtual machine ${name}`
    case 'process':
      return `${name} (${pidsOf(finding)})`
    default:
      return `${name}${who}`
  }
}

const MAX_PIDS = 4

function pidsOf({ processes: all }: Finding): string {
  const pids = all.map(({ pid }) => pid)
  const more = pids.length > MAX_PIDS ? ', ...' : ''
  return `PID ${pids.slice(0, MAX_PIDS).join(', ')}${more}`
}

/** Returns a word that a POSIX shell reads as the text itself. */
export function quoted(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word)
    ? word
    : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

export function commandLine(command: readonly string[]): string {
  return command.map(quoted).join(' ')
}

/** Returns one step of the summary: what is to be done, and to how many findings. */
export function stepWords(action: Action, findings: number): string {
  switch (action) {
    case 'reexec':
      return 're-execute systemd'
    case 'restart':
      return `restart ${count(findings, 'service', 'services')}`
    case 'user-restart':
      return `restart ${count(findings, 'user service', 'user services')}`
    case 'user-reexec':
      return `re-execute ${count(findings, 'user manager', 'user managers')}`
    case 'relogin':
      return 'log out and in again'
    case 'close':
      return `close ${count(findings, 'application', 'applications')} and open again`
    case 'container':
      return `update ${count(findings, 'container', 'containers')}`
    case 'manual':
      return `look at ${findings} by hand`
    case 'soft-reboot':
      return 'soft-reboot'
    case 'reboot':
      return 'reboot'
    case 'wait':
      return `wait for ${findings} to end`
    case 'none':
      return `leave ${findings} alone`
    default:
      return action satisfies never
  }
}
