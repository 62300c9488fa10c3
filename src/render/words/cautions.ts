import type { Caution, CautionCode } from '../../core/advice/advice.ts'
import { shortName } from '../../core/act/names.ts'
import { joined, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Remains } from '../../core/work/login-remains.ts'
import {
  addressLabel,
  conditionLabel,
  consoleLabel,
  displayLabel,
  guestLabel,
  jobLabel,
  lockLabel,
  mountLabel,
  nameLabel,
  pathLabel,
  terminalLabel,
} from './labels.ts'
import { counted, enumerated, listed } from './words.ts'

/** The details that the rules give to the sentences of their cautions, by code. */
type Details = { [One in Caution as One['code']]: One['detail'] }

type CautionOf<Code extends CautionCode> = {
  [One in Code]: { readonly code: One; readonly blocking: boolean; readonly detail: Details[One] }
}[Code]

/**
 * A sentence for each caution. It is in lower case and has no full stop, so it can follow a colon.
 */
export type CautionWords = {
  readonly [Code in CautionCode]: (detail: Details[Code], isBlocking: boolean) => Printable
}

/** The sentence of each caution, by its code. */
export const CAUTION_WORDS: CautionWords = {
  sensitive: ({ reason, guests }) =>
    guests.length === 0 ? reason : say`${reason}; running now: ${named(guests.map(guestLabel))}`,
  'you-are-inside': () => say`this command runs inside of it; restart it from elsewhere`,
  'own-job': () => say`this command runs inside of it, and it ends by itself`,
  'changing-state': () => say`it is being stopped right now`,
  'job-queued': () => say`systemd has a job for it that waits (systemctl list-jobs)`,
  starting: () => say`it is starting right now`,
  frozen: () => say`it is frozen (systemctl freeze)`,
  'ends-the-machine': (action) =>
    say`when it ends, systemd does what its unit file says: ${action}`,
  'triggered-job': (units) =>
    say`a job that ${namedUnits(units)} starts: a restart would run it again`,
  'stops-too': (units) =>
    say`a restart stops ${namedUnits(units)}, and does not start ${units.length === 1 ? 'it' : 'them'} again`,
  'starts-too': (units) =>
    say`a restart starts ${namedUnits(units)}, which ${units.length === 1 ? 'does' : 'do'} not run now`,
  'cannot-start': (files) =>
    say`it could not start again: ${named(files.map(pathLabel))} ${files.length === 1 ? 'is' : 'are'} missing`,
  'start-skipped': (paths) =>
    say`its unit file keeps systemd from starting it again: ${named(paths.map(conditionLabel))}`,
  'files-unknown': () =>
    say`it may not start again: whether its files are still there is not known`,
  'members-unknown': () =>
    say`it has more processes than can be looked at: what a restart ends is not known`,
  'one-start': (interval) =>
    say`systemd allows it one start in ${interval}: systemctl reset-failed first, or it may stay down`,
  'needs-daemon-reload': () => say`its unit file has changed: systemctl daemon-reload first`,
  'not-killed': () => say`systemd does not kill what does not end by itself (SendSIGKILL=no)`,
  'stops-without-limit': () =>
    say`a restart may take long: systemd waits without limit (TimeoutStopSec=infinity)`,
  'runs-again': () => say`a restart runs its command again (a transient unit)`,
  lingers: (unit) =>
    joined(
      [
        say`no logout ends it, since the user lingers (loginctl): restart ${shortName(unit)},`,
        say`which ends all services and applications of the user, or reboot`,
      ],
      ' ',
    ),
  'guest-supervisor': (container) =>
    say`it runs container ${nameLabel(container)}: restart the container when it suits`,
  'ends-logins': (processes) =>
    say`a restart may end logins through it: ${counted(processes, 'process', 'processes')} beside its main process`,
  'session-left': (remains) =>
    joined(
      [say`the user has logged out of this session; end these processes`, ...remainsWords(remains)],
      '',
    ),
  'session-of-command': () =>
    say`it was made for a command, not for a login: it ends with the command`,
  greeter: () => say`it belongs to the login screen, and ends when somebody logs in`,
  'main-unknown': () =>
    say`systemd does not know its main process: what a restart ends is not known`,
  scope: () => say`a scope cannot be restarted; end its programs and start them again`,
  'not-a-service': (type) => say`it is a unit of type ${type}, and is not restarted like a service`,
  'unit-file-gone': (state) =>
    say`its unit file ${fileText(state)}: systemd could not start it again`,
  'unit-stopped': () => say`the unit is stopped, but these processes still run; end them`,
  'systemd-refuses': () => say`systemd refuses to restart it by hand`,
  'one-connection': () => say`it serves one connection and ends with it`,
  'running-job': () => say`it is a job that runs right now and ends by itself`,
  'oneshot-left-over': () =>
    say`its work is done (Type=oneshot), but it left these processes running`,
  'somebodys-command': () => say`whoever started its command may wait for it (a transient unit)`,
  'left-over': () =>
    say`an earlier restart left these processes alone: logins or jobs that end by themselves`,
  'goes-on': () =>
    say`a restart leaves these processes alone: logins or jobs that end by themselves`,
  'still-listens': (addresses) =>
    joined(
      [
        say`a restart leaves these processes alone (KillMode=process):`,
        say`they listen on ${named(addresses.map(addressLabel))}`,
      ],
      ' ',
    ),
  'holds-guest': (guests) =>
    joined(
      [
        say`a restart leaves these processes alone:`,
        say`they run ${named(guests.map(guestLabel))}; restart ${guests.length === 1 ? 'it' : 'them'} when it suits`,
      ],
      ' ',
    ),
  'left-alone': () => say`a restart leaves these processes alone (KillMode=process)`,
  'below-main': () => say`a restart ends only its main process (KillMode=process): these may go on`,
  succeeded: () =>
    joined(
      [
        say`its main process runs the new program:`,
        say`these end after their work, which a restart would cut short`,
      ],
      ' ',
    ),
  'jobs-inside': (jobs) => say`a restart ends work in progress: ${named(jobs.map(jobLabel))}`,
  'ends-tasks': (jobs) => say`a restart ends what it has started: ${named(jobs.map(jobLabel))}`,
  'containers-may-not-start': () =>
    say`new containers may not start until it is restarted: its own program was replaced`,
  'users-work': () =>
    say`only another user's work inside of it uses old code: files that may be that user's own`,
  'unit-not-asked': () => say`systemd could not be asked about this unit`,
  'ends-at-logout': () => say`it ends when the user logs out`,
  'kept-by-sessions': (all) =>
    say`first end what runs in ${named(all)}: it stayed after the logout, and keeps this running`,
  'holder-stays': (unit) =>
    unit === null
      ? say`its process (sd-pam) uses old code until the user logs out`
      : say`its process (sd-pam) uses old code until ${shortName(unit)} ends, as the user lingers`,
  'display-manager': () => say`it ends the graphical session; log out first`,
  'ends-your-connection': () => say`your own session came through it and ends with it`,
  'cuts-clients': () => say`its clients must reconnect`,
  'carries-your-connection': () => say`your own session came through it, and stays open`,
  'ends-guests': (guests, isBlocking) =>
    say`a restart stops ${named(guests.map(guestLabel), isBlocking)}`,
  'guests-go-on': (guests) =>
    say`${named(guests.map(guestLabel))} ${guests.length === 1 ? 'goes' : 'go'} on`,
  'ends-terminals': (terminals, isBlocking) =>
    say`somebody works inside of it: ${named(terminals.map(terminalLabel), isBlocking)}`,
  'takes-mounts-away': (mounts) =>
    say`a restart disconnects file systems that it serves: ${named(mounts.map(mountLabel))}`,
  'takes-interfaces-away': (interfaces) =>
    say`a restart takes away network interfaces that it made: ${named(interfaces.map(nameLabel))}`,
  'serves-display': (displays) =>
    joined(
      [
        say`a restart closes all windows on the displays that it serves:`,
        named(displays.map(displayLabel)),
      ],
      ' ',
    ),
  'hangs-up-terminals': (consoles) =>
    say`a restart hangs up ${named(consoles.map(consoleLabel))}, and ends what runs there`,
  'cuts-logins': (logins) =>
    say`a restart cuts logins that come through it: ${named(logins.map(terminalLabel))}`,
  'blocks-shutdown': (locks) => {
    const known = locks.filter((lock) => lock !== null)
    return known.length === 0
      ? say`a restart may interrupt what it asked not to interrupt: its purpose is not known`
      : say`a restart interrupts what it asked not to interrupt: ${named(known.map(lockLabel))}`
  },
  'open-files-unknown': () =>
    joined(
      [
        say`not all that its processes hold could be read:`,
        say`what a restart takes from others is not known`,
      ],
      ' ',
    ),
  'carries-remote-logins': (interfaces) =>
    say`remote logins come over ${joined(interfaces, ', ')}, which it manages`,
  'takes-along': (units) => say`a restart also restarts ${joined(units.map(shortName), ', ')}`,
  'restarts-too': (units) => say`restarts ${joined(units.map(shortName), ', ')} too`,
  'logins-may-fail': () =>
    say`new logins may fail until it is restarted: its own program was replaced`,
  'kills-nothing': () => say`a restart ends none of its processes (KillMode=none)`,
  'started-by-bus': (_, isBlocking) =>
    isBlocking
      ? say`the bus started it: end it, and the bus starts it again when something calls it`
      : say`if it has no window, end it: the bus starts it again when something calls it`,
  'podman-pause': () =>
    say`run "podman system migrate" as the user: that ends it, and stops the user's containers`,
  'virtual-machine': () => say`shut the virtual machine down and start it again`,
  'no-unit': () => say`it belongs to no unit: end it and start it again`,
}

