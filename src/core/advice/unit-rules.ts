import { printable, printableText } from '../printable.ts'
import { carriesUs, endsUs, isMainStale, keepsProcesses } from './case.ts'
import type { Case, Setting } from './case.ts'
import type { Action } from './action.ts'
import { isDisplayManager } from './sensitive-units.ts'
import { guestKey } from '../owner/guest.ts'
import { lostWith } from '../owner/holding.ts'
import type { Guest } from '../owner/guest.ts'
import { isOfConnection, unitType, parseUnitList } from '../systemd/unit-name.ts'

/**
 * The decision of a rule about a unit: the step, and the detail for the sentence of its caution.
 */
type Decision<Detail> = { readonly action: Action; readonly detail: Detail }

/** One rule about a unit. Rules are tried in order, and the first that applies decides. */
type UnitRule<Code extends string, Detail> = {
  /** The code of the rule and of its caution: `render/words` has their words. */
  readonly code: Code
  /** Where the fact behind it comes from. */
  readonly source: string
  /** Returns the decision, or `null` where the rule does not apply. */
  readonly decide: (subject: Case) => {
    readonly action: Action
    /** `false` where the action alone does not end the processes. */
    readonly clears: boolean
    readonly caution: { readonly code: Code; readonly blocking: true; readonly detail: Detail }
  } | null
}

/**
 * Returns the rule of a row. Its caution has the code of the row, and the detail of the decision.
 */
function unitRule<const Code extends string, Detail>(rule: {
  readonly code: Code
  readonly source: string
  readonly clears?: false
  readonly decide: (subject: Case) => Decision<Detail> | null
}): UnitRule<Code, Detail> {
  const { code, source, clears, decide } = rule
  return {
    code,
    source,
    decide: (subject) => {
      const decision = decide(subject)
      if (decision === null) return null
      const { action, detail } = decision
      return {
        action,
        clears: clears ?? action !== 'none',
        caution: { code, blocking: true, detail },
      }
    },
  }
}

const BY_HAND: Decision<null> = { action: 'manual', detail: null }
const WAIT: Decision<null> = { action: 'wait', detail: null }

function byHand<Detail>(detail: Detail): Decision<Detail> {
  return { action: 'manual', detail }
}

/** Returns the decision "by hand, because of these", or `null` for an empty list. */
function byHandFor<T>(named: readonly T[]): Decision<readonly T[]> | null {
  return named.length === 0 ? null : byHand(named)
}

const INSIDE = unitRule({
  code: 'you-are-inside',
  source: 'systemd.kill(5): a restart ends every process of the unit, this command included',
  decide: (subject) => (endsUs(subject) && isMainStale(subject) ? BY_HAND : null),
})

const OWN_JOB = unitRule({
  code: 'own-job',
  source: 'systemd.kill(5): a restart ends every process of the unit, this command included',
  decide: (subject) => (endsUs(subject) ? WAIT : null),
})

const CHANGING = unitRule({
  code: 'changing-state',
  source: 'systemctl(1): a restart replaces the stop that is under way',
  decide: ({ facts }) =>
    facts?.ActiveState === 'deactivating' || facts?.ActiveState === 'maintenance' ? WAIT : null,
})

const QUEUED = unitRule({
  code: 'job-queued',
  source: 'systemctl(1): a restart replaces the job that waits, which may be a stop',
  decide: ({ facts }) => (facts !== null && !['', '0'].includes(facts.Job) ? WAIT : null),
})

const STARTING = unitRule({
  code: 'starting',
  source: 'systemd.service(5): a restart ends the start that is under way and begins again',
  decide: ({ facts }) => (facts?.ActiveState === 'activating' ? WAIT : null),
})

const FROZEN = unitRule({
  code: 'frozen',
  source: 'systemctl(1), freeze: systemd refuses to restart a frozen unit, or thaws it',
  decide: ({ facts }) =>
    facts !== null && !['', 'running'].includes(facts.FreezerState) ? BY_HAND : null,
})

const KILLS_NOTHING = unitRule({
  code: 'kills-nothing',
  source: 'systemd.kill(5), KillMode=none: a restart leaves all of its processes alone',
  clears: false,
  decide: ({ facts }) => (facts?.KillMode === 'none' ? BY_HAND : null),
})

/** An init script stops what it has started itself (systemd-sysv-generator(8)). */
const MAIN_UNKNOWN = unitRule({
  code: 'main-unknown',
  source: 'systemd.kill(5), KillMode=process, with MainPID=0',
  clears: false,
  decide: ({ facts }) =>
    facts?.KillMode === 'process' &&
    facts.MainPID === '0' &&
    facts.ControlPID === '0' &&
    !facts.SourcePath.startsWith('/etc/init.d/')
      ? BY_HAND
      : null,
})

