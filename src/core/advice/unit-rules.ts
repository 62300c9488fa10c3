import type { Case, Setting } from './case.ts'
import { guestLabel } from '../owner/guest.ts'
import type { SensitiveUnitRule } from './sensitive-units.ts'
import type { Action } from './verdict.ts'
import type { UnitFacts } from '../systemd/unit-facts.ts'
import { unitType, parseUnitList } from '../systemd/unit-name.ts'

/** What a rule decides: the step, and what the sentence of its caution needs. */
export type Decision = { readonly action: Action; readonly detail?: string }

/** One rule about a unit. Rules are tried in order, and the first that applies decides. */
export type UnitRule = {
  /** The code of the caution that it makes: `render/words.ts` has its sentence. */
  readonly code: string
  /** What it asks, for `explain`. */
  readonly question: string
  /** Where the fact behind it comes from. */
  readonly source: string
  /** Set where the action does not end the processes by itself. */
  readonly clears?: false
  /** The decision; `null` where the rule does not apply. */
  readonly decide: (subject: Case) => Decision | null
}

const INSIDE: UnitRule = {
  code: 'you-are-inside',
  question: 'Does this command itself run inside of it?',
  source: 'systemd.kill(5): a restart ends every process of the unit, this command included',
  decide: (subject) => (endsUs(subject) && isMainStale(subject) ? { action: 'manual' } : null),
}

const OWN_JOB: UnitRule = {
  code: 'own-job',
  question: 'Is it what started this command?',
  source: 'systemd.kill(5): a restart ends every process of the unit, this command included',
  decide: (subject) => (endsUs(subject) ? { action: 'wait' } : null),
}

const CHANGING: UnitRule = {
  code: 'changing-state',
  question: 'Is somebody stopping or cleaning it right now?',
  source: 'systemctl(1): a restart replaces the stop that is under way',
  decide: ({ facts }) =>
    facts?.ActiveState === 'deactivating' || facts?.ActiveState === 'maintenance'
      ? { action: 'wait' }
      : null,
}

const QUEUED: UnitRule = {
  code: 'job-queued',
  question: 'Is a job queued for it?',
  source: 'systemctl(1): a restart replaces the job that waits, which may be a stop',
  decide: ({ facts }) =>
    facts !== null && !['', '0'].includes(facts.Job) ? { action: 'wait' } : null,
}

const STARTING: UnitRule = {
  code: 'starting',
  question: 'Is it starting right now?',
  source: 'systemd.service(5): a restart ends the start that is under way and begins again',
  decide: ({ facts }) => (facts?.ActiveState === 'activating' ? { action: 'wait' } : null),
}

const FROZEN: UnitRule = {
  code: 'frozen',
  question: 'Is it frozen?',
  source: 'systemctl(1), freeze: systemd refuses to restart a frozen unit, or thaws it',
  decide: ({ facts }) =>
    facts !== null && !['', 'running'].includes(facts.FreezerState) ? { action: 'manual' } : null,
}

const KILLS_NOTHING: UnitRule = {
  code: 'kills-nothing',
  question: 'Does systemd end nothing of it (KillMode=none)?',
  source: 'systemd.kill(5), KillMode=none: a restart leaves all of its processes alone',
  clears: false,
  decide: ({ facts }) => (facts?.KillMode === 'none' ? { action: 'manual' } : null),
}

const MAIN_UNKNOWN: UnitRule = {
  code: 'main-unknown',
  question: 'Does nobody know which of its processes a restart would end?',
  source: 'systemd.kill(5), KillMode=process, with MainPID=0',
  clears: false,
  decide: ({ facts }) =>
    facts?.KillMode === 'process' && facts.MainPID === '0' && facts.ControlPID === '0'
      ? { action: 'manual' }
      : null,
}

const NOT_ASKED: UnitRule = {
  code: 'unit-not-asked',
  question: 'Could systemd not be asked about it?',
  source: 'without its properties nobody knows whether a restart is safe',
  decide: ({ facts, setting }) => (facts === null && setting.isLive ? { action: 'manual' } : null),
}

const SCOPE: UnitRule = {
  code: 'scope',
  question: 'Is it a scope, which cannot be started?',
  source: 'systemd.scope(5): made of running processes, cannot be started',
  decide: ({ owner }) => (unitType(owner.unit ?? '') === 'scope' ? { action: 'manual' } : null),
}

const NOT_A_SERVICE: UnitRule = {
  code: 'not-a-service',
  question: 'Is it something else than a service?',
  source: 'systemd.unit(5): restarting a mount, swap or socket takes it away first',
  decide: ({ owner }) => {
    const type = unitType(owner.unit ?? '')
    return type === 'service' ? null : { action: 'manual', detail: type }
  },
}

