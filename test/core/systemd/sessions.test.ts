import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  closingAmong,
  countGraphical,
  leftAmong,
  parseSessionIds,
  parseSessions,
  remoteHostsOf,
  unattendedAmong,
} from '../../../src/core/systemd/sessions.ts'
import type { Session } from '../../../src/core/systemd/sessions.ts'

test('the ids of the sessions stand first in their lines', () => {
  const text = [
    '      2 1000 zoe  seat0 tty2',
    '     c1    0 root -     pts/0',
    '3 1000 zoe - -',
    '-4 1000 zoe',
    'x',
    '',
  ].join('\n')
  assert.deepEqual(parseSessionIds(text), ['2', 'c1', '3'])
  assert.deepEqual(parseSessionIds(''), [])
})

const SESSION = {
  Id: '2',
  Type: 'tty',
  Class: 'user',
  State: 'active',
  Remote: 'no',
  User: '1000',
  VTNr: '0',
} as const
type Printed = Readonly<Partial<Record<keyof typeof SESSION | 'RemoteHost' | 'TTY', string>>>

const printed = (some: Printed) =>
  Object.entries({ ...SESSION, ...some })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')

const PLAIN: Session = {
  id: '2',
  isGraphical: false,
  isClosing: false,
  purpose: 'login',
  remoteHost: null,
  terminal: null,
  uid: 1000,
}

const SESSIONS: readonly (readonly [fact: string, some: Printed, session: Partial<Session>])[] = [
  ['at a terminal', {}, {}],
  ['at a screen of X11', { Type: 'x11' }, { isGraphical: true }],
  ['at a screen of Wayland', { Type: 'wayland' }, { isGraphical: true }],
  ['at a screen of Mir', { Type: 'mir' }, { isGraphical: true }],
  ['without a type', { Type: 'unspecified' }, {}],
  ['of the greeter', { Type: 'wayland', Class: 'greeter' }, { purpose: 'greeter' }],
  ['of a manager', { Type: 'wayland', Class: 'manager' }, { purpose: 'other' }],
  ['that is closing', { State: 'closing' }, { isClosing: true }],
  ['that is only online', { State: 'online' }, {}],
  ['from elsewhere', { Remote: 'yes', RemoteHost: '10.0.0.2' }, { remoteHost: '10.0.0.2' }],
  ['from a place without a name', { Remote: 'yes' }, { remoteHost: '' }],
  ['at a virtual console', { TTY: 'tty3', VTNr: '3' }, { terminal: 'tty3' }],
  ['with a screen on a virtual console', { VTNr: '12' }, { terminal: 'tty12' }],
  ['at a pseudoterminal', { TTY: 'pts/3' }, {}],
  ['of a greeter on a virtual console', { Class: 'greeter', VTNr: '1' }, { purpose: 'greeter' }],
  ['of run0', { Class: 'background-light' }, { purpose: 'command' }],
  ['of cron', { Class: 'background' }, { purpose: 'command' }],
  ['of a light login', { Class: 'user-light', TTY: 'tty3', VTNr: '3' }, { terminal: 'tty3' }],
  ['that names a host and is from here', { RemoteHost: '10.0.0.2' }, {}],
]
for (const [fact, some, session] of SESSIONS)
  test(`a session ${fact}`, () =>
    assert.deepEqual(parseSessions(printed(some), 1), [{ ...PLAIN, ...session }]))

test('half an answer of logind is none', () => {
  const both = `${printed({})}\n${printed({ Id: '3' })}`
  assert.deepEqual(
    parseSessions(both, 2)?.map(({ id }) => id),
    ['2', '3'],
  )
  assert.equal(parseSessions(printed({}), 2), null)
  assert.equal(parseSessions(both, 1), null)
  assert.equal(parseSessions('', 1), null)
  assert.equal(parseSessions('Access denied\n', 1), null)
  for (const name of Object.keys(SESSION)) {
    const text = both.replace(new RegExp(`^${name}=.*\n`, 'm'), '')
    assert.equal(parseSessions(text, 2), null, name)
  }
})

const session = (id: string, some: Partial<Session> = {}): Session => ({ ...PLAIN, ...some, id })

test('a session that is closing is not counted, reached or stayed in', () => {
  const sessions = [
    session('1', { isGraphical: true, remoteHost: 'a' }),
    session('2', { isGraphical: true, remoteHost: 'b', isClosing: true }),
    session('3', { remoteHost: 'a' }),
    session('4'),
  ]
  assert.equal(countGraphical(sessions), 1)
  assert.deepEqual(remoteHostsOf(sessions), ['a'])
  assert.deepEqual(leftAmong(['1', '2', '4', '5'], sessions), ['2', '5'])
})

test('a host without a name is a host: the default route leads there', () => {
  assert.deepEqual(remoteHostsOf([session('1', { remoteHost: '' })]), [''])
})

test('the sessions that users have left, with their users', () => {
  const left = { ...PLAIN, isClosing: true }
  const odd = { ...left, uid: Number.NaN }
  assert.deepEqual(closingAmong([PLAIN, { ...left, id: 'c1', uid: 7 }, odd]), [
    { id: 'c1', uid: 7 },
  ])
})

test('a login screen and a command are sessions of no person', () => {
  const sessions: readonly Session[] = [
    PLAIN,
    { ...PLAIN, id: 'c1', uid: 962, purpose: 'greeter' },
    { ...PLAIN, id: 'c2', uid: 962, purpose: 'greeter' },
    { ...PLAIN, id: 'c3', uid: 0, purpose: 'command' },
    { ...PLAIN, id: 'c4', uid: 0, purpose: 'command', isClosing: true },
    // The manager of a user, and the login of somebody whom a login screen let in without a word.
    { ...PLAIN, id: 'c5', uid: 962, purpose: 'other' },
    { ...PLAIN, id: 'c6', uid: 1001, purpose: 'greeter' },
    { ...PLAIN, id: 'c7', uid: 1001 },
  ]
  assert.deepEqual(unattendedAmong(sessions), { greeters: [962], commands: ['c3'] })
  assert.deepEqual(unattendedAmong([]), { greeters: [], commands: [] })
})
