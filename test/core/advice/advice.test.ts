import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adviceFor } from '../../../src/core/advice/advice.ts'
import type { Case, Setting } from '../../../src/core/advice/case.ts'
import { casesOf } from '../../../src/core/advice/cases.ts'
import { groupByOwner } from '../../../src/core/advice/groups.ts'
import { compileGlob } from '../../../src/core/glob.ts'
import { ownerOf } from '../../../src/core/owner/owner.ts'
import {
  lifelineRule,
  RUNNERS,
  sensitiveUnitRule,
  SHIPPED_TABLES,
} from '../../../src/core/advice/sensitive-units.ts'
import { caseOf, facts, knowledge, SETTING, staleProcess } from '../../support/knowledge.ts'
import type { UnitFacts } from '../../../src/core/systemd/unit-facts.ts'
import { say, words } from '../../../src/core/printable.ts'
import type { LeftBehind } from '../../../src/core/work/left-behind.ts'
import { NO_REMAINS } from '../../../src/core/work/login-remains.ts'

const USER = '/user.slice/user-1000.slice/user@1000.service'

function subject(
  path: string,
  some: Partial<Case> = {},
  pids: readonly number[] = [10],
  comm = 'daemon',
): Case {
  const owner = ownerOf(path)
  return caseOf(path, {
    processes: pids.map((pid) => staleProcess(path, { pid, comm })),
    user: owner.uid === null ? null : { uid: owner.uid, name: say`zoe` },
    sensitive: [owner.unit, ...(some.facts?.Names.split(' ') ?? [])]
      .map((unit) => sensitiveUnitRule(SHIPPED_TABLES, unit, owner.kind))
      .find((row) => row !== undefined),
    lifeline: lifelineRule(SHIPPED_TABLES, owner.unit, owner.kind),
    ...some,
  })
}

function service(unit: string, some: Partial<UnitFacts> = {}, pids?: readonly number[]): Case {
  return subject(`/system.slice/${unit}`, { facts: facts(some) }, pids)
}

function withUnknownTree(one: Case): Case {
  const processes = one.processes.map((process) => ({ ...process, isTreeUnknown: true as const }))
  return { ...one, processes }
}

function withUnjudgedFile(one: Case): Case {
  const processes = one.processes.map((process) => ({
    ...process,
    files: [
      ...process.files,
      { path: '/usr/bin/a', kind: 'executable', state: 'unknown', isUnjudged: true } as const,
    ],
    unlinked: [...process.unlinked, null],
  }))
  return { ...one, processes }
}

const BY_BROKER = `${USER}/app.slice/app-dbus\\x2d:1.2\\x2dorg.x.slice/dbus-:1.2-org.x@0.service`

const restart = (unit: string) => ['systemctl', 'restart', '--', unit]

/** The user zoe looks, and not root. */
const OWN = { setting: { ...SETTING, selfUid: 1000 } }

const AT_PTS = { name: say`pts/3`, user: { uid: 1000, name: say`zoe` } }

