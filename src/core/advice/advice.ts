import { say, words } from '../printable.ts'
import type { Printable } from '../printable.ts'
import { staleOfManager } from './case.ts'
import type { Case } from './case.ts'
import type { Action } from './action.ts'
import { isPause } from '../owner/application.ts'
import { decisionOf, isOwn } from './decision.ts'
import { ENDS_AT_LOGOUT, STARTED_BY_BUS, holderStays, keptBy, notesOn } from './notes.ts'
import type { NoteCaution } from './notes.ts'
import type { Kind } from '../owner/kinds.ts'
import { OWNER_RULES } from './owner-rules.ts'
import type { OwnerCaution, OwnerRuleCode } from './owner-rules.ts'
import { isMachineFile } from '../proc/process.ts'
import type { UnitDecision, UnitRuleCode } from './unit-rules.ts'

/**
 * A fact that a person should know before acting. `render/words` has a sentence for each code, made
 * with the `detail` that the code's rule gives. A `blocking` one keeps the finding out of
 * `commands`.
 */
export type Caution = UnitDecision['caution'] | OwnerCaution | NoteCaution

/** The code of a caution. */
export type CautionCode = Caution['code']

/**
 * The code of the rule that decided: a rule about the owner or the unit, or the kind of the owner
 * where no rule applies.
 */
export type RuleCode = OwnerRuleCode | UnitRuleCode | 'service' | 'user-service'

/** What is to be done about one case. */
export type Advice = {
  readonly action: Action
  /** The `argv`; `null` where no command does it. */
  readonly command: readonly Printable[] | null
  readonly clears: boolean
  readonly cautions: readonly Caution[]
  /** The rule that decided; `explain` says it in words. */
  readonly rule: RuleCode
}

type Verdict = Omit<Advice, 'command'>

/** Says whether a restart is the step that `adviceFor` returns. */
export function isRestarted(subject: Case): boolean {
  return isRestart(verdictOf(subject).action)
}

/** Returns the cheapest step that ends the stale processes of one case. */
export function adviceFor(subject: Case): Advice {
  const { action, cautions, rule, clears } = verdictOf(subject)
  const isJudged = isRestart(action) && rule !== 'of-a-user'
  return {
    action,
    command: commandFor(action, subject),
    clears,
    cautions: [...cautions, ...notesOn(subject, isJudged)],
    rule,
  }
}

/** The kinds that end when their user logs out. */
const OF_LOGIN: ReadonlySet<Kind> = new Set(['session', 'user-service', 'app'])

function verdictOf(subject: Case): Verdict {
  // The manager of the user executes itself anew like that of a person.
  if (subject.unattended === 'greeter' && OF_LOGIN.has(subject.owner.kind))
    return byHand({ code: 'greeter', blocking: true, detail: null })
  switch (subject.owner.kind) {
    case 'manager':
      return ofOwner('manager')
    case 'user-manager':
      return ofUserManager(subject)
    case 'session':
      return ofSession(subject)
    case 'app':
      return isPause(subject.owner)
        ? byHand({ code: 'podman-pause', blocking: true, detail: null })
        : ofOwner('app')
    case 'container':
      return subject.owner.isSupervisor
        ? byHand({ code: 'guest-supervisor', blocking: true, detail: subject.owner.name ?? say`` })
        : ofOwner(runsMachineFiles(subject) ? 'container-of-machine' : 'container')
    case 'vm':
      return byHand({ code: 'virtual-machine', blocking: true, detail: null })
    case 'process':
      return byHand({ code: 'no-unit', blocking: true, detail: null })
    case 'user-service':
      return ofUser(ruled(subject) ?? unruledOfUser(subject), subject)
    case 'service':
      return (
        ruled(subject) ??
        (subject.owner.isOfBus
          ? byHand({ code: 'started-by-bus', blocking: true, detail: null })
          : unhindered('service'))
      )
    default:
      return subject.owner.kind satisfies never
  }
}