const NOT_ASKED = unitRule({
  code: 'unit-not-asked',
  source: 'without its properties nobody knows whether a restart is safe',
  decide: ({ facts, setting }) => (facts === null && setting.isLive ? BY_HAND : null),
})

const SCOPE = unitRule({
  code: 'scope',
  source: 'systemd.scope(5): made of running processes, cannot be started',
  decide: ({ owner }) => (unitType(owner.unit ?? '') === 'scope' ? BY_HAND : null),
})

const NOT_A_SERVICE = unitRule({
  code: 'not-a-service',
  source: 'systemd.unit(5): restarting a mount, swap or socket takes it away first',
  decide: ({ owner }) => {
    const type = unitType(owner.unit ?? '')
    return type === 'service' ? null : byHand(printableText(type))
  },
})

const FILE_GONE = unitRule({
  code: 'unit-file-gone',
  source: 'systemctl(1): a unit without a loaded file can be stopped but not started',
  decide: ({ facts }) =>
    facts === null || facts.LoadState === 'loaded' ? null : byHand(printable(facts.LoadState)),
})

const STOPPED = unitRule({
  code: 'unit-stopped',
  source: 'systemd #7864: a restart would start what somebody stopped',
  decide: ({ facts }) =>
    facts?.ActiveState === 'inactive' || facts?.ActiveState === 'failed' ? BY_HAND : null,
})

const ONE_CONNECTION = unitRule({
  code: 'one-connection',
  source: 'systemd.socket(5), Accept=yes: the instance serves one connection and ends with it',
  decide: ({ owner, socket, facts }) =>
    isOfConnection(owner.unit ?? '') &&
    (socket?.Accept === 'yes' || facts?.StandardInput === 'socket')
      ? WAIT
      : null,
})

const RUNNING_JOB = unitRule({
  code: 'running-job',
  source: 'systemd.service(5), Type=oneshot: activating for as long as it runs',
  decide: ({ facts }) =>
    facts?.Type === 'oneshot' && facts.ActiveState === 'activating' ? WAIT : null,
})

const ONESHOT_LEFT_OVER = unitRule({
  code: 'oneshot-left-over',
  source: 'dnf5 #2890: running oneshots again deadlocked machines',
  decide: ({ facts }) => (facts?.Type === 'oneshot' ? BY_HAND : null),
})

const LEFT_OVER = unitRule({
  code: 'left-over',
  source: 'systemd.kill(5), KillMode=process; needrestart #340: ten restarts, then a dead sshd',
  decide: ({ staying }) => (staying?.stay === 'left-over' ? WAIT : null),
})

const GOES_ON = unitRule({
  code: 'goes-on',
  source: 'systemd.kill(5), KillMode=process: the children of the main process are not ended',
  decide: ({ staying }) => (staying?.stay === 'goes-on' ? WAIT : null),
})

const STILL_LISTENS = unitRule({
  code: 'still-listens',
  source: 'systemd.kill(5), KillMode=process; proc_pid_net(5): a socket in the state LISTEN',
  clears: false,
  decide: ({ staying }) => (staying?.stay === 'listens' ? byHand(staying.listens) : null),
})

const HOLDS_GUEST = unitRule({
  code: 'holds-guest',
  source:
    'systemd.kill(5), KillMode=process; cgroups(7): a child is in a container; KVM: it is a machine',
  clears: false,
  decide: ({ staying }) => (staying?.stay === 'guest' ? byHand(staying.guests) : null),
})

const LEFT_ALONE = unitRule({
  code: 'left-alone',
  source: 'systemd.kill(5), KillMode=process: only the main process is ended',
  clears: false,
  decide: ({ staying }) => (staying?.stay === 'alone' ? BY_HAND : null),
})

const BELOW_MAIN = unitRule({
  code: 'below-main',
  source: 'systemd.kill(5), KillMode=process: the main process may end what it started, or not',
  clears: false,
  decide: ({ staying }) => (staying?.stay === 'below-main' ? BY_HAND : null),
})

/** haproxy(1) executes itself at a reload, and nginx(8) is replaced by a child of its own. */
const SUCCEEDED = unitRule({
  code: 'succeeded',
  source: 'execve(2): who runs the program that replaced theirs did not fork these processes since',
  decide: ({ isSucceeded }) => (isSucceeded ? WAIT : null),
})