const CASES: readonly (readonly [
  fact: string,
  subject: Case,
  action: string,
  command: readonly string[] | null,
])[] = [
  ['a service', service('nginx.service'), 'restart', restart('nginx.service')],
  [
    'a service systemd was not asked about',
    subject('/system.slice/a.service', { facts: null }),
    'restart',
    restart('a.service'),
  ],
  ['PID 1', subject('/init.scope', {}, [1]), 'reexec', ['systemctl', 'daemon-reexec']],
  ['a session', subject('/user.slice/user-1000.slice/session-3.scope'), 'relogin', null],
  ['an app', subject(`${USER}/app.slice/app-firefox-7.scope`), 'close', null],
  ['the own unit of an app', subject(`${USER}/app.slice/app-org.x.Y.service`, OWN), 'close', null],
  ['what the bus started for a user, to root', subject(BY_BROKER), 'close', null],
  ['what the own bus started', subject(BY_BROKER, OWN), 'close', null],
  [
    'what the bus of the system started, on dbus-broker',
    service('dbus-:1.1-org.x@0.service', { Transient: 'yes' }),
    'restart',
    restart('dbus-:1.1-org.x@0.service'),
  ],
  ['a container', subject('/machine.slice/systemd-nspawn@web.service/payload'), 'container', null],
  ['a virtual machine', subject('/machine.slice/machine-qemu\\x2d1\\x2dvm.scope'), 'manual', null],
  ['a process without unit', subject('/'), 'manual', null],
  ['a scope of the system', subject('/system.slice/run-u1.scope'), 'manual', null],
  ['a mount', subject('/system.slice/mnt-ntfs.mount'), 'manual', null],
  ['a user service, to root', subject(`${USER}/app.slice/pipewire.service`), 'user-restart', null],
  [
    "one's own user service",
    subject(`${USER}/app.slice/pipewire.service`, { setting: { ...SETTING, selfUid: 1000 } }),
    'user-restart',
    ['systemctl', '--user', 'restart', '--', 'pipewire.service'],
  ],
  ["one's own bus", subject(`${USER}/session.slice/dbus-broker.service`, OWN), 'relogin', null],
  [
    'the bus of a user, to root: its name tells',
    subject(`${USER}/session.slice/dbus-broker.service`),
    'relogin',
    null,
  ],
  [
    'a user manager (257 and later)',
    subject(`${USER}/init.scope`, { facts: facts({ CanReload: 'yes' }) }, [10], 'systemd'),
    'user-reexec',
    ['systemctl', 'reload', '--', 'user@1000.service'],
  ],
  [
    'a user manager (before 257)',
    subject(`${USER}/init.scope`, {}, [10], 'systemd'),
    'user-reexec',
    null,
  ],
  [
    "one's own user manager",
    subject(`${USER}/init.scope`, OWN, [10], 'systemd'),
    'user-reexec',
    ['systemctl', '--user', 'daemon-reexec'],
  ],
  [
    '(sd-pam) of a user manager',
    subject(`${USER}/init.scope`, {}, [11], '(sd-pam)'),
    'relogin',
    null,
  ],
  ['the system bus', service('dbus-broker.service'), 'soft-reboot', ['systemctl', 'soft-reboot']],
  [
    'the system bus before systemd 254',
    { ...service('dbus.service'), setting: { ...SETTING, canSoftReboot: false } },
    'reboot',
    ['systemctl', 'reboot'],
  ],
  ['systemd-logind', service('systemd-logind.service'), 'manual', null],
  ['a display manager by name', service('sddm.service'), 'manual', null],
  [
    'a display manager by its alias',
    service('new-dm.service', { Names: 'new-dm.service display-manager.service' }),
    'manual',
    null,
  ],
  ['a getty', service('getty@tty1.service'), 'manual', null],
  [
    'a unit that refuses to be stopped',
    service('a.service', { RefuseManualStop: 'yes' }),
    'soft-reboot',
    ['systemctl', 'soft-reboot'],
  ],
  [
    'a unit that refuses to be started',
    service('a.service', { RefuseManualStart: 'yes' }),
    'soft-reboot',
    ['systemctl', 'soft-reboot'],
  ],
  ['a unit whose file is gone', service('a.service', { LoadState: 'not-found' }), 'manual', null],
  ['a masked unit', service('a.service', { LoadState: 'masked' }), 'manual', null],
  [
    'left-over processes of a stopped unit',
    service('a.service', { ActiveState: 'inactive' }),
    'manual',
    null,
  ],
  [
    'left-over processes of a failed unit',
    service('a.service', { ActiveState: 'failed' }),
    'manual',
    null,
  ],
  [
    'an instance of a connection',
    { ...service('imap@5-10.0.0.1:22-10.0.0.2:7.service'), socket: facts({ Accept: 'yes' }) },
    'wait',
    null,
  ],
  [
    'an instance beside a socket that does not make any',
    { ...service('syslog@5-a.service'), socket: facts({ Accept: 'no' }) },
    'restart',
    restart('syslog@5-a.service'),
  ],
  [
    'a oneshot that runs',
    service('a.service', { Type: 'oneshot', ActiveState: 'activating' }),
    'wait',
    null,
  ],
  ['what a oneshot left', service('a.service', { Type: 'oneshot' }), 'manual', null],
  ['a command of systemd-run', service('run-r12.service', { Transient: 'yes' }), 'manual', null],
  [
    'a service that is being stopped',
    service('a.service', { ActiveState: 'deactivating' }),
    'wait',
    null,
  ],
  [
    'a sensitive unit known by its alias',
    service('old.service', { Names: 'old.service dbus.service' }),
    'soft-reboot',
    ['systemctl', 'soft-reboot'],
  ],
  [
    "one's own command of systemd-run",
    subject(`${USER}/app.slice/run-u12.service`, { ...OWN, facts: null }),
    'manual',
    null,
  ],
  [
    'an instance of a connection whose socket has another name',
    service('conn@foo@3-10.0.0.1:22.service', { StandardInput: 'socket' }),
    'wait',
    null,
  ],
  ['a service with a job queued', service('a.service', { Job: '176' }), 'wait', null],
  ['a service that starts', service('a.service', { ActiveState: 'activating' }), 'wait', null],
  ['a frozen service', service('a.service', { FreezerState: 'frozen' }), 'manual', null],
  [
    'a service with which the machine ends',
    service('a.service', { SuccessAction: 'exit' }),
    'manual',
    null,
  ],
  [
    'a service that may start once an hour',
    service('a.service', { StartLimitBurst: '1', StartLimitIntervalUSec: '1h' }),
    'manual',
    null,
  ],
  [
    'a service that may start as often as it likes',
    service('a.service', { StartLimitBurst: '1', StartLimitIntervalUSec: '0' }),
    'restart',
    restart('a.service'),
  ],
  ['a job of a timer', service('a.service', { TriggeredBy: 'a.timer' }), 'manual', null],
  ['a job after a failure', service('a.service', { OnFailureOf: 'b.service' }), 'manual', null],
  ['a job after another one', service('a.service', { OnSuccessOf: 'b.service' }), 'manual', null],
  [
    'a daemon that starts after a failure too',
    service('a.service', { OnFailureOf: 'b.service', WantedBy: 'multi-user.target' }),
    'restart',
    restart('a.service'),
  ],
  [
    'a daemon that a timer starts too',
    service('a.service', { TriggeredBy: 'a.timer', WantedBy: 'multi-user.target' }),
    'restart',
    restart('a.service'),
  ],
  [
    'a daemon that a path and a socket start (cups)',
    service('cups.service', { TriggeredBy: 'cups.path cups.socket' }),
    'restart',
    restart('cups.service'),
  ],
  [
    'a service that stops others for good',
    { ...service('a.service'), stopsToo: words('b.service') },
    'manual',
    null,
  ],
  [
    'a service that starts what is stopped',
    { ...service('a.service'), startsToo: words('b.service') },
    'manual',
    null,
  ],
  [
    'a service whose program is missing',
    { ...service('a.service'), missing: words('/usr/bin/a') },
    'manual',
    null,
  ],
  [
    'a service with a file that was not looked at',
    withUnjudgedFile(service('nginx.service')),
    'manual',
    null,
  ],
  [
    'a service with more processes than were looked at',
    { ...service('nginx.service'), hasMoreMembers: true },
    'manual',
    null,
  ],
  [
    'a service of which nobody could tell what lies now at its paths',
    withUnknownTree(service('a.service')),
    'manual',
    null,
  ],
  [
    'a session that its user has left',
    subject('/user.slice/user-1000.slice/session-3.scope', { remains: NO_REMAINS }),
    'manual',
    null,
  ],
  [
    '(sd-pam) of a user who lingers',
    subject(`${USER}/init.scope`, { isLingering: true }, [11], '(sd-pam)'),
    'manual',
    null,
  ],
  [
    "root's own user service, to root",
    subject(`${USER.replaceAll('1000', '0')}/app.slice/a.service`, {
      setting: { ...SETTING, isLive: true, selfUid: 0 },
    }),
    'user-restart',
    null,
  ],
  [
    "one's own service that could not be asked about",
    subject(`${USER}/app.slice/a.service`, {
      setting: { ...SETTING, isLive: true, selfUid: 1000 },
      facts: null,
    }),
    'manual',
    null,
  ],
  [
    'a service with a container inside',
    { ...service('web.service'), guests: [{ runtime: 'docker', name: say`web` }] },
    'manual',
    null,
  ],
  [
    'a service in which somebody works',
    { ...service('ttyd.service'), terminals: [AT_PTS] },
    'manual',
    null,
  ],
  [
    'a service in which somebody works who is not ended by a restart',
    { ...service('cronie.service', { KillMode: 'process' }), terminals: [AT_PTS] },
    'restart',
    restart('cronie.service'),
  ],
  [
    "one's own service in which somebody works",
    subject(`${USER}/app.slice/editor.service`, { ...OWN, terminals: [AT_PTS] }),
    'manual',
    null,
  ],
  [
    'a command of systemd-run with a name of its own',
    service('toy.service', { Transient: 'yes' }),
    'restart',
    restart('toy.service'),
  ],
  [
    'a command of systemd-run that somebody waits for',
    service('toy.service', { Transient: 'yes', Refs: ':1.7' }),
    'manual',
    null,
  ],
  [
    'a service that a client holds on to',
    service('toy.service', { Refs: ':1.7' }),
    'restart',
    restart('toy.service'),
  ],
  [
    'a service in which only a user’s own work is stale',
    { ...service('jobs.service'), isUsersWork: true },
    'manual',
    null,
  ],
  [
    'the system bus with a program that a user made it start',
    { ...service('dbus.service'), isUsersWork: true },
    'manual',
    null,
  ],
  [
    'a unit that refuses to be stopped, with a program of a user',
    { ...service('a.service', { RefuseManualStop: 'yes' }), isUsersWork: true },
    'manual',
    null,
  ],
  [
    'a job that runs, with a program of a user: it ends by itself',
    {
      ...service('a.service', { Type: 'oneshot', ActiveState: 'activating' }),
      isUsersWork: true,
    },
    'wait',
    null,
  ],
  ['a unit named like an option', service('-h.service'), 'restart', restart('-h.service')],
]
for (const [fact, given, action, command] of CASES) {
  test(`adviceFor() says ${action} to ${fact}`, () => {
    const advice = adviceFor(given)
    assert.deepEqual([advice.action, advice.command], [action, command])
  })
}

