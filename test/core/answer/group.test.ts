import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupOf, isRestartedByName, nounOf } from '../../../src/core/answer/group.ts'
import { endsReader } from '../../../src/core/report/ends-reader.ts'
import type { AnswerGroup, Noun } from '../../../src/core/answer/group.ts'
import type { Finding } from '../../../src/core/report/report.ts'
import { finding } from '../../support/report.ts'
import type { Plain } from '../../support/printed.ts'

const process = (comm: string) => ({ pid: 9, comm, startedAt: null, main: false, files: [0] })
const blocking = [{ code: 'frozen', blocking: true, detail: null }] as const
const zoe = { uid: 1000, name: 'zoe' }
const session = (...comms: readonly string[]): Plain<Partial<Finding>> => ({
  kind: 'session',
  name: 'session 3',
  unit: 'session-3.scope',
  user: zoe,
  action: 'relogin',
  rule: 'session',
  processes: comms.map(process),
})

const GROUPS_OF: readonly (readonly [
  fact: string,
  some: Plain<Partial<Finding>>,
  ofRoot: AnswerGroup,
  ofUser: AnswerGroup,
  noun: Noun | null,
])[] = [
  ['a service', {}, 'restart', 'restart', 'service'],
  ['a service with a cost', { cautions: blocking }, 'later', 'later', 'service'],
  ['PID 1', { kind: 'manager', action: 'reexec' }, 'restart', 'restart', 'service'],
  ['the bus', { action: 'soft-reboot' }, 'reboot', 'reboot', 'service'],
  ['what only a reboot renews', { action: 'reboot' }, 'reboot', 'reboot', 'service'],
  ['a unit by hand', { action: 'manual', rule: 'sensitive' }, 'later', 'later', 'service'],
  ['a job', { action: 'wait', rule: 'running-job' }, 'nothing', 'nothing', 'service'],
  [
    'a service of a user',
    { kind: 'user-service', action: 'user-restart', user: zoe },
    'own',
    'restart',
    'service',
  ],
  ['a manager', { kind: 'user-manager', action: 'user-reexec' }, 'own', 'restart', 'service'],
  ['an app', { kind: 'app', action: 'close', rule: 'app' }, 'close', 'close', 'app'],
  [
    'a process',
    { kind: 'process', action: 'manual', rule: 'no-unit' },
    'close',
    'close',
    'program',
  ],
  [
    'a machine',
    { kind: 'vm', action: 'manual', rule: 'virtual-machine' },
    'later',
    'later',
    'machine',
  ],
  [
    'a container',
    { kind: 'container', action: 'container', rule: 'container' },
    'guests',
    'guests',
    null,
  ],
  [
    'a container with files of the machine',
    { kind: 'container', action: 'container', rule: 'container-of-machine' },
    'later',
    'later',
    'program',
  ],
  ['a session', session('gnome-shell', 'sshd-session'), 'logout', 'logout', 'session'],
  [
    'the carrier of a session',
    session('sshd-session', '(sd-pam)', 'sudo'),
    'nothing',
    'nothing',
    null,
  ],
  ['a greeter', { ...session('x'), action: 'manual', rule: 'greeter' }, 'nothing', 'nothing', null],
]
for (const [fact, some, ofRoot, ofUser, noun] of GROUPS_OF)
  test(`the place of ${fact} is ${ofRoot}`, () => {
    const one = finding(some)
    assert.deepEqual([groupOf(one, true), groupOf(one, false)], [ofRoot, ofUser])
    assert.equal(nounOf(one, ofRoot), noun)
  })

test('no command is for what ends the reader, nor for what a restart by name refuses', () => {
  const of = (rule: Finding['rule']) => finding({ action: 'manual', rule, cautions: blocking })
  const ends = ['display-manager', 'ends-your-connection', 'you-are-inside', 'own-job'] as const
  for (const rule of ends) assert.equal(endsReader(of(rule)), true, rule)
  assert.equal(endsReader(of('sensitive')), false)
  const carries = [{ code: 'carries-remote-logins', blocking: false, detail: ['wg0'] }] as const
  assert.equal(endsReader(finding({ cautions: carries })), true)
  assert.equal(isRestartedByName(of('sensitive')), true)
  assert.equal(isRestartedByName(of('frozen')), false)
  assert.equal(isRestartedByName(finding({ ...session('x'), action: 'manual' })), false)
})