const USERS_WORK = unitRule({
  code: 'users-work',
  source: 'systemd.exec(5), User=: what other users map of their own is no file of the service',
  decide: ({ isUsersWork }) => (isUsersWork ? BY_HAND : null),
})

/** The alias of systemd.special(7) that the display manager in use has, whatever its own name. */
const DISPLAY_MANAGER = unitRule({
  code: 'display-manager',
  source:
    'systemd.special(7), display-manager.service; arch-update #496, archlinux/contrib #44, #78',
  decide: ({ facts, sensitive, setting }) =>
    isDisplayManager(facts, sensitive)
      ? { action: setting.graphicalSessions === 0 ? 'restart' : 'manual', detail: null }
      : null,
})

/**
 * Returns the running guests that depend on the unit, as its row of the table says, or `null` where
 * they are not known.
 */
function guestsOf({ sensitive, setting }: Case): readonly Guest[] | null {
  const guests = setting.guests?.filter(({ runtime }) => sensitive?.guests?.includes(runtime))
  if (guests === undefined) return null
  return [...new Map(guests.map((guest) => [guestKey(guest), guest])).values()]
}

/** Says whether the row of the table is about guests, and none of them would end. */
function sparesGuests(subject: Case): boolean {
  const { owner, sensitive } = subject
  if (owner.kind !== 'service' || sensitive?.guests === undefined) return false
  return (sensitive.survives && keepsProcesses(subject)) || guestsOf(subject)?.length === 0
}

const SENSITIVE = unitRule({
  code: 'sensitive',
  source: 'share/sensitive-units.json and the configuration',
  decide: (subject) => {
    const { sensitive, setting } = subject
    if (sensitive === undefined || isDisplayManager(subject.facts, sensitive)) return null
    return {
      action: sparesGuests(subject) ? 'restart' : withReboot(sensitive.action, setting),
      detail: { reason: sensitive.reason, guests: guestsOf(subject) ?? [] },
    }
  },
})

const REFUSED = unitRule({
  code: 'systemd-refuses',
  source: 'systemd.unit(5), RefuseManualStop= and RefuseManualStart=: either refuses a restart',
  decide: ({ facts, setting }) =>
    facts?.RefuseManualStop === 'yes' || facts?.RefuseManualStart === 'yes'
      ? { action: withReboot('soft-reboot', setting), detail: null }
      : null,
})

const SOMEBODYS_COMMAND = unitRule({
  code: 'somebodys-command',
  source:
    'systemd-run(1): named run-... without --unit, or somebody waits for it (Refs of the unit)',
  decide: ({ owner, facts }) => {
    const isNamedSo = owner.unit?.startsWith('run-') ?? false
    const isAwaited = facts !== null && facts.Refs !== ''
    const isTransient = facts === null || facts.Transient === 'yes'
    return isTransient && (isNamedSo || isAwaited) ? BY_HAND : null
  },
})

const ENDS_MACHINE = unitRule({
  code: 'ends-the-machine',
  source: 'systemd.unit(5), SuccessAction=, FailureAction=, StartLimitAction=',
  decide: ({ facts }) => {
    const actions = [facts?.SuccessAction, facts?.FailureAction, facts?.StartLimitAction]
    const action = actions.find((one) => one !== undefined && one !== '' && one !== 'none')
    return action === undefined ? null : byHand(printable(action))
  },
})

/**
 * A daemon that a path unit starts is also enabled for itself, or has a socket (cups). A unit that
 * starts when another one ends is a job of that one, such as a message about its failure.
 */
const TRIGGERED_JOB = unitRule({
  code: 'triggered-job',
  source:
    'systemd.timer(5), systemd.path(5), systemd.unit(5) OnFailure=: a restart would run it again',
  decide: ({ facts }) => {
    const triggers = parseUnitList(facts?.TriggeredBy ?? '')
    const ends = parseUnitList(`${facts?.OnSuccessOf ?? ''} ${facts?.OnFailureOf ?? ''}`)
    const isJob = ends.length > 0 || triggers.some((unit) => /\.(?:timer|path)$/.test(unit))
    const isDaemon = facts?.WantedBy !== '' || triggers.some((unit) => unit.endsWith('.socket'))
    return isJob && !isDaemon ? byHand([...triggers, ...ends]) : null
  },
})

const STOPS_TOO = unitRule({
  code: 'stops-too',
  source: 'systemd.unit(5), PropagatesStopTo=: the stop is passed on, the start is not',
  decide: ({ stopsToo }) => byHandFor(stopsToo),
})