test('the manager of a user and its (sd-pam) are one finding', () => {
  const path = `${USER}/init.scope`
  const both = [
    staleProcess(path, { pid: 10, comm: 'systemd' }),
    staleProcess(path, { pid: 11, comm: '(sd-pam)' }),
  ]
  const [group, ...others] = groupByOwner(both)
  assert.deepEqual([group?.processes.length, others], [2, []])
  const said = (comms: readonly string[], some: Partial<Case> = {}) => {
    const processes = both.filter(({ comm }) => comms.includes(comm))
    const { action, clears, cautions } = adviceFor({ ...subject(path), processes, ...some })
    return [
      action,
      clears,
      ...cautions.map(({ code, detail }) => `${code} ${JSON.stringify(detail)}`),
    ]
  }
  const names = both.map(({ comm }) => comm)
  assert.deepEqual(said(['systemd']), ['user-reexec', true])
  assert.deepEqual(said(names), ['user-reexec', false, 'holder-stays null'])
  const lingers = ['user-reexec', false, 'holder-stays "user@1000.service"']
  const some = { isLingering: true, pinnedBy: [say`session 3`] }
  assert.deepEqual(said(names, some), lingers)
})

test('no logout ends the bus of a user who lingers, and one ends the graphical session', () => {
  const bus = `${USER}/session.slice/dbus-broker.service`
  const shell = `${USER}/session.slice/org.gnome.Shell@wayland.service`
  const said = (path: string, some: Partial<Case>) => {
    const { action, command, cautions, clears } = adviceFor(subject(path, some))
    return [action, command, clears, ...cautions.map(({ code, detail }) => ({ code, detail }))]
  }
  const lingers = { code: 'lingers', detail: 'user@1000.service' }
  for (const some of [{}, OWN]) {
    assert.deepEqual(said(bus, { ...some, isLingering: true }), ['manual', null, true, lingers])
    assert.equal(said(bus, some)[0], 'relogin')
    assert.equal(said(shell, { ...some, isLingering: true })[0], 'relogin')
  }
})

