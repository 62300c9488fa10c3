import assert from 'node:assert/strict'
import { test } from 'node:test'
import { say } from '../../../src/core/printable.ts'
import { stayingParts, stayOf } from '../../../src/core/work/left-behind.ts'
import type { LeftBehind, Stay } from '../../../src/core/work/left-behind.ts'

const QUIET: LeftBehind = { isBelowMain: false, listens: [], isConnected: false, guest: null }
const PORT = [say`0.0.0.0:2222`]
const WEB = { runtime: 'docker', name: say`web` } as const

const ROWS: readonly (readonly [
  fact: string,
  known: Partial<LeftBehind> | null,
  role: string | undefined,
  stay: Stay,
  isMainStale?: boolean,
])[] = [
  ['a login of before a restart', { isOlder: true }, 'login', 'left-over'],
  ['the same after one more upgrade', { isOlder: true }, 'login', 'left-over', true],
  [
    'a login with a port that it forwards',
    { isOlder: true, listens: PORT, isConnected: true },
    'login',
    'left-over',
  ],
  ['a login that is there', { isOlder: false, isBelowMain: true }, 'login', 'goes-on', true],
  ['a job that runs', { isOlder: false, isBelowMain: true }, 'jobs', 'goes-on', true],
  ['a job of a fresh scheduler', { isOlder: false, isBelowMain: true }, 'jobs', 'goes-on'],
  ['what a job put into the background', { isOlder: false }, 'jobs', 'alone', true],
  ['a login in an older recording', {}, 'login', 'left-over'],
  ['a job beside a stale main process there', {}, 'jobs', 'goes-on', true],
  ['an old listener of a login server', { isOlder: true, listens: PORT }, 'login', 'listens'],
  ['a daemon that a job left', { listens: PORT, isConnected: true }, 'jobs', 'listens'],
  ['a process of a login server whose files are not known', { listens: null }, 'login', 'alone'],
  ['a process of a scheduler of which nothing was asked', null, 'jobs', 'left-over'],
  ['the same beside a stale main process', null, 'jobs', 'goes-on', true],
  ['a daemon of no role', { listens: PORT }, undefined, 'listens'],
  ['a daemon of the network', {}, 'network', 'alone'],
  ['a process of no role', { isOlder: true }, undefined, 'alone'],
  ['a process of no role whose files are not known', { listens: null }, undefined, 'alone'],
  ['a daemon below a main process', { isBelowMain: true, listens: PORT }, undefined, 'below-main'],
  ['a process of which nothing was asked', null, undefined, 'below-main'],
  ['a shim', { guest: WEB, isBelowMain: true, listens: PORT }, undefined, 'guest'],
]
for (const [fact, known, role, stay, isMainStale = false] of ROWS)
  test(`${fact}: ${stay}`, () => {
    assert.equal(stayOf(known === null ? null : { ...QUIET, ...known }, role, isMainStale), stay)
  })

const PIDS = [1, 2, 3, 4, 5, 6]
const KNOWN = new Map<number, LeftBehind>([
  [1, { ...QUIET, listens: [say`b`, say`a`] }],
  [2, QUIET],
  [3, { ...QUIET, listens: [say`a`] }],
  [4, { ...QUIET, guest: WEB }],
  [5, { ...QUIET, guest: { ...WEB, runtime: 'podman' } }],
])
const partsOf = (endsOthers: boolean, ended: number) =>
  stayingParts(
    PIDS.map((pid) => ({ pid })),
    KNOWN,
    { role: undefined, endsOthers, isEnded: (pid) => pid === ended },
  )

test('processes stay in parts, each with what they listen at and hold, once', () => {
  assert.deepEqual(
    partsOf(false, 0).map(({ processes, staying }) => [
      staying?.stay,
      processes.map(({ pid }) => pid),
      staying?.listens,
      staying?.guests.map(({ name }) => name),
    ]),
    [
      ['listens', [1, 3], ['a', 'b'], []],
      ['guest', [4, 5], [], ['web']],
      ['alone', [2], [], []],
      ['below-main', [6], [], []],
    ],
  )
})

test('what a restart ends is a part of its own, with what a supervisor ends itself', () => {
  const told = (endsOthers: boolean) =>
    partsOf(endsOthers, 2).map(({ processes, staying }) => [
      staying?.stay ?? null,
      processes.map(({ pid }) => pid),
    ])
  const others = [
    ['listens', [1, 3]],
    ['guest', [4, 5]],
  ]
  assert.deepEqual(told(false), [[null, [2]], ...others, ['below-main', [6]]])
  assert.deepEqual(told(true), [[null, [2, 6]], ...others])
})
