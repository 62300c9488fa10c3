import type { Action } from '../../core/advice/action.ts'
import type { ByHandCode } from '../../core/advice/owner-rules.ts'
import type { RuleCode } from '../../core/advice/advice.ts'
import type { UnitRuleCode } from '../../core/advice/unit-rules.ts'
import type { Explained } from '../../core/explain/explained.ts'
import { endsSomething } from '../../core/report/ends-reader.ts'
import type { Reader } from '../../core/report/reader.ts'
import type { Finding } from '../../core/report/report.ts'
import { printableText, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import { userLabel } from '../words/labels.ts'

/** The rules that leave a step to a person, or say that there is none. */
type ByHandRule = UnitRuleCode | ByHandCode

/** What is to be done where a rule speaks against a restart, behind the name and a colon. */
export const RULE_VERDICTS = {
  'you-are-inside': 'this command runs inside of it, so restart it from elsewhere.',
  'own-job': 'it started this command, and ends by itself.',
  'ends-your-connection': 'a restart ends your own login, so choose when.',
  scope: 'it cannot be restarted. End its programs and start them again.',
  'not-a-service': 'it cannot be restarted like a service. A reboot renews it.',
  'unit-file-gone': 'leave it running for now, as it could not start again.',
  'unit-stopped': 'it is stopped. What it left running can be ended.',
  'changing-state': 'wait, as it is being stopped right now.',
  'job-queued': 'wait, as systemd is about to start, stop or restart it.',
  starting: 'wait, as it is starting right now.',
  frozen: 'thaw it first, as what is frozen cannot be restarted.',
  'one-connection': 'nothing to do, it ends with its connection.',
  'running-job': 'nothing to do, it ends when its work is done.',
  'oneshot-left-over': 'its work is done, but it left programs running. End them when it suits.',
  'left-over': 'nothing to do, these are logins or jobs that end by themselves.',
  'goes-on': 'nothing to do, these are logins or jobs that end by themselves.',
  'still-listens': 'a restart does not renew these programs. End and start them yourself.',
  'holds-guest': 'restart what runs inside of it when that suits.',
  'left-alone': 'a restart does not renew these programs. End them when it suits.',
  'below-main': 'a restart may or may not renew these programs, so look again after it.',
  succeeded: 'nothing to do, it is renewed already. These programs end after their work.',
  'users-work': 'only what a user runs inside of it is old. Ask the user to end it.',
  'kills-nothing': 'a restart does not renew it. End its programs yourself.',
  'main-unknown': 'choose when to restart it, since what that ends is not known.',
  'display-manager': 'log out first, since a restart ends the graphical session.',
  sensitive: 'choose when to restart it, since that costs something.',
  'systemd-refuses': 'it cannot be restarted by hand. A reboot renews it.',
  'ends-the-machine': 'do not restart it, since the machine may go down with it.',
  'somebodys-command': 'choose when to restart it, since somebody may wait for it.',
  'triggered-job': 'it is a job that ends by itself. A restart would run it again.',
  'ends-guests': 'choose when to restart it, since that stops what runs inside of it.',
  'ends-terminals': 'choose when to restart it, since somebody works inside of it.',
  'takes-mounts-away': 'choose when to restart it, since that takes file systems away.',
  'takes-interfaces-away': 'choose when to restart it, since that cuts a network.',
  'serves-display': 'choose when to restart it, since that closes windows.',
  'hangs-up-terminals': 'choose when to restart it, since that ends a login at this machine.',
  'cuts-logins': 'choose when to restart it, since logins come in through it.',
  'blocks-shutdown': 'wait, as it has asked not to be interrupted.',
  'jobs-inside': 'choose when to restart it, since that ends work in progress.',
  'ends-logins': 'choose when to restart it, since that may end logins through it.',
  'takes-along': 'choose when to restart it, since other services restart with it.',
  'stops-too': 'choose when to restart it, since that stops other services for good.',
  'starts-too': 'choose when to restart it, since that starts what is stopped now.',
  'cannot-start': 'leave it running for now, as it could not start again.',
  'start-skipped': 'leave it running for now, as it would not start again.',
  'files-unknown': 'choose when to restart it, since it may not start again.',
  'members-unknown': 'choose when to restart it, since what that ends is not known.',
  'open-files-unknown': 'choose when to restart it, since what that ends is not known.',
  'one-start': 'choose when to restart it, since systemd may keep it down after that.',
  'unit-not-asked': 'nothing can be advised, since systemd could not be asked about it.',
  lingers: 'no logout ends it. Reboot when it suits.',
  'session-left': 'its user has logged out. End what was left running when it suits.',
  'session-of-command': 'nothing to do, it ends with its command.',
  greeter: 'nothing to do, it ends when somebody logs in.',
  'started-by-bus': 'end it, and it is started again when something needs it.',
  'podman-pause': 'choose when to renew it, since that stops containers.',
  'guest-supervisor': 'restart what runs inside of it when that suits.',
  'virtual-machine': 'shut the machine down and start it again when it suits.',
  'no-unit': 'end it and start it again when it suits.',
} as const satisfies Readonly<Record<ByHandRule, string>>

/** The verdict of each action. A new action without its sentence does not compile. */
const ACTION_VERDICTS: Readonly<Record<Action, (one: Explained, reader: Reader) => Printable>> = {
  restart: restartVerdict,
  'user-restart': restartVerdict,
  reexec: () => say`renew it now, it is safe.`,
  'user-reexec': ({ finding }, reader) => {
    const isReachable = finding.command !== null || finding.user?.uid === 0
    if (isReachable) return say`renew it now, it is safe.`
    return isOf(finding, reader)
      ? say`it is yours, so renew it without ${reader.asRoot ?? 'sudo'}.`
      : say`only ${whose(finding)} can renew it, or log out and in again.`
  },
  relogin: ({ finding: { isYours } }) =>
    isYours
      ? say`this is your own login. Log out and in again when it suits.`
      : say`log out and in again when it suits.`,
  close: () => say`close it and open it again when it suits.`,
  container: ({ finding }) =>
    finding.rule === 'container-of-machine'
      ? say`restart the container when it suits.`
      : say`update it with its own tools, as its files are its own.`,
  manual: ruleVerdict,
  wait: ruleVerdict,
  'soft-reboot': () => say`only a reboot renews it. Reboot when it suits.`,
  reboot: () => say`only a reboot renews it. Reboot when it suits.`,
  none: ruleVerdict,
}

/** Returns the verdict on a finding, behind its name and a colon. */
export function verdictText(one: Explained, reader: Reader): Printable {
  return ACTION_VERDICTS[one.named.action](one, reader)
}

/** Says whether a finding is that of the user who became root for the run. */
function isOf({ user }: Finding, reader: Reader): boolean {
  return user !== null && user.uid === reader.uid
}

function restartVerdict(one: Explained, reader: Reader): Printable {
  const { finding, case: subject } = one
  if (finding.command === null)
    return isOf(finding, reader)
      ? say`it is yours, so restart it without ${reader.asRoot ?? 'sudo'}.`
      : say`only ${whose(finding)} can restart it.`
  if (subject.facts === null)
    return say`restart it when it suits. What that costs could not be asked.`
  return endsSomething(finding)
    ? say`restart it when the end of what runs inside of it is all right.`
    : say`restart it now, it is safe.`
}

function whose({ user }: Finding): Printable {
  return user === null ? say`its user` : userLabel(user)
}

function ruleVerdict({ named, case: { sensitive } }: Explained): Printable {
  const { rule, action, cautions } = named
  if (rule === 'sensitive' && action === 'wait') return say`nothing to do, it ends by itself.`
  if (rule === 'sensitive' && sensitive?.role === 'network')
    return say`restart it when a short loss of the network is all right.`
  if (cautions.some((one) => one.code === 'sensitive' && one.detail.guests.length > 0))
    return say`choose when to restart it, since what runs in it may stop.`
  if (!isByHand(rule)) return say`look at it by hand.`
  return printableText(RULE_VERDICTS[rule])
}

function isByHand(rule: RuleCode): rule is ByHandRule {
  return Object.hasOwn(RULE_VERDICTS, rule)
}