test('a session that was left keeps what ends with the manager of its user', () => {
  const codes = (path: string, some: Partial<Case> = {}, comm = 'd') => {
    const pinnedBy = [say`session 3`]
    const processes = [staleProcess(path, { comm })]
    return adviceFor(subject(path, { pinnedBy, processes, ...some })).cautions.map(
      ({ code }) => code,
    )
  }
  const bus = `${USER}/session.slice/dbus-broker.service`
  const manager = `${USER}/init.scope`
  assert.deepEqual(codes(bus), ['sensitive', 'kept-by-sessions'])
  assert.deepEqual(codes(bus, { pinnedBy: [] }), ['sensitive'])
  assert.deepEqual(codes(bus, { isLingering: true }), ['lingers'])
  assert.deepEqual(codes(manager, {}, '(sd-pam)'), ['ends-at-logout', 'kept-by-sessions'])
  assert.deepEqual(codes(manager, { isLingering: true }, '(sd-pam)'), ['lingers'])
  assert.deepEqual(codes(manager, {}, 'systemd'), [])
  assert.deepEqual(codes(`${USER}/session.slice/org.gnome.Shell@wayland.service`), ['sensitive'])
})

test('a user’s own work blocks, and says so', () => {
  const { cautions, rule } = adviceFor({ ...service('jobs.service'), isUsersWork: true })
  assert.deepEqual(cautions, [{ code: 'users-work', blocking: true, detail: null }])
  assert.equal(rule, 'users-work')
})

test('adviceFor() never lets the command end the program that it advises', () => {
  const inside = (some: Partial<UnitFacts>) => {
    const given = service('update.service', some)
    const self = { owner: given.owner, ancestors: [] }
    const { action, command, rule } = adviceFor({ ...given, setting: { ...SETTING, self } })
    return [action, command, rule]
  }
  assert.deepEqual(inside({}), ['manual', null, 'you-are-inside'])
  assert.deepEqual(inside({ MainPID: '99' }), ['wait', null, 'own-job'])
})

const LIVE: Setting = {
  ...SETTING,
  isLive: true,
  self: { owner: ownerOf('/user.slice/user-1000.slice/session-3.scope'), ancestors: [] },
}

test('a unit of the running machine that systemd could not be asked about is not restarted blindly', () => {
  const { action, command, rule } = adviceFor({
    ...service('a.service'),
    facts: null,
    setting: LIVE,
  })
  assert.deepEqual([action, command, rule], ['manual', null, 'unit-not-asked'])
})

test('a service that your session came through is restarted only where that leaves the session alone', () => {
  const ancestors = [service('sshd.service').owner]
  const setting = { ...LIVE, self: { owner: ownerOf(null), ancestors } }
  const through = (KillMode: string) =>
    adviceFor({ ...service('sshd.service', { KillMode }), setting })
  assert.deepEqual(
    [through('process').action, through('process').cautions.map(({ code }) => code)],
    ['restart', ['carries-your-connection']],
  )
  assert.deepEqual(
    [through('control-group').action, through('control-group').rule],
    ['manual', 'ends-your-connection'],
  )
})

test('an sshd whose own program was replaced says that logins may fail', () => {
  const given = service('sshd.service')
  const files = [{ path: '/usr/bin/sshd', kind: 'executable', state: 'replaced' }] as const
  const processes = given.processes.map((process) => ({ ...process, files }))
  assert.deepEqual(
    adviceFor({ ...given, processes }).cautions.map(({ code }) => code),
    ['logins-may-fail'],
  )
})

test('a display manager is restarted only while logind shows no graphical session', () => {
  const setting = (graphicalSessions: number | null) => ({ ...SETTING, graphicalSessions })
  const action = (sessions: number | null) =>
    adviceFor({ ...service('sddm.service'), setting: setting(sessions) }).action
  assert.deepEqual([action(null), action(1), action(0)], ['manual', 'manual', 'restart'])
})

test('the guests of a unit are named where they run now', () => {
  const guests = [
    { runtime: 'docker', name: say`web` },
    { runtime: 'vm', name: say`win` },
  ] as const
  const named = (unit: string) =>
    adviceFor({ ...service(unit), setting: { ...SETTING, guests } }).cautions.flatMap((caution) =>
      caution.code === 'sensitive' ? caution.detail.guests : [],
    )
  assert.deepEqual(named('docker.service'), [guests[0]])
  assert.deepEqual(named('libvirtd.service'), [guests[1]])
  assert.deepEqual(named('incus.service'), [])
})

const GUESTS = [
  { runtime: 'docker', name: say`web` },
  { runtime: 'podman', name: say`db` },
  { runtime: 'kubernetes', name: say`pod` },
  { runtime: 'lxc', name: say`old` },
  { runtime: 'vm', name: say`win` },
] as const
/** The units that guests depend on, and whether their guests survive `KillMode=process`. */
const HOSTS: readonly (readonly [unit: string, survives: boolean])[] = [
  ['docker.service', false],
  ['containerd.service', true],
  ['podman.service', true],
  ['crio.service', true],
  ['kubelet.service', false],
  ['lxc@web.service', false],
  ['lxcfs.service', false],
  ['incus.service', true],
  ['lxd.service', true],
  ['snap.lxd.daemon.service', false],
  ['libvirtd.service', true],
  ['virtqemud.service', true],
  ['virtlogd.service', false],
  ['virtlockd.service', false],
]
for (const [unit, survives] of HOSTS)
  test(`${unit} is by hand only while guests run that end with it`, () => {
    const action = (guests: Setting['guests'], KillMode: string) =>
      adviceFor({ ...service(unit, { KillMode }), setting: { ...SETTING, guests } }).action
    assert.equal(action([], 'control-group'), 'restart')
    assert.equal(action(GUESTS, 'control-group'), 'manual')
    assert.equal(action(GUESTS, 'process'), survives ? 'restart' : 'manual')
    // What nobody could look at may run.
    assert.equal(action(null, 'control-group'), 'manual')
    assert.equal(action([], 'process'), 'restart')
  })