const FILE_GONE: UnitRule = {
  code: 'unit-file-gone',
  question: 'Has its unit file gone, or is it masked?',
  source: 'systemctl(1): a unit without a loaded file can be stopped but not started',
  decide: ({ facts }) =>
    facts === null || facts.LoadState === 'loaded'
      ? null
      : { action: 'manual', detail: facts.LoadState },
}

const STOPPED: UnitRule = {
  code: 'unit-stopped',
  question: 'Is the unit stopped, with processes left over?',
  source: 'systemd #7864: a restart would start what somebody stopped',
  decide: ({ facts }) =>
    facts?.ActiveState === 'inactive' || facts?.ActiveState === 'failed'
      ? { action: 'manual' }
      : null,
}

const ONE_CONNECTION: UnitRule = {
  code: 'one-connection',
  question: 'Is it an instance for one connection?',
  source: 'systemd.socket(5), Accept=yes: the instance serves one connection and ends with it',
  decide: ({ owner, socket, facts }) =>
    /@(?:.*@)?\d+-/.test(owner.unit ?? '') &&
    (socket?.Accept === 'yes' || facts?.StandardInput === 'socket')
      ? { action: 'wait' }
      : null,
}

const RUNNING_JOB: UnitRule = {
  code: 'running-job',
  question: 'Is it a job that runs right now?',
  source: 'systemd.service(5), Type=oneshot: activating for as long as it runs',
  decide: ({ facts }) =>
    facts?.Type === 'oneshot' && facts.ActiveState === 'activating' ? { action: 'wait' } : null,
}

const ONESHOT_LEFT_OVER: UnitRule = {
  code: 'oneshot-left-over',
  question: 'Is it a oneshot that left processes behind?',
  source: 'dnf5 #2890: running oneshots again deadlocked machines',
  decide: ({ facts }) => (facts?.Type === 'oneshot' ? { action: 'manual' } : null),
}

const LEFT_OVER: UnitRule = {
  code: 'left-over',
  question: 'Would a restart leave these processes alone?',
  source: 'systemd.kill(5), KillMode=process; needrestart #340: ten restarts, then a dead sshd',
  decide: ({ isLeftOver }) => (isLeftOver ? { action: 'wait' } : null),
}

/** The alias of systemd.special(7) that the display manager in use has, whatever its own name. */
const DISPLAY_MANAGER: UnitRule = {
  code: 'display-manager',
  question: 'Is it the display manager?',
  source:
    'systemd.special(7), display-manager.service; arch-update #496, archlinux/contrib #44, #78',
  decide: ({ facts, sensitive, setting }) =>
    isDisplayManager(facts, sensitive)
      ? { action: setting.graphicalSessions === 0 ? 'restart' : 'manual' }
      : null,
}

/** The guests that a row says depend on its unit. */
function guestsOf({ sensitive, setting }: Case): readonly string[] {
  const named = setting.guests
    .filter(({ runtime }) => sensitive?.guests?.includes(runtime))
    .map(guestLabel)
  return [...new Set(named)]
}

const SENSITIVE: UnitRule = {
  code: 'sensitive',
  question: 'Does a table of sensitive units have it?',
  source: 'share/sensitive-units.json and the configuration',
  decide: (subject) => {
    const { sensitive, setting } = subject
    if (sensitive === undefined || isDisplayManager(subject.facts, sensitive)) return null
    const guests = guestsOf(subject)
    const now = guests.length === 0 ? '' : `; running now: ${listed(guests)}`
    return { action: withReboot(sensitive.action, setting), detail: `${sensitive.reason}${now}` }
  },
}

const REFUSED: UnitRule = {
  code: 'systemd-refuses',
  question: 'Does systemd refuse to restart it by hand?',
  source: 'systemd.unit(5), RefuseManualStop= and RefuseManualStart=: either refuses a restart',
  decide: ({ facts, setting }) =>
    facts?.RefuseManualStop === 'yes' || facts?.RefuseManualStart === 'yes'
      ? { action: withReboot('soft-reboot', setting) }
      : null,
}

const SOMEBODYS_COMMAND: UnitRule = {
  code: 'somebodys-command',
  question: 'Is it a command that somebody started with systemd-run?',
  source:
    'systemd-run(1): named run-... without --unit, or somebody waits for it (Refs of the unit)',
  decide: ({ owner, facts }) => {
    const isNamedSo = owner.unit?.startsWith('run-') ?? false
    const isAwaited = facts !== null && facts.Refs !== ''
    const isTransient = facts === null || facts.Transient === 'yes'
    return isTransient && (isNamedSo || isAwaited) ? { action: 'manual' } : null
  },
}