const STARTS_TOO = unitRule({
  code: 'starts-too',
  source: 'systemd.unit(5), Requires=, BindsTo=, Wants=: a start is passed on to those units',
  decide: ({ startsToo }) => byHandFor(startsToo),
})

const CANNOT_START = unitRule({
  code: 'cannot-start',
  source: 'systemd.exec(5), systemd.service(5): a start fails without them (status 200 and later)',
  decide: ({ missing }) => byHandFor(missing),
})

const START_SKIPPED = unitRule({
  code: 'start-skipped',
  source:
    'systemd.unit(5), ConditionPathExists= and others: the stop is done, the start is skipped',
  decide: ({ unmet }) => byHandFor(unmet),
})

const FILES_UNKNOWN = unitRule({
  code: 'files-unknown',
  source: 'proc_pid_mountinfo(5), lstat(2): what was not looked at may be gone, and a start fails',
  decide: ({ processes }) =>
    processes.some(
      ({ isTreeUnknown, files }) => isTreeUnknown || files.some(({ isUnjudged }) => isUnjudged),
    )
      ? BY_HAND
      : null,
})

const MEMBERS_UNKNOWN = unitRule({
  code: 'members-unknown',
  source: 'systemd.kill(5): a restart ends them all, and one of them may be a terminal or a guest',
  decide: ({ hasMoreMembers }) => (hasMoreMembers ? BY_HAND : null),
})

const OPEN_FILES_UNKNOWN = unitRule({
  code: 'open-files-unknown',
  source: 'proc_pid_fd(5): one of them may be a terminal, or serve a file system',
  decide: (subject) =>
    lostWith(subject.holding, subject.facts).denied.length > 0 ? BY_HAND : null,
})

const ONE_START = unitRule({
  code: 'one-start',
  source:
    'systemd.unit(5), StartLimitBurst=1: the next start may be refused, and the service is down',
  decide: ({ facts }) =>
    facts?.StartLimitBurst === '1' && facts.StartLimitIntervalUSec !== '0'
      ? byHand(printable(facts.StartLimitIntervalUSec))
      : null,
})

/**
 * A login without PAM stays in the control group of the server. It has a terminal, or none as with
 * sftp and tunnels.
 */
const ENDS_LOGINS = unitRule({
  code: 'ends-logins',
  source: 'systemd.kill(5), KillMode=control-group; sshd_config(5), UsePAM no',
  decide: (subject) =>
    subject.lifeline?.role === 'login' && !keepsProcesses(subject) && subject.members > 1
      ? byHand(subject.members - 1)
      : null,
})

const ENDS_GUESTS = unitRule({
  code: 'ends-guests',
  source: 'systemd.kill(5), KillMode=: a restart ends everything in the control group',
  decide: (subject) => {
    const inside = keepsProcesses(subject) ? [] : subject.guests
    const outside = heldOf(subject, ({ guests }) => guests)
    const all = [...inside, ...outside].map((guest) => [guestKey(guest), guest] as const)
    return byHandFor([...new Map(all).values()])
  },
})

const ENDS_TERMINALS = unitRule({
  code: 'ends-terminals',
  source: 'systemd.kill(5), KillMode=: a restart ends everything in the control group',
  decide: (subject) => (keepsProcesses(subject) ? null : byHandFor(subject.terminals)),
})

/** A mount whose server ends stays, and every look at it fails (ENOTCONN of fs/fuse/dev.c). */
const TAKES_MOUNTS = unitRule({
  code: 'takes-mounts-away',
  source: 'fuse(4), proc_pid_fdinfo(5): a file system ends with the program that serves it',
  decide: (subject) => byHandFor(heldOf(subject, ({ mounts }) => mounts)),
})

/** Returns what the processes of the unit that a restart ends hold of one kind. */
function heldOf<Kind>(
  { holding, facts }: Case,
  of: (holder: Case['holding']['holders'][number]) => readonly Kind[] | undefined,
): readonly Kind[] {
  return [...new Set(lostWith(holding, facts).holders.flatMap((holder) => of(holder) ?? []))]
}

const TAKES_INTERFACES = unitRule({
  code: 'takes-interfaces-away',
  source:
    'proc_pid_fdinfo(5), tuntap.rst of the kernel: an interface goes with the file that made it',
  decide: (subject) => byHandFor(heldOf(subject, ({ interfaces }) => interfaces)),
})

