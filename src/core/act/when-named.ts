import type { Case } from '../advice/case.ts'
import { objectionsTo } from '../advice/decision.ts'
import { notesOn } from '../advice/notes.ts'
import { isOwnerRule } from '../advice/owner-rules.ts'
import type { UnitDecision, UnitRuleCode } from '../advice/unit-rules.ts'
import type { Finding, Scan } from '../report/report.ts'

/** What a restart by name does about a unit that a rule keeps from being restarted blindly. */
type WhenNamed = {
  /** Whether a restart ends its old code, and can be done: then the caller is asked. */
  readonly asks: boolean
  readonly reason: string
}

/**
 * The answer for each rule about units, for those whose action is `manual` or `wait`. Where a
 * restart costs something, the caller decides. A restart that would end nothing, would not be done,
 * or would leave the unit down is refused.
 */
export const WHEN_NAMED = {
  'you-are-inside': { asks: true, reason: 'the caller may end the own session' },
  'own-job': { asks: true, reason: 'the caller may end what started this command' },
  'ends-your-connection': { asks: true, reason: 'the caller may end the own session' },
  scope: { asks: false, reason: 'systemd.scope(5): a scope is not started by systemd' },
  'not-a-service': {
    asks: false,
    reason: 'a restart of another unit does not renew what runs in its group',
  },
  'unit-file-gone': { asks: false, reason: 'systemctl(1): the stop is done, and the start fails' },
  'unit-stopped': { asks: false, reason: 'a restart would start what somebody stopped' },
  'changing-state': { asks: false, reason: 'another job does something to it right now' },
  'job-queued': { asks: false, reason: 'another job does something to it right now' },
  starting: { asks: false, reason: 'another job does something to it right now' },
  frozen: { asks: false, reason: 'systemctl(1), freeze: frozen processes do not end' },
  'one-connection': {
    asks: false,
    reason: 'it ends with its connection, and nothing starts it again',
  },
  'running-job': {
    asks: false,
    reason: 'it ends with its work, which a restart would begin again',
  },
  'oneshot-left-over': { asks: true, reason: 'a restart runs the job again' },
  'left-over': { asks: false, reason: 'a restart leaves these processes alone' },
  'goes-on': { asks: false, reason: 'a restart leaves these processes alone' },
  'still-listens': { asks: false, reason: 'a restart leaves these processes alone' },
  'holds-guest': { asks: false, reason: 'a restart leaves these processes alone' },
  'left-alone': { asks: false, reason: 'a restart leaves these processes alone' },
  'below-main': { asks: true, reason: 'the main process may end these' },
  succeeded: { asks: true, reason: 'a restart cuts the work of these' },
  'users-work': { asks: true, reason: 'a restart ends the work of users' },
  'kills-nothing': {
    asks: false,
    reason: 'systemd.kill(5), KillMode=none: a restart ends nothing',
  },
  'main-unknown': { asks: true, reason: 'a restart ends some of its processes' },
  'display-manager': { asks: true, reason: 'a restart ends the graphical session' },
  sensitive: { asks: true, reason: 'the row of the table says what a restart costs' },
  'systemd-refuses': {
    asks: false,
    reason: 'systemd.unit(5), RefuseManualStop=, RefuseManualStart=',
  },
  'ends-the-machine': {
    asks: false,
    reason: 'systemd.unit(5), SuccessAction=: the machine would stop',
  },
  'somebodys-command': { asks: true, reason: 'somebody may wait for it' },
  'triggered-job': { asks: true, reason: 'a restart runs the job again' },
  'ends-guests': { asks: true, reason: 'a restart ends guests' },
  'ends-terminals': { asks: true, reason: 'a restart ends the work at terminals' },
  'takes-mounts-away': { asks: true, reason: 'a restart takes file systems away' },
  'takes-interfaces-away': { asks: true, reason: 'a restart takes network interfaces away' },
  'serves-display': { asks: true, reason: 'a restart closes windows' },
  'hangs-up-terminals': { asks: true, reason: 'a restart ends the work at terminals' },
  'cuts-logins': { asks: true, reason: 'a restart cuts logins' },
  'blocks-shutdown': {
    asks: true,
    reason: 'a restart interrupts what asked not to be interrupted',
  },
  'jobs-inside': { asks: true, reason: 'a restart ends work in progress' },
  'ends-logins': { asks: true, reason: 'a restart ends logins' },
  'takes-along': { asks: true, reason: 'a restart is passed on to other units' },
  'stops-too': { asks: true, reason: 'a restart stops other units' },
  'starts-too': { asks: true, reason: 'a restart starts other units' },
  'cannot-start': { asks: false, reason: 'the stop is done, and the start fails' },
  'start-skipped': { asks: false, reason: 'the stop is done, and the start is skipped' },
  'files-unknown': { asks: true, reason: 'a start may fail' },
  'members-unknown': { asks: true, reason: 'a restart may end something of others' },
  'open-files-unknown': { asks: true, reason: 'a restart may end something of others' },
  'one-start': { asks: true, reason: 'systemd may refuse the start after this one' },
  'unit-not-asked': { asks: false, reason: 'nothing is known of the unit' },
} as const satisfies Readonly<Record<UnitRuleCode, WhenNamed>>

/** Says whether the caller can ask for a restart although a rule speaks against it. */
export function isAskedFor({ action, rule }: Pick<Finding, 'action' | 'rule'>): boolean {
  const isJudged = action === 'manual' || action === 'wait' || action === 'restart'
  if (!isJudged || rule === 'service' || rule === 'user-service' || isOwnerRule(rule)) return false
  return WHEN_NAMED[rule].asks
}

/**
 * Returns the findings of a scan, each with all that a restart by name costs. A finding has what
 * its first rule says; a later rule may say that the unit would not start again.
 */
export function withAllCosts({ report, cases }: Scan): readonly Finding[] {
  return report.findings.map((finding, at) => {
    const subject = cases[at]
    const isOpen = finding.action !== 'restart' && isAskedFor(finding)
    return subject === undefined || !isOpen ? finding : withCosts(finding, subject)
  })
}

function withCosts(finding: Finding, subject: Case): Finding {
  const objections = objectionsTo(subject)
  const refusal = objections.find((one) => !isAskedFor({ ...one, rule: one.caution.code }))
  if (refusal !== undefined) return refused(finding, refusal)
  const costs = objections.map(({ caution }) => caution)
  const known = new Set<string>(costs.map(({ code }) => code))
  const notes = notesOn(subject, true).filter(({ code }) => !known.has(code))
  return { ...finding, cautions: [...costs, ...notes] }
}

function refused(finding: Finding, { action, clears, caution }: UnitDecision): Finding {
  return { ...finding, action, clears, cautions: [caution], rule: caution.code }
}