const ENDS_MACHINE: UnitRule = {
  code: 'ends-the-machine',
  question: 'Does the machine stop or start again when it ends?',
  source: 'systemd.unit(5), SuccessAction=, FailureAction=, StartLimitAction=',
  decide: ({ facts }) => {
    const actions = [facts?.SuccessAction, facts?.FailureAction, facts?.StartLimitAction]
    const action = actions.find((one) => one !== undefined && one !== '' && one !== 'none')
    return action === undefined ? null : { action: 'manual', detail: action }
  },
}

/** A daemon that a path wakes is enabled for itself too, or has a socket (cups). */
const TRIGGERED_JOB: UnitRule = {
  code: 'triggered-job',
  question: 'Does nothing but a timer or a path start it, so that it is a job?',
  source: 'systemd.timer(5), systemd.path(5): a restart would run the job a second time',
  decide: ({ facts }) => {
    const triggers = parseUnitList(facts?.TriggeredBy ?? '')
    const isJob = triggers.some((unit) => /\.(?:timer|path)$/.test(unit))
    const isDaemon = facts?.WantedBy !== '' || triggers.some((unit) => unit.endsWith('.socket'))
    return isJob && !isDaemon ? { action: 'manual', detail: listed(triggers) } : null
  },
}

const STOPS_TOO: UnitRule = {
  code: 'stops-too',
  question: 'Does a restart stop units that it does not start again?',
  source: 'systemd.unit(5), PropagatesStopTo=: the stop is passed on, the start is not',
  decide: ({ stopsToo }) =>
    stopsToo.length === 0 ? null : { action: 'manual', detail: listed(stopsToo) },
}

const STARTS_TOO: UnitRule = {
  code: 'starts-too',
  question: 'Does a restart start units that somebody stopped, or that failed?',
  source: 'systemd.unit(5), Requires=, BindsTo=, Wants=: a start is passed on to those units',
  decide: ({ startsToo }) =>
    startsToo.length === 0 ? null : { action: 'manual', detail: listed(startsToo) },
}

const CANNOT_START: UnitRule = {
  code: 'cannot-start',
  question: 'Is a file missing without which it could not start again?',
  source: 'systemd.exec(5), systemd.service(5): a start fails without them (status 200 and later)',
  decide: ({ missing }) =>
    missing.length === 0 ? null : { action: 'manual', detail: listed(missing) },
}

const FILES_UNKNOWN: UnitRule = {
  code: 'files-unknown',
  question: 'Is it unknown what lies now where its files were?',
  source: 'proc_pid_mountinfo(5): more mounts than can be read; its program may be gone',
  decide: ({ processes }) =>
    processes.some(({ isTreeUnknown }) => isTreeUnknown) ? { action: 'manual' } : null,
}

const ONE_START: UnitRule = {
  code: 'one-start',
  question: 'Does systemd allow it only one start in a while?',
  source:
    'systemd.unit(5), StartLimitBurst=1: the next start may be refused, and the service is down',
  decide: ({ facts }) =>
    facts?.StartLimitBurst === '1' && facts.StartLimitIntervalUSec !== '0'
      ? { action: 'manual', detail: facts.StartLimitIntervalUSec }
      : null,
}

/** Logins without PAM stay in the group of the server: with a terminal or, as for sftp and tunnels, without. */
const ENDS_LOGINS: UnitRule = {
  code: 'ends-logins',
  question: 'Does it let people in, and are there others than its main process in its group?',
  source: 'systemd.kill(5), KillMode=control-group; sshd_config(5), UsePAM no',
  decide: (subject) =>
    subject.lifeline?.role === 'login' && !keepsProcesses(subject) && subject.members > 1
      ? { action: 'manual', detail: String(subject.members - 1) }
      : null,
}

const ENDS_GUESTS: UnitRule = {
  code: 'ends-guests',
  question: 'Does a container or a virtual machine run inside of it?',
  source: 'systemd.kill(5), KillMode=: a restart ends everything in the control group',
  decide: (subject) =>
    subject.guests.length > 0 && !keepsProcesses(subject)
      ? { action: 'manual', detail: listed(subject.guests) }
      : null,
}

const ENDS_TERMINALS: UnitRule = {
  code: 'ends-terminals',
  question: 'Does somebody work at a terminal inside of it?',
  source: 'systemd.kill(5), KillMode=: a restart ends everything in the control group',
  decide: (subject) =>
    subject.terminals.length > 0 && !keepsProcesses(subject)
      ? { action: 'manual', detail: listed(subject.terminals) }
      : null,
}

const MAX_LISTED = 4

