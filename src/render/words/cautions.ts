import type { Caution, CautionCode } from '../../core/advice/advice.ts'
import { printableText } from '../../core/printable.ts'
import { guestLabel, terminalLabel } from './labels.ts'
import { listed } from './words.ts'

/** The details that the rules give to the sentences of their cautions, by code. */
type Details = { [One in Caution as One['code']]: One['detail'] }

type CautionOf<Code extends CautionCode> = {
  [One in Code]: { readonly code: One; readonly blocking: boolean; readonly detail: Details[One] }
}[Code]

/**
 * A sentence for each caution. It is in lower case and has no full stop, so it can follow a colon.
 */
export type CautionWords = {
  readonly [Code in CautionCode]: (detail: Details[Code], isBlocking: boolean) => string
}

/** The sentence of each caution, by its code. */
export const CAUTION_WORDS: CautionWords = {
  sensitive: ({ reason, guests }) =>
    guests.length === 0 ? reason : `${reason}; running now: ${named(guests.map(guestLabel))}`,
  'you-are-inside': () => 'this command runs inside of it; restart it from elsewhere',
  'own-job': () => 'this command runs inside of it, and it ends by itself',
  'changing-state': () => 'it is being stopped right now',
  'job-queued': () => 'systemd has a job for it that waits (systemctl list-jobs)',
  starting: () => 'it is starting right now',
  frozen: () => 'it is frozen (systemctl freeze)',
  'ends-the-machine': (action) => `when it ends, systemd does what its unit file says: ${action}`,
  'triggered-job': (units) =>
    `a job that ${named(units)} starts: a restart would run it a second time`,
  'stops-too': (units) => `a restart stops ${named(units)}, and does not start it again`,
  'starts-too': (units) => `a restart starts ${named(units)}, which is stopped now`,
  'cannot-start': (files) => `it could not start again: ${named(files)} is missing`,
  'files-unknown': () =>
    'what lies now where its files were could not be told: it may not start again',
  'members-unknown': () =>
    'more processes run inside of it than can be looked at: one may be a terminal or a guest',
  'one-start': (interval) =>
    `systemd allows it one start in ${interval}: reset-failed first, or it may stay down`,
  'needs-daemon-reload': () => 'its unit file has changed: systemctl daemon-reload first',
  'not-killed': () => 'what does not end by itself is not killed (SendSIGKILL=no)',
  'runs-again': () => 'started with systemd-run: its command runs again',
  lingers: (unit) => `it ends only with ${unit}, and with it all services of the user`,
  'guest-supervisor': (container) =>
    `it runs container ${container} from outside: restart that when it suits`,
  'ends-logins': (processes) =>
    `a restart ends who is logged in through it: ${processes} processes beside its own`,
  'session-left': () => 'the user has logged out of this session; end these processes',
  'main-unknown': () => 'systemd does not know its main process (KillMode=process)',
  scope: () => 'a scope cannot be restarted; end its programs and start them again',
  'not-a-service': (type) => `a ${type} unit is not restarted like a service`,
  'unit-file-gone': (state) => `its unit file is ${state}: systemd could not start it again`,
  'unit-stopped': () => 'the unit is stopped, these processes were left over; end them',
  'systemd-refuses': () => 'systemd refuses to restart it by hand',
  'one-connection': () => 'it serves one connection and ends with it',
  'running-job': () => 'it is a job that runs right now and ends by itself',
  'oneshot-left-over': () => 'a oneshot is not run again; these processes were left over by it',
  'somebodys-command': () => 'a command that somebody started with systemd-run, and may wait for',
  'left-over': () =>
    'a restart leaves these processes alone: logins or jobs that end by themselves',
  'users-work': () =>
    "only what another user runs inside of it is stale, by files that may be the user's own",
  'unit-not-asked': () => 'systemd could not be asked about this unit',
  'ends-at-logout': () => 'it ends when the user logs out',
  'display-manager': () => 'it ends the graphical session; log out first',
  'ends-your-connection': () => 'your own session came through it and ends with it',
  'carries-your-connection': () => 'your own session came through it, and survives the restart',
  'ends-guests': (guests, isBlocking) =>
    `a restart stops ${named(guests.map(guestLabel), isBlocking)}`,
  'ends-terminals': (terminals, isBlocking) =>
    `somebody works inside of it: ${named(terminals.map(terminalLabel), isBlocking)}`,
  'carries-remote-logins': (interfaces) =>
    `remote logins come over ${interfaces.join(', ')}, which it manages`,
  'takes-along': (units) => `a restart takes ${units.join(', ')} along`,
  'restarts-too': (units) => `restarts ${units.join(', ')} too`,
  'logins-may-fail': () =>
    'new logins may fail until it is restarted: its own program was replaced',
  'kills-nothing': () => 'its processes are not ended by a restart (KillMode=none)',
  'virtual-machine': () => 'a virtual machine: shut it down and start it again',
  'no-unit': () => 'belongs to no unit: end it and start it again',
}

/** Returns the sentence of a caution. Texts from outside are made printable here. */
export function cautionText<Code extends CautionCode>(caution: CautionOf<Code>): string {
  const { code, blocking, detail } = caution
  return printableText(CAUTION_WORDS[code](detail, blocking))
}

const MAX_NAMES = 4

/** Returns names as a list. A blocking caution has only the first, any other has all. */
function named(names: readonly string[], isBlocking = true): string {
  return listed(names, isBlocking ? MAX_NAMES : Infinity)
}