test('guests of another kind are none of the unit, and those of Xen cannot be asked for', () => {
  const action = (unit: string, guests: Setting['guests']) =>
    adviceFor({ ...service(unit), setting: { ...SETTING, guests } }).action
  assert.equal(action('docker.service', [{ runtime: 'vm', name: say`win` }]), 'restart')
  assert.equal(action('virtlockd.service', [{ runtime: 'docker', name: say`web` }]), 'restart')
  assert.equal(action('xenconsoled.service', []), 'manual')
})

test('a restart that no guest speaks against is still judged by all other rules', () => {
  const given = { ...service('docker.service', { RefuseManualStop: 'yes' }) }
  assert.equal(adviceFor(given).action, 'soft-reboot')
  const { rule, cautions } = adviceFor(service('docker.service'))
  assert.deepEqual([rule, cautions], ['sensitive', []])
})

const LEAVES = { KillMode: 'process' }
const AT_WORK = { name: say`rsync`, user: { uid: 1000, name: say`zoe` } }

test('work in progress speaks against a restart that ends it', () => {
  const told = (unit: string, some: Partial<UnitFacts> = {}) => {
    const known = knowledge({
      facts: new Map([[unit, facts(some)]]),
      userNames: new Map([[1000, say`zoe`]]),
      jobs: new Map([
        [
          `/system.slice/${unit}`,
          [11, 12].map((pid) => ({
            pid,
            comm: say`rsync`,
            uid: 1000,
            startTicks: 1,
            leadsSession: true,
            exe: '/usr/bin/rsync',
          })),
        ],
      ]),
    })
    const { owner, processes } = subject(`/system.slice/${unit}`, {}, [10])
    const { action, clears, cautions } = adviceFor(
      casesOf({ owner, processes }, known)[0] ?? assert.fail(),
    )
    return [action, clears, cautions]
  }
  const caution = { code: 'jobs-inside', blocking: true, detail: [AT_WORK] }
  assert.deepEqual(told('atd.service'), ['manual', true, [caution]])
  assert.deepEqual(told('atd.service', LEAVES), ['restart', true, []])
  // A runner ends its jobs itself.
  assert.deepEqual(told('actions.runner.x.service', LEAVES), ['manual', true, [caution]])
})

test('what manages the interface of a remote login says so', () => {
  const paths = [{ interface: say`eth0`, units: ['systemd-networkd.service', 'dhcpcd.service'] }]
  const codes = (unit: string) =>
    adviceFor({ ...service(unit), setting: { ...SETTING, paths } }).cautions.map(({ code }) => code)
  assert.deepEqual(codes('systemd-networkd.service'), ['sensitive', 'carries-remote-logins'])
  assert.deepEqual(codes('iwd.service'), ['sensitive'])
  // What a user calls so is no service of the machine.
  const users = subject(`${USER}/app.slice/dhcpcd.service`)
  const { cautions } = adviceFor({ ...users, setting: { ...SETTING, paths } })
  assert.ok(cautions.every(({ code }) => code !== 'carries-remote-logins'))
})

test('what else restarts is said, and what may not restart blindly stops it', () => {
  const [safe, unsafe] = [
    { unit: say`b.service`, isSafe: true },
    { unit: say`gdm.service`, isSafe: false },
  ]
  const taking = (...dependents: Case['dependents']) => {
    const { action, cautions } = adviceFor({ ...service('a.service'), dependents })
    return [action, cautions.map(({ code, detail }) => [code, detail])]
  }
  assert.deepEqual(taking(safe), ['restart', [['restarts-too', ['b.service']]]])
  assert.deepEqual(taking(safe, unsafe), ['manual', [['takes-along', ['gdm.service']]]])
})

test('dependents are those that run, theirs included', () => {
  const { owner, processes } = service('a.service')
  const known = new Map([
    ['a.service', facts({ RequiredBy: 'b.service c.service' })],
    ['b.service', facts({ ConsistsOf: String.raw`"d\\x2de.service" a.service` })],
    ['c.service', facts({ ActiveState: 'inactive', BoundBy: 'f.service' })],
    ['d\\x2de.service', facts({ RefuseManualStop: 'yes' })],
    ['f.service', facts({})],
  ])
  assert.deepEqual(casesOf({ owner, processes }, knowledge({ facts: known }))[0]?.dependents, [
    { unit: say`b.service`, isSafe: true },
    { unit: 'd\\x2de.service', isSafe: false },
  ])
})

/** The advice for each case of one unit's stale processes. */
function advices(
  unit: string,
  some: Partial<UnitFacts>,
  pids: readonly number[],
  left: Readonly<Record<number, Partial<LeftBehind>>> = {},
) {
  const { owner, processes } = subject(`/system.slice/${unit}`, {}, pids)
  const leftBehind = new Map(
    Object.entries(left).map(([pid, known]) => [
      Number(pid),
      { isBelowMain: false, listens: [], isConnected: false, guest: null, ...known },
    ]),
  )
  const known = knowledge({ facts: new Map([[unit, facts(some)]]), leftBehind })
  return casesOf({ owner, processes }, known).map((one) => {
    const { action, clears, cautions } = adviceFor(one)
    return [one.processes.map(({ pid }) => pid), action, clears, cautions.map(({ code }) => code)]
  })
}

test('old connections of an sshd that is up to date are not cleared by a restart', () => {
  assert.deepEqual(advices('sshd.service', { ...LEAVES, MainPID: '99' }, [10, 11]), [
    [[10, 11], 'wait', true, ['left-over']],
  ])
})