function listed(names: readonly string[]): string {
  const more = names.length - MAX_LISTED
  return [...names.slice(0, MAX_LISTED), ...(more > 0 ? [`${more} more`] : [])].join(', ')
}

/** What carries a login stands in its session scope (pam_systemd(8)): above that, a daemon only listens. */
const YOUR_CONNECTION: UnitRule = {
  code: 'ends-your-connection',
  question: 'Does your own session end with it?',
  source: 'systemd.kill(5): what your session came through ends with a restart',
  decide: (subject) =>
    carriesUs(subject) && !keepsProcesses(subject) && subject.setting.self?.owner.kind !== 'session'
      ? { action: 'manual' }
      : null,
}

const TAKES_ALONG: UnitRule = {
  code: 'takes-along',
  question: 'Does a restart take units along that are not restarted blindly?',
  source: 'systemd.unit(5), Requires=, BindsTo=, PartOf=: a restart is passed on to those units',
  decide: ({ dependents }) => {
    const unsafe = dependents.filter(({ isSafe }) => !isSafe).map(({ unit }) => unit)
    return unsafe.length === 0 ? null : { action: 'manual', detail: unsafe.join(', ') }
  },
}

/** Rules about a unit of the system's manager. */
export const SERVICE_RULES: readonly UnitRule[] = [
  INSIDE,
  OWN_JOB,
  SCOPE,
  NOT_A_SERVICE,
  FILE_GONE,
  STOPPED,
  CHANGING,
  FROZEN,
  ONE_CONNECTION,
  RUNNING_JOB,
  STARTING,
  QUEUED,
  ONESHOT_LEFT_OVER,
  LEFT_OVER,
  KILLS_NOTHING,
  MAIN_UNKNOWN,
  DISPLAY_MANAGER,
  SENSITIVE,
  REFUSED,
  ENDS_MACHINE,
  SOMEBODYS_COMMAND,
  TRIGGERED_JOB,
  YOUR_CONNECTION,
  ENDS_GUESTS,
  ENDS_TERMINALS,
  ENDS_LOGINS,
  TAKES_ALONG,
  STOPS_TOO,
  STARTS_TOO,
  CANNOT_START,
  FILES_UNKNOWN,
  ONE_START,
  NOT_ASKED,
]

/** Those that ask no manager: about a user's unit, when somebody else looks. */
export const RULES_BY_NAME: readonly UnitRule[] = [SENSITIVE]

/** Returns what the first rule that applies decides; a rule that says `restart` leaves the rest their say. */
export function decisionOf(
  rules: readonly UnitRule[],
  subject: Case,
): (Decision & Pick<UnitRule, 'code' | 'clears'>) | null {
  let allowed: (Decision & Pick<UnitRule, 'code'>) | null = null
  for (const { code, clears, decide } of rules) {
    const decision = decide(subject)
    if (decision?.action === 'restart') allowed ??= { ...decision, code }
    else if (decision !== null)
      return clears === undefined ? { ...decision, code } : { ...decision, code, clears }
  }
  return allowed
}

/** Says whether a unit is the machine's display manager, by its alias or by the table. */
export function isDisplayManager(
  facts: UnitFacts | null,
  sensitive: SensitiveUnitRule | undefined,
): boolean {
  const names = facts === null ? [] : parseUnitList(facts.Names)
  return names.includes('display-manager.service') || sensitive?.role === 'display-manager'
}

/** A restart that ends only the main process leaves us alone, wherever in the unit we are. */
function endsUs(subject: Case): boolean {
  return isOurs(subject) && !keepsProcesses(subject)
}

function isOurs({ owner, setting: { self } }: Case): boolean {
  return self !== null && self.owner.unit === owner.unit && self.owner.uid === owner.uid
}

function isMainStale({ facts, processes }: Case): boolean {
  return processes.some(({ pid }) => facts?.MainPID === String(pid))
}

/** Says whether we or one of our ancestors belong to the unit: an sshd, a terminal, a job scheduler. */
export function carriesUs(subject: Case): boolean {
  const { owner, setting } = subject
  const isAbove = setting.self?.ancestors.some(
    ({ unit, uid }) => unit === owner.unit && uid === owner.uid,
  )
  return isOurs(subject) || (isAbove ?? false)
}

/** Says whether a restart leaves the unit's processes alone, but for the main one (systemd.kill(5)). */
export function keepsProcesses({ facts }: Pick<Case, 'facts'>): boolean {
  return facts?.KillMode === 'process' || facts?.KillMode === 'none'
}

/** systemd before 254 has no soft-reboot. */
function withReboot(action: Action, { canSoftReboot }: Setting): Action {
  return action === 'soft-reboot' && !canSoftReboot ? 'reboot' : action
}
