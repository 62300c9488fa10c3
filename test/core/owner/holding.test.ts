import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consoleOf, consolesOf, endedOf, withUsers } from '../../../src/core/owner/holding.ts'
import type { Holding } from '../../../src/core/owner/holding.ts'
import { say } from '../../../src/core/printable.ts'
import { facts } from '../../support/knowledge.ts'

const NAMES = new Map([[1000, say`zoe`]])

const CONSOLES = [
  [{ TTYPath: '/dev/tty3', TTYVHangup: 'yes', StandardInput: 'null' }, 'tty3'],
  [{ TTYPath: '/dev/tty12', TTYVHangup: 'no', StandardInput: 'tty' }, 'tty12'],
  [{ TTYPath: '/dev/tty1', TTYVHangup: 'no', StandardInput: 'tty-fail' }, 'tty1'],
  [{ TTYPath: '/dev/tty1', TTYVHangup: 'no', StandardInput: 'tty-force' }, 'tty1'],
  // It only writes to the console.
  [{ TTYPath: '/dev/tty12', TTYVHangup: 'no', StandardInput: 'null' }, null],
  [{ TTYPath: '/dev/ttyS0', TTYVHangup: 'yes', StandardInput: 'tty' }, null],
  [{ TTYPath: '/dev/tty0', TTYVHangup: 'yes', StandardInput: 'tty' }, null],
  [{ TTYPath: '/dev/console', TTYVHangup: 'yes', StandardInput: 'tty' }, null],
  [{ TTYPath: '', TTYVHangup: 'no', StandardInput: 'tty' }, null],
  [{ TTYPath: '', TTYVHangup: '', StandardInput: '' }, null],
] as const
for (const [some, name] of CONSOLES)
  test(`a unit with ${Object.values(some).join(' ')} hangs up ${name ?? 'no console'}`, () =>
    assert.equal(consoleOf(some), name))

test('the logins at the console of a unit are told, each user once', () => {
  const at3 = facts({ TTYPath: '/dev/tty3', TTYVHangup: 'yes' })
  const logins = [
    { terminal: 'tty3', uid: 1000 },
    { terminal: 'tty2', uid: 1002 },
    { terminal: 'tty3', uid: 1000 },
    { terminal: 'tty3', uid: 1001 },
  ]
  assert.deepEqual(consolesOf(at3, logins, NAMES), [
    { name: 'tty3', user: { uid: 1000, name: 'zoe' } },
    { name: 'tty3', user: { uid: 1001, name: null } },
  ])
  assert.deepEqual(consolesOf(facts({}), logins, NAMES), [])
  assert.deepEqual(consolesOf(at3, [], NAMES), [])
})

test('where logind gave no answer, somebody may be logged in at the console', () => {
  const at3 = facts({ TTYPath: '/dev/tty3', TTYVHangup: 'yes' })
  assert.deepEqual(consolesOf(at3, null, NAMES), [{ name: 'tty3', user: null }])
  assert.deepEqual(consolesOf(facts({}), null, NAMES), [])
})

const HOLDING: Holding = {
  holders: [10, 11].map((pid) => ({
    pid,
    mounts: [null],
    terminals: [{ name: say`pts/3`, uid: 1000 + pid }],
    guests: [],
  })),
  unread: [10, 12],
  denied: [11, 13],
}

test('of what a group holds, that of the ended processes is lost', () => {
  assert.deepEqual(endedOf(HOLDING, null), HOLDING)
  assert.deepEqual(endedOf(HOLDING, []), { holders: [], unread: [], denied: [] })
  const { holders, unread, denied } = endedOf(HOLDING, [11, 12])
  assert.deepEqual(
    holders.map(({ pid }) => pid),
    [11],
  )
  assert.deepEqual([unread, denied], [[12], [11]])
})

test('users of terminals have names where the machine knows them', () => {
  const { holders, ...rest } = withUsers(HOLDING, new Map([[1010, say`zoe`]]))
  assert.deepEqual(
    holders.map(({ terminals }) => terminals[0]?.user),
    [
      { uid: 1010, name: 'zoe' },
      { uid: 1011, name: null },
    ],
  )
  assert.deepEqual(rest, { unread: [10, 12], denied: [11, 13] })
})