/** Returns the verdict for the manager of a user, for what else is in its group, or for both. */
function ofUserManager(subject: Case): Verdict {
  const { manager, others } = staleOfManager(subject)
  const unit = managerUnit(subject)
  const kept = subject.isLingering ? [] : keptBy(subject.pinnedBy)
  if (!others) return ofOwner('user-manager')
  if (manager) {
    const stays = holderStays(subject.isLingering ? unit : null)
    return { ...ofOwner('user-manager'), clears: false, cautions: [stays, ...kept] }
  }
  return subject.isLingering
    ? byHand({ code: 'lingers', blocking: true, detail: unit })
    : { ...ofOwner('pam-holder'), cautions: [ENDS_AT_LOGOUT, ...kept] }
}

/** Says whether a container is stale by nothing but files of the machine, which it is shown. */
function runsMachineFiles({ processes }: Case): boolean {
  return processes.every(({ files }) => files.length > 0 && files.every(isMachineFile))
}

function ofSession({ remains, unattended }: Case): Verdict {
  if (remains !== null) return byHand({ code: 'session-left', blocking: true, detail: remains })
  return unattended === 'command'
    ? byHand({ code: 'session-of-command', blocking: true, detail: null })
    : ofOwner('session')
}

function unruledOfUser(subject: Case): Verdict {
  if (subject.owner.isOfBus)
    return { ...ofOwner('started-by-user-bus'), cautions: [STARTED_BY_BUS] }
  return isOwn(subject) ? unhindered('user-service') : ofOwner('of-a-user')
}

/** The step of a user in place of a step of the machine. */
const USERS_STEP: Readonly<Partial<Record<Action, Action>>> = {
  restart: 'user-restart',
  'soft-reboot': 'relogin',
  reboot: 'relogin',
}

function ofUser(verdict: Verdict, subject: Case): Verdict {
  const action = USERS_STEP[verdict.action] ?? verdict.action
  if (action !== 'relogin' || !isOfManager(subject)) return { ...verdict, action }
  return subject.isLingering
    ? byHand({ code: 'lingers', blocking: true, detail: managerUnit(subject) })
    : { ...verdict, action, cautions: [...verdict.cautions, ...keptBy(subject.pinnedBy)] }
}

/**
 * Says whether a service that a logout is to end ends with the user's manager, and no sooner: no
 * graphical session has started it. A user who lingers keeps the manager (loginctl(1),
 * enable-linger; systemd.special(7), graphical-session.target).
 */
function isOfManager({ sensitive }: Case): boolean {
  return sensitive !== undefined && sensitive.role !== 'graphical-session'
}

function managerUnit({ owner }: Case): Printable {
  return say`user@${owner.uid ?? 0}.service`
}

function ruled(subject: Case): Verdict | null {
  const decision = decisionOf(subject)
  if (decision === null) return null
  const { action, clears, caution } = decision
  return { action, clears, cautions: action === 'restart' ? [] : [caution], rule: caution.code }
}

function isRestart(action: Action): boolean {
  return action === 'restart' || action === 'user-restart'
}

function commandFor(action: Action, subject: Case): readonly Printable[] | null {
  const { owner, facts } = subject
  const unit = owner.unit ?? say``
  const isOwnManager = isOwn(subject)
  switch (action) {
    case 'restart':
      return words('systemctl', 'restart', '--', unit)
    case 'reexec':
      return words('systemctl', 'daemon-reexec')
    case 'user-restart':
      return isOwnManager ? words('systemctl', '--user', 'restart', '--', unit) : null
    case 'user-reexec':
      if (isOwnManager) return words('systemctl', '--user', 'daemon-reexec')
      // The system's manager asks the manager of a user to re-execute itself.
      return facts?.CanReload === 'yes' ? words('systemctl', 'reload', '--', unit) : null
    case 'soft-reboot':
      return words('systemctl', 'soft-reboot')
    case 'reboot':
      return words('systemctl', 'reboot')
    default:
      return null
  }
}

/** Returns the verdict for a unit that no rule applies to. */
function unhindered(rule: 'service' | 'user-service'): Verdict {
  return { action: 'restart', clears: true, cautions: [], rule }
}

function ofOwner(rule: OwnerRuleCode): Verdict {
  const action = OWNER_RULES[rule]
  return { action, clears: true, cautions: [], rule }
}

function byHand(caution: OwnerCaution): Verdict {
  return { ...ofOwner(caution.code), cautions: [caution] }
}
