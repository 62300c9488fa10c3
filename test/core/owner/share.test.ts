import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inTurn, isPersonal, parseRealUid, shareHolderOf } from '../../../src/core/owner/share.ts'
import type { ShareHolder } from '../../../src/core/owner/share.ts'

const SLICE = '/user.slice/user-1000.slice'

const HOLDERS: readonly (readonly [
  uid: number | null,
  path: string | null,
  holder: ShareHolder,
  isPersonal: boolean,
])[] = [
  [0, '/system.slice/a.service', 'system', false],
  [0, `${SLICE}/session-1.scope`, 'system', false],
  [1000, `${SLICE}/session-1.scope`, 1000, true],
  [1000, '/system.slice/jobs.service', 1000, true],
  [70, '/system.slice/postgresql.service', 70, false],
  [999, '/system.slice/a.service', 999, false],
  [60_513, null, 60_513, true],
  [60_514, '/system.slice/a.service', 60_514, false],
  [61_184, '/system.slice/dynamic.service', 61_184, false],
  [1_234_567, '/user.slice/user-1234567.slice/session-3.scope', 1_234_567, true],
  [0, `/system.slice/docker-${'0123456789abcdef'.repeat(4)}.scope`, 'others', true],
  [0, '/machine.slice/machine-web.scope/payload/system.slice/a.service', 'others', true],
  [0, null, 'system', false],
  [65_536, '/system.slice/a.service', 'others', true],
  [100_000, `${SLICE}/user@1000.service/app.slice/x.scope`, 1000, true],
  [100_000, '/machine.slice/machine-web.scope', 'others', true],
  // Below the manager of a user, the user chooses the names.
  [1000, `${SLICE}/user@1000.service/user.slice/user-1001.slice/a.service`, 1000, true],
  [100_000, `${SLICE}/user@1000.service/user-0.slice/x.service`, 1000, true],
  [100_000, '/system.slice/a.service/user.slice/user-1001.slice/x.scope', 'others', true],
  [100_000, '/user.slice/user-0.slice/session-1.scope', 'others', true],
  [null, '/system.slice/a.service', 'system', false],
  [null, `${SLICE}/session-1.scope`, 1000, true],
  [null, null, 'system', false],
  [null, '/../outside', 'system', false],
]
for (const [uid, path, holder, person] of HOLDERS)
  test(`user ${uid} in ${path} spends the share of ${holder}`, () => {
    assert.equal(shareHolderOf(uid, path, ''), holder)
    assert.equal(isPersonal(holder), person)
  })

test('groups that PID 1 made below another one count from there on', () => {
  const root = '/lxc/box'
  assert.equal(shareHolderOf(100_000, `${root}${SLICE}/session-1.scope`, root), 1000)
})

test('users take turns, and their own order stays', () => {
  const items = ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']
  const holder = (item: string) => item.codePointAt(0) ?? 0
  assert.deepEqual(inTurn(items, holder), ['a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
})

test('the first user id of a process is the real one, whatever its name is', () => {
  const status = (uids: string, name = 'su') =>
    `Name:\t${name}\nUmask:\t0022\nUid:\t${uids}\nGid:\t0\n`
  assert.equal(parseRealUid(status('1001\t0\t0\t0')), 1001)
  assert.equal(parseRealUid(status('0\t0\t0\t0')), 0)
  // The kernel writes a newline of a name as \\n.
  assert.equal(parseRealUid(status('0\t0\t0\t0', String.raw`a\nUid:`)), 0)
  for (const text of ['', 'Uid:\n', 'Uid:\t-1\t0\n']) assert.equal(parseRealUid(text), null)
})