test('old connections of a stale sshd are a case of their own', () => {
  const told = [
    [[10], 'restart', true, []],
    [[11, 12], 'wait', true, ['goes-on']],
  ]
  assert.deepEqual(advices('sshd.service', LEAVES, [10, 11, 12]), told)
  assert.deepEqual(advices('sshd.service', LEAVES, [10, 11, 12], { 11: {}, 12: {} }), told)
  const left = { 11: { isOlder: true }, 12: { isOlder: false, isBelowMain: true } }
  assert.deepEqual(advices('sshd.service', LEAVES, [10, 11, 12], left), [
    [[10], 'restart', true, []],
    [[11], 'wait', true, ['left-over']],
    [[12], 'wait', true, ['goes-on']],
  ])
})

test('an old listener of sshd is no login that ends', () => {
  const left = { 11: {}, 12: { listens: [say`0.0.0.0:2222`] } }
  assert.deepEqual(advices('sshd.service', { ...LEAVES, MainPID: '99' }, [11, 12], left), [
    [[11], 'wait', true, ['left-over']],
    [[12], 'manual', false, ['still-listens']],
  ])
})

test('what other units leave behind is waited for by nobody', () => {
  const web = { runtime: 'docker', name: say`web` } as const
  const left = { 11: { listens: [say`192.168.122.1:53`] }, 12: { guest: web }, 13: {}, 14: {} }
  assert.deepEqual(advices('a.service', LEAVES, [10, 11, 12, 13], left), [
    [[10], 'restart', true, []],
    [[11], 'manual', false, ['still-listens']],
    [[12], 'manual', false, ['holds-guest']],
    [[13], 'manual', false, ['left-alone']],
  ])
})

test('the main process of any unit may end what it started, and that of a runner does', () => {
  const left = { 11: { isBelowMain: true, listens: [say`0.0.0.0:80`] }, 12: {} }
  assert.deepEqual(advices('a.service', LEAVES, [10, 11], left), [
    [[10], 'restart', true, []],
    [[11], 'manual', false, ['below-main']],
  ])
  assert.deepEqual(advices('supervisord.service', LEAVES, [11, 12], left), [
    [[11], 'restart', true, []],
    [[12], 'manual', false, ['left-alone']],
  ])
  assert.deepEqual(advices('jenkins.service', LEAVES, [10, 11], left), [
    [[10, 11], 'restart', true, []],
  ])
})

test('a control process is replaced like the main process', () => {
  const some = { KillMode: 'process', MainPID: '0', ControlPID: '11' }
  assert.deepEqual(advices('a.service', some, [11]), [[[11], 'restart', true, []]])
})

test('nothing is promised of a unit whose processes systemd does not end, or does not know', () => {
  assert.deepEqual(advices('a.service', { KillMode: 'none' }, [10]), [
    [[10], 'manual', false, ['kills-nothing']],
  ])
  const some = { KillMode: 'process', MainPID: '0' }
  assert.deepEqual(advices('a.service', some, [10]), [[[10], 'manual', false, ['main-unknown']]])
  const elsewhere = { ...some, SourcePath: '/home/zoe/a' }
  assert.equal(advices('a.service', elsewhere, [10])[0]?.[1], 'manual')
})

test('an init script stops what it has started, so its unit is restarted', () => {
  const some = { KillMode: 'process', MainPID: '0', SourcePath: '/etc/init.d/a' }
  assert.deepEqual(advices('a.service', some, [10]), [[[10], 'restart', true, []]])
})

const NOTHING = { pid: 10, mounts: [], terminals: [], consoles: [], guests: [] }

/** The rule for a service whose process with the id holds something, and the rule's detail. */
function ruleWith(
  some: Partial<Case['holding']['holders'][number]>,
  KillMode = 'control-group',
  holding: Partial<Case['holding']> = {},
) {
  const holders = [{ ...NOTHING, ...some }]
  const given = service('a.service', { KillMode, ControlPID: '12' })
  const advice = adviceFor({ ...given, holding: { ...given.holding, holders, ...holding } })
  const [caution] = advice.cautions
  return [advice.action, caution?.code, caution?.detail]
}

const HELD = [
  ['takes-mounts-away', { mounts: [say`/media/zoe/stick`, null] }, [`/media/zoe/stick`, null]],
  ['takes-interfaces-away', { interfaces: [say`tun0`] }, ['tun0']],
  ['serves-display', { displays: [say`:0`] }, [':0']],
  ['hangs-up-terminals', { terminals: [AT_PTS] }, [AT_PTS]],
  [
    'ends-guests',
    { guests: [{ runtime: 'vm', name: say`win` }] },
    [{ runtime: 'vm', name: say`win` }],
  ],
  ['cuts-logins', { logins: [AT_PTS] }, [AT_PTS]],
] as const
for (const [code, some, detail] of HELD) {
  test(`what a process holds ends with it (${code})`, () => {
    for (const KillMode of ['control-group', 'mixed'])
      assert.deepEqual(ruleWith(some, KillMode), ['manual', code, detail])
  })
  test(`of a unit that keeps its processes, what the ended ones hold is lost (${code})`, () => {
    for (const pid of [10, 12])
      assert.deepEqual(ruleWith({ ...some, pid }, 'process'), ['manual', code, detail])
    assert.deepEqual(ruleWith({ ...some, pid: 11 }, 'process'), ['restart', undefined, undefined])
  })
}

const LOCK = { isBlocking: true, who: say`toy`, why: say`work` }

