import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adviceFor } from '../../src/core/advice.ts'
import type { Case, Setting } from '../../src/core/advice.ts'
import { compileGlob } from '../../src/core/glob.ts'
import { ownerOf } from '../../src/core/owner.ts'
import { SENSITIVE_UNITS } from '../../src/core/sensitive-units.ts'
import type { StaleProcess, UnitFacts } from '../../src/core/types.ts'

const SETTING: Setting = { canSoftReboot: true, self: null, selfUid: 0 }
const USER = '/user.slice/user-1000.slice/user@1000.service'

function facts(some: Partial<UnitFacts>): UnitFacts {
  return {
    Id: '',
    Names: '',
    LoadState: 'loaded',
    ActiveState: 'active',
    Type: 'simple',
    MainPID: '10',
    ControlPID: '0',
    KillMode: 'control-group',
    RefuseManualStart: 'no',
    RefuseManualStop: 'no',
    CanReload: 'no',
    Transient: 'no',
    TriggeredBy: '',
    ...some,
  }
}

function subject(
  path: string,
  some: Partial<Case> = {},
  pids: readonly number[] = [10],
  comm = 'daemon',
): Case {
  const owner = ownerOf(`0::${path}\n`)
  const processes = pids.map((pid): StaleProcess => ({
    pid,
    comm,
    startTicks: 1,
    owner,
    files: [],
  }))
  const user = owner.uid === null ? null : { uid: owner.uid, name: 'zoe' }
  return { owner, user, processes, facts: facts({}), setting: SETTING, ...some }
}

function service(unit: string, some: Partial<UnitFacts> = {}, pids?: readonly number[]): Case {
  return subject(`/system.slice/${unit}`, { facts: facts(some) }, pids)
}

const restart = (unit: string) => ['systemctl', 'restart', '--', unit]

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
  ['what else is in init.scope', subject('/init.scope', {}, [77]), 'none', null],
  ['a session', subject('/user.slice/user-1000.slice/session-3.scope'), 'relogin', null],
  ['an app', subject(`${USER}/app.slice/app-firefox-7.scope`), 'close', null],
  ['a container', subject('/machine.slice/systemd-nspawn@web.service/payload'), 'container', null],
  ['a virtual machine', subject('/machine.slice/machine-qemu\\x2d1\\x2dvm.scope'), 'manual', null],
  ['a process without unit', subject('/'), 'manual', null],
  ['a scope of the system', subject('/system.slice/run-u1.scope'), 'manual', null],
  ['a mount', subject('/system.slice/mnt-ntfs.mount'), 'manual', null],
  [
    'a user service',
    subject(`${USER}/app.slice/pipewire.service`),
    'user-restart',
    ['systemctl', '--user', '--machine=zoe@', 'restart', '--', 'pipewire.service'],
  ],
  [
    "one's own user service",
    subject(`${USER}/app.slice/pipewire.service`, { setting: { ...SETTING, selfUid: 1000 } }),
    'user-restart',
    ['systemctl', '--user', 'restart', '--', 'pipewire.service'],
  ],
  ['the bus of a user', subject(`${USER}/session.slice/dbus-broker.service`), 'relogin', null],
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
    ['systemctl', '--user', '--machine=zoe@', 'daemon-reexec'],
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
    service('sshd@5-10.0.0.1:22-10.0.0.2:7.service', { TriggeredBy: 'sshd.socket' }),
    'wait',
    null,
  ],
  [
    'an instance with a socket of its own',
    service('syslog@a.service', { TriggeredBy: 'syslog@a.socket' }),
    'restart',
    restart('syslog@a.service'),
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
    'a transient service with a name',
    service('toy.service', { Transient: 'yes' }),
    'restart',
    restart('toy.service'),
  ],
  [
    'old connections of a restarted sshd',
    service('sshd.service', { KillMode: 'process', MainPID: '99' }),
    'wait',
    null,
  ],
  [
    'sshd with its old connections',
    service('sshd.service', { KillMode: 'process' }, [10, 11]),
    'restart',
    restart('sshd.service'),
  ],
  ['a unit named like an option', service('-h.service'), 'restart', restart('-h.service')],
]
for (const [fact, given, action, command] of CASES) {
  test(`adviceFor() says ${action} to ${fact}`, () => {
    const advice = adviceFor(given)
    assert.deepEqual([advice.action, advice.command], [action, command])
  })
}

test('adviceFor() never lets the command end the program that it advises', () => {
  const given = service('update.service')
  const inside = adviceFor({ ...given, setting: { ...SETTING, self: given.owner } })
  assert.deepEqual(
    [inside.action, inside.command, inside.cautions[0]?.code],
    ['wait', null, 'you-are-inside'],
  )
})

test('adviceFor() says that a restart leaves old connections alone', () => {
  const advice = adviceFor(service('sshd.service', { KillMode: 'process' }, [10, 11, 12]))
  assert.equal(advice.clears, false)
  assert.deepEqual(advice.cautions, [{ code: 'leaves-processes', blocking: false, detail: '2' }])
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
  for (const row of SENSITIVE_UNITS) {
    assert.ok(row.reason.length > 5 && row.source.length > 5, row.units.join())
    assert.notEqual(row.action, 'restart')
    for (const unit of row.units) {
      assert.notEqual(typeof compileGlob(unit), 'string', unit)
      assert.match(unit, /\.(?:service|socket)$/)
    }
  }
})