/** Returns the sentence of a caution. */
export function cautionText<Code extends CautionCode>(caution: CautionOf<Code>): Printable {
  const { code, blocking, detail } = caution
  return CAUTION_WORDS[code](detail, blocking)
}

const MAX_NAMES = 4

/** Returns names as a list. A blocking caution has only the first, any other has all. */
function named(names: readonly Printable[], isBlocking = true): Printable {
  return listed(names, isBlocking ? MAX_NAMES : Infinity)
}

/** Returns the names of units as people type them, the first of them. */
function namedUnits(units: readonly Printable[]): Printable {
  return named(units.map(shortName))
}

/** Returns what is wrong with a unit file that systemd did not load (systemctl(1), `LoadState`). */
function fileText(state: Printable): Printable {
  if (state === 'masked') return say`is masked`
  if (state === 'not-found') return say`is gone`
  return UNUSABLE.has(state) ? say`cannot be used (${state})` : say`cannot be used`
}

/** The other states of a file that systemd did not load. */
const UNUSABLE: ReadonlySet<string> = new Set(['stub', 'error', 'bad-setting', 'merged'])

/** Returns that the connections of services end with a restart, in the middle of a sentence. */
export function cutOffText(services: readonly Printable[]): Printable {
  return say`clients of ${enumerated(services)} are cut off and must reconnect`
}

/** Returns what ends with processes that a login left, after their own sentence. */
function remainsWords(remains: Remains): readonly Printable[] {
  const { terminals, mounts, guests, listens, isUnknown } = remains
  const count = counted(terminals.length, 'open terminal', 'open terminals')
  const ends = [
    ...(terminals.length === 0 ? [] : [say`${count} (${named(terminals.map(terminalLabel))})`]),
    ...(mounts.length === 0 ? [] : [say`file systems (${named(mounts.map(mountLabel))})`]),
    ...(guests.length === 0 ? [] : [named(guests.map(guestLabel))]),
    ...(listens.length === 0 ? [] : [say`what listens on ${named(listens.map(addressLabel))}`]),
  ]
  return [
    ...(ends.length === 0 ? [] : [say`, which also ends ${joined(ends, ', ')}`]),
    ...(isUnknown ? [say`; what else ends with them is not known`] : []),
  ]
}