test('what asked that nothing interrupts it is not restarted, also where it is not known', () => {
  for (const locks of [[LOCK, null], [null]]) {
    const { action, command, cautions } = adviceFor({ ...service('a.service'), locks })
    assert.deepEqual([action, command], ['manual', null])
    assert.deepEqual(cautions[0], { code: 'blocks-shutdown', blocking: true, detail: locks })
    const ofUser = caseOf('/user.slice/user-1000.slice/user@1000.service/app.slice/a.service')
    const setting = { ...ofUser.setting, selfUid: 0 }
    const ofRoot = adviceFor({ ...ofUser, facts: null, setting, locks })
    assert.deepEqual([ofRoot.action, ofRoot.cautions[0]?.code], ['manual', 'blocks-shutdown'])
  }
  assert.equal(adviceFor({ ...service('a.service'), locks: [] }).action, 'restart')
})

test("root tells what a user's service holds, without asking that user's manager", () => {
  const given = caseOf('/user.slice/user-1000.slice/user@1000.service/app.slice/a.service')
  const setting = { ...given.setting, selfUid: 0 }
  for (const [code, some, detail] of HELD.filter((row) => row[0] !== 'ends-guests')) {
    const holding = { ...given.holding, holders: [{ ...NOTHING, ...some }] }
    const { action, cautions } = adviceFor({ ...given, facts: null, setting, holding })
    assert.deepEqual([action, cautions[0]?.code, cautions[0]?.detail], ['manual', code, detail])
  }
  assert.equal(adviceFor({ ...given, facts: null, setting }).action, 'user-restart')
})

test('a display manager shows a greeter before a login, and is restarted', () => {
  const given = { ...service('gdm.service', { Names: 'display-manager.service' }) }
  const holding = { ...given.holding, holders: [{ ...NOTHING, displays: [say`:0`] }] }
  const setting = { ...given.setting, graphicalSessions: 0 }
  assert.equal(adviceFor({ ...given, setting, holding }).action, 'restart')
})

test('a service that systemd would not start again is no command', () => {
  const unmet = [
    { path: say`/etc/a`, isNegated: false },
    { path: say`/etc/off`, isNegated: true },
  ]
  const { action, command, cautions } = adviceFor({ ...service('a.service'), unmet })
  assert.deepEqual([action, command], ['manual', null])
  assert.deepEqual(cautions[0], { code: 'start-skipped', blocking: true, detail: unmet })
})

test('a keyring that a bus started is locked after a start, for root and for its user', () => {
  const slices = '/user.slice/user-1000.slice/user@1000.service/app.slice'
  const unit = 'dbus-:1.2-org.freedesktop.secrets@0.service'
  const given = caseOf(`${slices}/${unit}`)
  const sensitive = sensitiveUnitRule(SHIPPED_TABLES, unit, 'user-service')
  for (const selfUid of [0, 1000]) {
    const setting = { ...given.setting, selfUid }
    const { action, cautions } = adviceFor({ ...given, sensitive, setting })
    assert.deepEqual([action, cautions.map(({ code }) => code)], ['manual', ['sensitive']])
  }
})

const OF_SDDM = '/user.slice/user-962.slice'
for (const path of ['session-c5.scope', 'user@962.service/session.slice/dbus.service'])
  test(`what belongs to a login screen waits for a login: ${path}`, () => {
    const given = caseOf(`${OF_SDDM}/${path}`, { unattended: 'greeter' })
    const { action, command, cautions } = adviceFor(given)
    assert.deepEqual([action, command, cautions[0]?.code], ['wait', null, 'greeter'])
  })

test('the manager of a login screen executes itself anew', () => {
  const given = caseOf(`${OF_SDDM}/user@962.service/init.scope`, { unattended: 'greeter' })
  assert.notEqual(adviceFor(given).rule, 'greeter')
})

test('nobody can log out of a session that was made for a command', () => {
  const given = caseOf('/user.slice/user-0.slice/session-c7.scope', { unattended: 'command' })
  const codeOf = (some: Partial<Case>) => adviceFor({ ...given, ...some }).cautions[0]?.code
  assert.deepEqual([adviceFor(given).action, codeOf({})], ['manual', 'session-of-command'])
  assert.equal(codeOf({ remains: NO_REMAINS }), 'session-left')
  assert.equal(adviceFor({ ...given, unattended: null }).action, 'relogin')
})

test("root does not say of a user's command that it is restarted", () => {
  const given = caseOf('/user.slice/user-1000.slice/user@1000.service/app.slice/run-u7.service')
  const setting = { ...given.setting, selfUid: 0 }
  const { action, cautions } = adviceFor({ ...given, facts: null, setting })
  assert.deepEqual([action, cautions[0]?.code], ['manual', 'somebodys-command'])
})

test('what several processes hold is named once', () => {
  const holders = [10, 11].map((pid) => ({
    pid,
    mounts: [say`/mnt`],
    terminals: [],
    consoles: [],
    guests: [{ runtime: 'nspawn', name: say`web` } as const],
  }))
  const guests = [{ runtime: 'nspawn', name: say`web` } as const]
  const given = service('a.service')
  const holding = { ...given.holding, holders }
  const inside = adviceFor({ ...given, holding, guests })
  assert.deepEqual(inside.cautions[0], { code: 'ends-guests', blocking: true, detail: guests })
  const bare = holders.map((holder) => ({ ...holder, guests: [], terminals: [AT_PTS] }))
  const mounts = adviceFor({ ...given, holding: { ...holding, holders: bare } })
  assert.deepEqual(mounts.cautions[0]?.detail, ['/mnt'])
  const others = bare.map((holder) => ({ ...holder, mounts: [] }))
  const terminals = adviceFor({ ...given, holding: { ...holding, holders: others } })
  assert.deepEqual(terminals.cautions[0]?.detail, [AT_PTS])
})

