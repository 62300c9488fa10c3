import type { Case } from './case.ts'
import { printableText } from '../printable.ts'
import type { Action, Advice, Caution } from './verdict.ts'
import {
  carriesUs,
  decisionOf,
  keepsProcesses,
  RULES_BY_NAME,
  SERVICE_RULES,
} from './unit-rules.ts'
import type { UnitRule } from './unit-rules.ts'

type Verdict = Pick<Advice, 'action' | 'cautions' | 'rule'> & { readonly clears?: false }

/** Returns the cheapest step that makes the stale processes of one case go away. */
export function adviceFor(subject: Case): Advice {
  const { action, cautions, rule, clears } = verdictOf(subject)
  return {
    action,
    command: commandFor(action, subject),
    clears: clears ?? action !== 'none',
    cautions: [
      ...cautions,
      ...(isRestart(action) && rule !== 'of-a-user' ? restartCautions(subject) : []),
      ...networkCautions(subject),
    ],
    rule,
  }
}

function verdictOf(subject: Case): Verdict {
  switch (subject.owner.kind) {
    case 'manager':
      return isManagerItself(subject) ? plain('reexec', 'manager') : plain('none', 'manager-group')
    case 'user-manager':
      if (isUserManager(subject)) return plain('user-reexec', 'user-manager')
      return subject.isLingering
        ? blocked('manual', 'lingers', subject.owner.unit)
        : { ...plain('relogin', 'pam-holder'), cautions: [caution('ends-at-logout')] }
    case 'session':
      return subject.isLeft ? blocked('manual', 'session-left') : plain('relogin', 'session')
    case 'app':
      return plain('close', 'app')
    case 'container':
      return subject.owner.isSupervisor
        ? blocked('manual', 'guest-supervisor', `container ${subject.owner.name}`)
        : plain('container', 'container')
    case 'vm':
      return blocked('manual', 'virtual-machine')
    case 'process':
      return blocked('manual', 'no-unit')
    case 'user-service':
      return isOwn(subject)
        ? ofUser(ruled(subject, SERVICE_RULES) ?? plain('restart', 'user-service'))
        : ofUser(ruled(subject, RULES_BY_NAME) ?? plain('restart', 'of-a-user'))
    case 'service':
      return ruled(subject, SERVICE_RULES) ?? plain('restart', 'service')
    default:
      return subject.owner.kind satisfies never
  }
}

/** Only whom a service belongs to can ask the user's manager about it, and what a restart costs. */
function isOwn({ owner, setting: { selfUid } }: Case): boolean {
  return selfUid !== 0 && selfUid === owner.uid
}

/** What a user does in place of a step that is the machine's. */
const USERS_STEP: Readonly<Partial<Record<Action, Action>>> = {
  restart: 'user-restart',
  'soft-reboot': 'relogin',
  reboot: 'relogin',
}

function ofUser(verdict: Verdict): Verdict {
  return { ...verdict, action: USERS_STEP[verdict.action] ?? verdict.action }
}

function ruled(subject: Case, rules: readonly UnitRule[]): Verdict | null {
  const decision = decisionOf(rules, subject)
  if (decision === null) return null
  const { action, code, detail, clears } = decision
  const verdict = action === 'restart' ? plain(action, code) : blocked(action, code, detail)
  return clears === undefined ? verdict : { ...verdict, clears }
}

/** A manager re-executes itself; whatever else lives in its group does not change with it. */
function isManagerItself({ processes }: Case): boolean {
  return processes.some(({ pid }) => pid === 1)
}

/**
 * Says whether these are the manager itself. What else stands in its group does not change with it:
 * `(sd-pam)`, which keeps the PAM session open until the manager ends (needrestart #244).
 */
export function isUserManager({ processes }: Pick<Case, 'processes'>): boolean {
  return processes.every(({ comm }) => comm === 'systemd')
}

/** What should be known before a restart that is otherwise safe. */
function restartCautions(subject: Case): readonly Caution[] {
  const { facts, dependents, processes, lifeline, guests, terminals } = subject
  const endsMore = !keepsProcesses(subject)
  const units = dependents.map(({ unit }) => unit).join(', ')
  const isReplaced = processes.some(({ files }) => files.some(({ kind }) => kind === 'executable'))
  return [
    ...cautionIf(facts === null, 'unit-not-asked'),
    ...cautionIf(facts?.NeedDaemonReload === 'yes', 'needs-daemon-reload'),
    ...cautionIf(facts?.SendSIGKILL === 'no', 'not-killed'),
    ...cautionIf(facts?.Transient === 'yes', 'runs-again'),
    ...cautionIf(dependents.length > 0, 'restarts-too', units),
    ...cautionIf(carriesUs(subject), 'carries-your-connection'),
    ...cautionIf(endsMore && guests.length > 0, 'ends-guests', guests.join(', ')),
    ...cautionIf(endsMore && terminals.length > 0, 'ends-terminals', terminals.join(', ')),
    ...cautionIf(lifeline?.role === 'login' && isReplaced, 'logins-may-fail'),
  ]
}

/** Said of whatever a remote login depends on, however it is restarted. */
function networkCautions({ owner, setting }: Case): readonly Caution[] {
  const used = setting.paths.filter(({ units }) => units.includes(owner.unit ?? ''))
  const names = used.map((path) => path.interface).join(', ')
  return owner.kind === 'service' ? cautionIf(used.length > 0, 'carries-remote-logins', names) : []
}

function isRestart(action: Action): boolean {
  return action === 'restart' || action === 'user-restart'
}

function commandFor(action: Action, subject: Case): readonly string[] | null {
  const { owner, facts } = subject
  const unit = owner.unit ?? ''
  const isOwnManager = isOwn(subject)
  switch (action) {
    case 'restart':
      return ['systemctl', 'restart', '--', unit]
    case 'reexec':
      return ['systemctl', 'daemon-reexec']
    case 'user-restart':
      return isOwnManager ? ['systemctl', '--user', 'restart', '--', unit] : null
    case 'user-reexec':
      if (isOwnManager) return ['systemctl', '--user', 'daemon-reexec']
      // The system's manager has the manager of a user do it.
      return facts?.CanReload === 'yes' ? ['systemctl', 'reload', '--', unit] : null
    case 'soft-reboot':
      return ['systemctl', 'soft-reboot']
    case 'reboot':
      return ['systemctl', 'reboot']
    default:
      return null
  }
}

function plain(action: Action, rule: string): Verdict {
  return { action, cautions: [], rule }
}

function blocked(action: Action, code: string, detail: string | null = null): Verdict {
  return { action, cautions: [{ code, blocking: true, detail: shown(detail) }], rule: code }
}

function caution(code: string, detail: string | null = null): Caution {
  return { code, blocking: false, detail: shown(detail) }
}

/** Whatever a rule takes into its sentence from outside goes through one door. */
function shown(detail: string | null): string | null {
  return detail === null ? null : printableText(detail)
}

function cautionIf(
  applies: boolean,
  code: string,
  detail: string | null = null,
): readonly Caution[] {
  return applies ? [caution(code, detail)] : []
}
