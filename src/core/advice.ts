import { sensitiveUnitRule } from './sensitive-units.ts'
import type { SensitiveUnitRule } from './sensitive-units.ts'
import type { Action, Advice, Caution, Owner, StaleProcess, UnitFacts, User } from './types.ts'
import { unitType } from './unit-name.ts'

/** What of the machine and of ourselves decides beside the unit. */
export type Setting = {
  /** Whether this systemd has `systemctl soft-reboot` (254 and later). */
  readonly canSoftReboot: boolean
  /** The owner of our own process; `null` where another machine is looked at. */
  readonly self: Owner | null
  readonly selfUid: number | null
}

/** Everything one verdict is made from. */
export type Case = {
  readonly owner: Owner
  readonly user: User | null
  readonly processes: readonly StaleProcess[]
  /** `null`: systemd was not or could not be asked. */
  readonly facts: UnitFacts | null
  readonly setting: Setting
}

type Verdict = { readonly action: Action; readonly cautions: readonly Caution[] }

/** A rule says `null` where it does not apply. The first that applies decides. */
type Rule = (subject: Case) => Verdict | null

/** Returns the cheapest step that makes the stale processes of one owner go away. */
export function adviceFor(subject: Case): Advice {
  const { action, cautions } = verdictOf(subject)
  const leftOver = action === 'restart' ? leftOverProcesses(subject) : 0
  return {
    action,
    command: commandFor(action, subject),
    clears: leftOver === 0 && action !== 'none',
    cautions:
      leftOver === 0 ? cautions : [...cautions, caution('leaves-processes', String(leftOver))],
  }
}

function verdictOf(subject: Case): Verdict {
  switch (subject.owner.kind) {
    case 'manager':
      return { action: isManagerItself(subject) ? 'reexec' : 'none', cautions: [] }
    case 'user-manager':
      return isPamHolder(subject)
        ? { action: 'relogin', cautions: [caution('ends-at-logout')] }
        : { action: 'user-reexec', cautions: [] }
    case 'session':
      return { action: 'relogin', cautions: [] }
    case 'app':
      return { action: 'close', cautions: [] }
    case 'container':
      return { action: 'container', cautions: [] }
    case 'vm':
      return { action: 'manual', cautions: [blocking('virtual-machine')] }
    case 'process':
      return { action: 'manual', cautions: [blocking('no-unit')] }
    case 'user-service':
      return first(USER_SERVICE_RULES, subject) ?? { action: 'user-restart', cautions: [] }
    case 'service':
      return (
        first(SERVICE_RULES, subject) ?? { action: 'restart', cautions: unaskedCaution(subject) }
      )
    default:
      return subject.owner.kind satisfies never
  }
}

function first(rules: readonly Rule[], subject: Case): Verdict | null {
  for (const rule of rules) {
    const made = rule(subject)
    if (made !== null) return made
  }
  return null
}

/** A manager re-executes itself; whatever else lives in its group does not change with it. */
function isManagerItself({ processes }: Case): boolean {
  return processes.some((process) => process.pid === 1)
}

/** `(sd-pam)` keeps the PAM session open until the manager ends (needrestart #244). */
export function isPamHolder({ processes }: Pick<Case, 'processes'>): boolean {
  return processes.every((process) => process.comm === '(sd-pam)')
}

const weAreInside: Rule = ({ owner, setting }) =>
  setting.self !== null && setting.self.unit === owner.unit && setting.self.uid === owner.uid
    ? verdict('wait', 'you-are-inside')
    : null

const isNotAService: Rule = ({ owner }) => {
  const type = unitType(owner.unit ?? '')
  if (type === 'service') return null
  return type === 'scope' ? verdict('manual', 'scope') : verdict('manual', 'not-a-service', type)
}

/** `systemctl restart` of a unit without a unit file would stop it for good. */
const unitFileIsGone: Rule = ({ facts }) =>
  facts === null || facts.LoadState === 'loaded'
    ? null
    : verdict('manual', 'unit-file-gone', facts.LoadState)

/** A restart would start what somebody stopped (systemd #7864: left-over process). */
const unitIsStopped: Rule = ({ facts }) =>
  facts?.ActiveState === 'inactive' || facts?.ActiveState === 'failed'
    ? verdict('manual', 'unit-stopped')
    : null

/** `bus_unit_method_start_generic` of systemd refuses a restart for either of the two. */
const systemdRefuses: Rule = ({ facts, setting }) =>
  facts?.RefuseManualStop === 'yes' || facts?.RefuseManualStart === 'yes'
    ? verdict(rebootAction(setting), 'systemd-refuses')
    : null