test('who is logged in at the console of a unit is hung up by its restart', () => {
  const { action, cautions } = adviceFor({
    ...service('kmsconvt@tty3.service'),
    consoles: [AT_PTS],
  })
  assert.deepEqual([action, cautions[0]?.code], ['manual', 'hangs-up-terminals'])
})

test('who is logged in at a screen that a process of the unit began ends with that process', () => {
  const { owner, processes } = service('newdm.service')
  const holdings = (pid: number) =>
    new Map([
      [
        '/system.slice/newdm.service',
        { holders: [{ ...NOTHING, pid, consoles: [say`tty2`] }], unread: [], denied: [] },
      ],
    ])
  const ruleOf = (pid: number, KillMode: string, uid = 1000) => {
    const known = new Map([['newdm.service', facts({ KillMode })]])
    const consoleLogins = [{ terminal: uid === 0 ? 'tty1' : 'tty2', uid }]
    const around = knowledge({ facts: known, holdings: holdings(pid), consoleLogins })
    return casesOf({ owner, processes }, around).map((one) => adviceFor(one).rule)
  }
  assert.deepEqual(ruleOf(10, 'mixed'), ['hangs-up-terminals'])
  assert.deepEqual(ruleOf(10, 'process'), ['hangs-up-terminals'])
  assert.deepEqual(ruleOf(11, 'process'), ['service'])
  // Only the greeter is there.
  assert.deepEqual(ruleOf(10, 'mixed', 0), ['service'])
})

test('open files that may not be read lead to no command, and too many of them change nothing', () => {
  assert.deepEqual(ruleWith({}, 'control-group', { denied: [11] }), [
    'manual',
    'open-files-unknown',
    null,
  ])
  assert.equal(ruleWith({}, 'process', { denied: [11] })[0], 'restart')
  assert.equal(ruleWith({}, 'control-group', { unread: [10] })[0], 'restart')
})

test('what a dependent serves is no reason to restart it blindly', () => {
  const { owner, processes } = service('a.service')
  const known = new Map([
    ['a.service', facts({ RequiredBy: 'b.service' })],
    ['b.service', facts({ ControlGroup: '/system.slice/b.service' })],
  ])
  const holding = { holders: [{ ...NOTHING, mounts: [null] }], unread: [], denied: [] }
  const holdings = new Map([['/system.slice/b.service', holding]])
  const [one] = casesOf({ owner, processes }, knowledge({ facts: known, holdings }))
  assert.deepEqual(one?.dependents, [{ unit: say`b.service`, isSafe: false }])
})

test('whatever is neither restarted nor re-executed has a caution or an action that says why', () => {
  for (const [fact, given] of CASES) {
    const { action, cautions } = adviceFor(given)
    if (action === 'manual' || action === 'wait' || action === 'soft-reboot' || action === 'reboot')
      assert.ok(
        cautions.some(({ blocking }) => blocking),
        fact,
      )
  }
})

test('each row of the table of sensitive units is a glob of unit names with reason and source', () => {
  for (const row of [...SHIPPED_TABLES.sensitive, ...SHIPPED_TABLES.lifelines, ...RUNNERS]) {
    assert.ok(row.reason.length > 5 && row.source.length > 5, row.units.join())
    for (const unit of row.units) {
      assert.notEqual(typeof compileGlob(unit), 'string', unit)
      assert.match(unit, /\.(?:service|socket)$/)
    }
  }
})

test('the process that keeps the namespaces of rootless podman is no application to be closed', () => {
  const pause = subject(`${USER}/user.slice/podman-pause-55177911.scope`)
  const { action, rule, cautions } = adviceFor(pause)
  assert.deepEqual(
    [action, rule, cautions.map(({ code }) => code)],
    ['manual', 'podman-pause', ['podman-pause']],
  )
  for (const other of ['podman-1234.scope', 'podman-pause-x.scope', 'a-podman-pause-1.scope'])
    assert.equal(adviceFor(subject(`${USER}/user.slice/${other}`)).action, 'close')
})

test('a container that is stale by files of the machine alone has them anew when it restarts', () => {
  const path = '/machine.slice/machine-web.scope/payload'
  const own = { path: '/usr/lib/a.so', kind: 'library', state: 'replaced' } as const
  const shown = { ...own, path: '/usr/lib/libz.so.1', isOfMachine: true } as const
  const ruleOf = (...files: readonly (readonly (typeof own | typeof shown)[])[]) => {
    const processes = files.map((some, at) => staleProcess(path, { pid: 10 + at, files: some }))
    const { action, rule } = adviceFor(caseOf(path, { processes }))
    assert.equal(action, 'container')
    return rule
  }
  assert.equal(ruleOf([shown]), 'container-of-machine')
  assert.equal(ruleOf([shown], [shown, shown]), 'container-of-machine')
  for (const rest of [[own], [own, shown], []]) assert.equal(ruleOf([shown], rest), 'container')
})

test('a generation of workers that was succeeded is left to finish, all of it', () => {
  const { owner } = service('a.service')
  const processes = [11, 12].map((pid) => staleProcess('/system.slice/a.service', { pid }))
  const known = new Map([['a.service', facts({})]])
  const rulesOf = (...pids: readonly number[]) =>
    casesOf({ owner, processes }, knowledge({ facts: known, succeeded: new Set(pids) })).map(
      (one) => [adviceFor(one).rule, adviceFor(one).action],
    )
  assert.deepEqual(rulesOf(11, 12), [['succeeded', 'wait']])
  assert.deepEqual(rulesOf(11), [['service', 'restart']])
})