/** What a display manager shows before a login is a greeter. */
const SERVES_DISPLAY = unitRule({
  code: 'serves-display',
  source: 'X(7), wayland(7): a program ends with the display that it has windows on',
  decide: (subject) =>
    isDisplayManager(subject.facts, subject.sensitive)
      ? null
      : byHandFor(heldOf(subject, ({ displays }) => displays)),
})

/** A session of its own does not save a login whose terminal hangs up. */
const HANGS_UP = unitRule({
  code: 'hangs-up-terminals',
  source: 'pty(7), systemd.exec(5), TTYPath=: who works at a terminal ends with its other end',
  decide: (subject) => {
    const held = heldOf(subject, ({ terminals }) => terminals)
    const all = [...held, ...subject.consoles].map(
      (use) => [`${use.name} ${use.user?.uid}`, use] as const,
    )
    return byHandFor([...new Map(all).values()])
  },
})

/** Nobody refuses a restart because of a lock, as logind refuses a shutdown. */
const BLOCKS_SHUTDOWN = unitRule({
  code: 'blocks-shutdown',
  source: 'systemd-inhibit(1), --mode=block: the lock is for work that is not to be interrupted',
  decide: ({ locks }) => byHandFor(locks),
})

/** A login may come through a proxy, or through the end of a tunnel (ssh(1), -R). */
const CUTS_LOGINS = unitRule({
  code: 'cuts-logins',
  source: 'proc_pid_net(5): the two ends of a connection have the same addresses',
  decide: (subject) => {
    const logins = heldOf(subject, (holder) => holder.logins)
    return byHandFor([...new Map(logins.map((login) => [login.name, login])).values()])
  },
})

/** A runner ends its jobs itself, whatever systemd would leave alone. */
const JOBS_INSIDE = unitRule({
  code: 'jobs-inside',
  source: 'systemd.kill(5): a restart ends what was started from it; setsid(2), execve(2)',
  decide: (subject) =>
    keepsProcesses(subject) && subject.runner?.runs !== 'jobs' ? null : byHandFor(subject.jobs),
})

/**
 * The processes of a login are in its session scope (pam_systemd(8)). A daemon outside of the scope
 * only listens.
 */
const YOUR_CONNECTION = unitRule({
  code: 'ends-your-connection',
  source: 'systemd.kill(5): what your session came through ends with a restart',
  decide: (subject) =>
    carriesUs(subject) && !keepsProcesses(subject) && subject.setting.self?.owner.kind !== 'session'
      ? BY_HAND
      : null,
})

const TAKES_ALONG = unitRule({
  code: 'takes-along',
  source: 'systemd.unit(5), Requires=, BindsTo=, PartOf=: a restart is passed on to those units',
  decide: ({ dependents }) =>
    byHandFor(dependents.filter(({ isSafe }) => !isSafe).map(({ unit }) => unit)),
})

/** Rules about a unit of the system's manager. */
export const SERVICE_RULES = [
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
  GOES_ON,
  STILL_LISTENS,
  HOLDS_GUEST,
  LEFT_ALONE,
  BELOW_MAIN,
  SUCCEEDED,
  USERS_WORK,
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
  TAKES_MOUNTS,
  TAKES_INTERFACES,
  SERVES_DISPLAY,
  HANGS_UP,
  CUTS_LOGINS,
  BLOCKS_SHUTDOWN,
  JOBS_INSIDE,
  ENDS_LOGINS,
  TAKES_ALONG,
  STOPS_TOO,
  STARTS_TOO,
  CANNOT_START,
  START_SKIPPED,
  FILES_UNKNOWN,
  MEMBERS_UNKNOWN,
  OPEN_FILES_UNKNOWN,
  ONE_START,
  NOT_ASKED,
] as const

/**
 * The rules that need no answer of a manager: for the unit of a user whose manager is not asked.
 */
export const RULES_WITHOUT_MANAGER = [
  SENSITIVE,
  SOMEBODYS_COMMAND,
  TAKES_MOUNTS,
  TAKES_INTERFACES,
  SERVES_DISPLAY,
  HANGS_UP,
  CUTS_LOGINS,
  BLOCKS_SHUTDOWN,
] as const

/** The decision of a rule about units. */
export type UnitDecision = NonNullable<ReturnType<(typeof SERVICE_RULES)[number]['decide']>>

/** The code of a rule about units. */
export type UnitRuleCode = (typeof SERVICE_RULES)[number]['code']

/** Returns the action for this systemd: before 254 it has no soft-reboot. */
function withReboot(action: Action, { canSoftReboot }: Setting): Action {
  return action === 'soft-reboot' && !canSoftReboot ? 'reboot' : action
}