const isDisplayManager: Rule = ({ facts }) =>
  facts?.Names.split(' ').includes('display-manager.service')
    ? verdict('manual', 'sensitive', 'it ends the graphical session; log out first')
    : null

/** An instance that a socket with `Accept=yes` made for one connection (systemd.socket(5)). */
const isOneConnection: Rule = ({ owner, facts }) => {
  const [, template, instance] = /^([^@]+)@(.+)\.service$/.exec(owner.unit ?? '') ?? []
  const sockets = facts?.TriggeredBy.split(' ').filter((unit) => unit.endsWith('.socket')) ?? []
  return sockets.includes(`${template}.socket`) &&
    !sockets.includes(`${template}@${instance}.socket`)
    ? verdict('wait', 'one-connection')
    : null
}

/** A oneshot is a job: it is never run again for us (dnf5 #2890). */
const isOneshot: Rule = ({ facts }) => {
  if (facts?.Type !== 'oneshot') return null
  return facts.ActiveState === 'activating'
    ? verdict('wait', 'running-job')
    : verdict('manual', 'oneshot-left-over')
}

/** `systemd-run` without a name: somebody's own command, not a service to be run again blindly. */
const isSomebodysCommand: Rule = ({ owner, facts }) =>
  facts?.Transient === 'yes' && owner.unit?.startsWith('run-')
    ? verdict('manual', 'somebodys-command')
    : null

const isSensitive: Rule = ({ owner, setting }) => {
  const of = owner.kind === 'service' ? 'system' : 'user'
  const row = sensitiveUnitRule(owner.unit ?? '', of)
  return row === undefined ? null : sensitiveVerdict(row, setting)
}

function sensitiveVerdict(row: SensitiveUnitRule, setting: Setting): Verdict {
  const action = row.action === 'soft-reboot' ? rebootAction(setting) : row.action
  return verdict(action, 'sensitive', row.reason)
}

/** needrestart #340: ten restarts for an old session's sake, until sshd stayed dead. */
const onlyLeftOversAreStale: Rule = (subject) =>
  leftOverProcesses(subject) === subject.processes.length ? verdict('wait', 'left-over') : null

const SERVICE_RULES: readonly Rule[] = [
  weAreInside,
  isNotAService,
  unitFileIsGone,
  unitIsStopped,
  isOneConnection,
  isOneshot,
  isDisplayManager,
  isSensitive,
  systemdRefuses,
  isSomebodysCommand,
  onlyLeftOversAreStale,
]

const USER_SERVICE_RULES: readonly Rule[] = [weAreInside, isNotAService, isSensitive]

/**
 * Returns how many of the stale processes a restart would leave alone: all but the main and the control
 * process with `KillMode=process`, all with `none` (systemd.kill(5)).
 */
function leftOverProcesses({ facts, processes }: Case): number {
  if (facts === null || !['process', 'none'].includes(facts.KillMode)) return 0
  const stopped = facts.KillMode === 'none' ? [] : [facts.MainPID, facts.ControlPID]
  return processes.filter((process) => !stopped.includes(String(process.pid))).length
}

function rebootAction(setting: Setting): Action {
  return setting.canSoftReboot ? 'soft-reboot' : 'reboot'
}

function commandFor(
  action: Action,
  { owner, user, facts, setting }: Case,
): readonly string[] | null {
  const unit = owner.unit ?? ''
  switch (action) {
    case 'restart':
      return ['systemctl', 'restart', '--', unit]
    case 'reexec':
      return ['systemctl', 'daemon-reexec']
    case 'user-restart':
      return [...userSystemctl(user, setting), 'restart', '--', unit]
    case 'user-reexec':
      return facts?.CanReload === 'yes' && user?.uid !== setting.selfUid
        ? ['systemctl', 'reload', '--', unit]
        : [...userSystemctl(user, setting), 'daemon-reexec']
    case 'soft-reboot':
      return ['systemctl', 'soft-reboot']
    case 'reboot':
      return ['systemctl', 'reboot']
    default:
      return null
  }
}

/** `--machine=USER@` reaches a user's manager from outside (systemctl(1), since 248). */
function userSystemctl(user: User | null, setting: Setting): readonly string[] {
  if (user === null || user.uid === setting.selfUid) return ['systemctl', '--user']
  return ['systemctl', '--user', `--machine=${user.name ?? user.uid}@`]
}

function unaskedCaution({ facts }: Case): readonly Caution[] {
  return facts === null ? [caution('unit-not-asked')] : []
}

function verdict(action: Action, code: string, detail: string | null = null): Verdict {
  return { action, cautions: [blocking(code, detail)] }
}

function blocking(code: string, detail: string | null = null): Caution {
  return { code, blocking: true, detail }
}

function caution(code: string, detail: string | null = null): Caution {
  return { code, blocking: false, detail }
}
