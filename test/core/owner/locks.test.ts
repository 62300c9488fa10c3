import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Holding } from '../../../src/core/owner/holding.ts'
import { blockingLocks, parseLocks, pidsOfLocks } from '../../../src/core/owner/locks.ts'
import type { Lock } from '../../../src/core/owner/locks.ts'
import { say } from '../../../src/core/printable.ts'
import { facts } from '../../support/knowledge.ts'

type Row = readonly (string | number | null)[]

const answer = (...rows: readonly Row[]) => JSON.stringify({ type: 'a(ssssuu)', data: [rows] })
const row = (what: string, mode: string, pid = 7): Row => [what, 'toy', 'work', mode, 0, pid]

const MODES: readonly (readonly [what: string, mode: string, isBlocking: boolean])[] = [
  ['shutdown', 'block', true],
  ['sleep:shutdown:idle', 'block', true],
  ['shutdown', 'delay', false],
  ['shutdown', 'block-weak', false],
  // One that systemd may have some day.
  ['shutdown', 'block-strong', true],
  ['sleep:idle', 'block', false],
  ['handle-shutdown-key', 'block', false],
]
for (const [what, mode, isBlocking] of MODES)
  test(`a lock against ${what} with ${mode} ${isBlocking ? 'counts' : 'changes nothing'}`, () => {
    const lock = { isBlocking, who: 'toy', why: 'work' }
    assert.deepEqual(parseLocks(answer(row(what, mode))), new Map([[7, [lock]]]))
  })

test('each process has all of its locks, and what strangers wrote is printable', () => {
  const locks = parseLocks(
    answer(
      ['shutdown', 'a\x1b', 'zoë', 'block', 0, 7],
      row('sleep', 'delay', 8),
      row('sleep', 'delay'),
    ),
  )
  assert.deepEqual(
    [...(locks ?? [])].map(([pid, held]) => [pid, held.map(({ who, why }) => `${who} ${why}`)]),
    [
      [7, ['a\\x1b zoë', 'toy work']],
      [8, ['toy work']],
    ],
  )
  assert.deepEqual(parseLocks(answer()), new Map())
})

test('an answer with a row of another form tells nothing of any', () => {
  const good = row('shutdown', 'block')
  for (const at of [0, 1, 2, 3, 5])
    assert.equal(parseLocks(answer(good, good.with(at, null))), null, String(at))
  for (const text of ['', '{}', '{"data":[]}', '{"data":[[7]]}', '{"data":[["a"]]}', 'Failed'])
    assert.equal(parseLocks(text), null, text)
})

const BLOCK: Lock = { isBlocking: true, who: say`toy`, why: say`work` }
const DELAY: Lock = { ...BLOCK, isBlocking: false }

/** Processes with the ids 10, 11 and so on, which have these locks. */
const holding = (...locks: readonly (readonly number[])[]): Holding => ({
  holders: locks.map((some, at) => ({
    pid: 10 + at,
    mounts: [],
    terminals: [],
    consoles: [],
    guests: [],
    ...(some.length === 0 ? {} : { locks: some }),
  })),
  unread: [],
  denied: [],
})
const ALL = facts({})
const MAIN_ONLY = facts({ KillMode: 'process', MainPID: '10' })

test('the locks of a unit are those of its own processes', () => {
  const known = new Map([
    [10, [BLOCK, DELAY]],
    [99, [{ ...BLOCK, who: say`other` }]],
  ])
  assert.deepEqual(blockingLocks(holding([3, 4]), ALL, known), [BLOCK])
  assert.deepEqual(blockingLocks(holding([3]), null, known), [BLOCK])
  assert.deepEqual(blockingLocks(holding([3]), ALL, new Map([[10, [DELAY]]])), [])
  assert.deepEqual(blockingLocks(holding([]), ALL, known), [])
})

test('a lock of which logind says nothing may be any', () => {
  assert.deepEqual(blockingLocks(holding([3, 4]), ALL, null), [null])
  assert.deepEqual(blockingLocks(holding([3]), ALL, new Map([[99, [DELAY]]])), [null])
  assert.deepEqual(blockingLocks(holding([3, 4]), ALL, new Map([[10, [DELAY]]])), [null])
  assert.deepEqual(blockingLocks(holding([3], [4]), ALL, new Map([[10, [BLOCK]]])), [BLOCK, null])
})

test('a process that was handed the file of a lock has the lock of who took it', () => {
  const known = (lock: Lock) => new Map([[10, [lock]]])
  assert.deepEqual(blockingLocks(holding([3], [3]), ALL, known(DELAY)), [])
  assert.deepEqual(blockingLocks(holding([3], [3]), ALL, known(BLOCK)), [BLOCK])
})

test('a lock counts where a restart ends a process that holds it', () => {
  const known = new Map([[11, [BLOCK]]])
  assert.deepEqual(blockingLocks(holding([], [3]), ALL, known), [BLOCK])
  assert.deepEqual(blockingLocks(holding([], [3]), MAIN_ONLY, known), [])
  assert.deepEqual(blockingLocks(holding([3], [3]), MAIN_ONLY, known), [BLOCK])
})

test('logind is asked about all holders where one of them ends', () => {
  assert.deepEqual(pidsOfLocks(holding([3], [], [4]), ALL), [10, 12])
  assert.deepEqual(pidsOfLocks(holding([3], [], [4]), MAIN_ONLY), [10, 12])
  assert.deepEqual(pidsOfLocks(holding([], [3]), MAIN_ONLY), [])
  assert.deepEqual(pidsOfLocks(holding([]), null), [])
})
