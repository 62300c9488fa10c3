import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consoleOf, heldBy, lostWith } from '../../../src/core/owner/holding.ts'
import type { Holding } from '../../../src/core/owner/holding.ts'
import type { Printable } from '../../../src/core/printable.ts'
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

type Told = Parameters<typeof heldBy>

/** The logins that a restart hangs up, of a unit whose processes began sessions at consoles. */
const hungUp = (
  known: Told[1],
  logins: Told[2],
  begun: readonly (readonly Printable[])[] = [],
  KillMode = 'mixed',
) => {
  const holders = begun.map((consoles, at) => ({ ...HOLDER, pid: 10 + at, consoles }))
  const about = known && { ...known, KillMode }
  return heldBy({ holders, unread: [], denied: [] }, about, logins, NAMES).consoles
}
const HOLDER = { pid: 10, mounts: [], terminals: [], consoles: [], guests: [] }
const AT_3 = facts({ TTYPath: '/dev/tty3', TTYVHangup: 'yes' })
const NOWHERE = facts({})

test('the logins at the console of a unit are told, each user once', () => {
  const logins = [
    { terminal: 'tty3', uid: 1000 },
    { terminal: 'tty2', uid: 1002 },
    { terminal: 'tty3', uid: 1000 },
    { terminal: 'tty3', uid: 1001 },
  ]
  assert.deepEqual(hungUp(AT_3, logins), [
    { name: 'tty3', user: { uid: 1000, name: 'zoe' } },
    { name: 'tty3', user: { uid: 1001, name: null } },
  ])
  assert.deepEqual(hungUp(NOWHERE, logins), [])
  assert.deepEqual(hungUp(null, logins), [])
  assert.deepEqual(hungUp(AT_3, []), [])
})

test('so are those at the consoles of sessions that an ended process began', () => {
  const logins = [{ terminal: 'tty2', uid: 1000 }]
  const zoe = [{ name: 'tty2', user: { uid: 1000, name: 'zoe' } }]
  const begun = [[say`tty1`], [say`tty2`, say`tty2`]]
  assert.deepEqual(hungUp(NOWHERE, logins, begun), zoe)
  assert.deepEqual(hungUp(NOWHERE, logins, begun, 'process'), [])
  assert.deepEqual(hungUp(NOWHERE, logins, begun.toReversed(), 'process'), zoe)
})

test('where logind gave no answer, somebody may be logged in at the console', () => {
  assert.deepEqual(hungUp(AT_3, null), [{ name: 'tty3', user: null }])
  assert.deepEqual(hungUp(NOWHERE, null), [])
  assert.deepEqual(hungUp(NOWHERE, null, [[say`tty2`]]), [{ name: 'tty2', user: null }])
})

const HOLDING: Holding = {
  holders: [10, 11].map((pid) => ({
    pid,
    mounts: [null],
    terminals: [{ name: say`pts/3`, uid: 1000 + pid }],
    consoles: [],
    guests: [],
  })),
  unread: [10, 12],
  denied: [11, 13],
}

test('of what a group holds, that of the ended processes is lost', () => {
  const all = ['control-group', 'mixed', ''].map((KillMode) => facts({ KillMode }))
  for (const known of [null, ...all]) assert.deepEqual(lostWith(HOLDING, known), HOLDING)
  const nothing = { holders: [], unread: [], denied: [] }
  assert.deepEqual(lostWith(HOLDING, facts({ KillMode: 'none' })), nothing)
  const kept = facts({ KillMode: 'process', MainPID: '11', ControlPID: '12' })
  const { holders, unread, denied } = lostWith(HOLDING, kept)
  assert.deepEqual(
    holders.map(({ pid }) => pid),
    [11],
  )
  assert.deepEqual([unread, denied], [[12], [11]])
})

test('users of terminals have names where the machine knows them', () => {
  const { holding } = heldBy(HOLDING, null, [], new Map([[1010, say`zoe`]]))
  assert.deepEqual(
    holding.holders.map(({ terminals }) => terminals[0]?.user),
    [
      { uid: 1010, name: 'zoe' },
      { uid: 1011, name: null },
    ],
  )
  assert.deepEqual(
    [holding.unread, holding.denied],
    [
      [10, 12],
      [11, 13],
    ],
  )
  assert.deepEqual(heldBy(undefined, null, [], NAMES).holding.holders, [])
})
