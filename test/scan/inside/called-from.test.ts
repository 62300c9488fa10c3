import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupByOwner } from '../../../src/core/advice/groups.ts'
import type { Group } from '../../../src/core/advice/groups.ts'
import { ownerOf } from '../../../src/core/owner/owner.ts'
import { NOTHING_HELD } from '../../../src/core/owner/holding.ts'
import { say } from '../../../src/core/printable.ts'
import { withCaller } from '../../../src/scan/inside/called-from.ts'
import { staleProcess } from '../../support/knowledge.ts'

const LOGIN = '/user.slice/user-1000.slice/session-3.scope'
const PANE = '/user.slice/user-1000.slice/user@1000.service/tmux-spawn-1f2e.scope'
const RUN0 = '/user.slice/user-0.slice/session-c5.scope'
const SSHD = '/system.slice/sshd.service'

const GROUPS = groupByOwner([
  staleProcess(LOGIN, { pid: 30 }),
  staleProcess(PANE, { pid: 40 }),
  staleProcess(RUN0, { pid: 20, comm: '(sd-pam)' }),
  staleProcess(SSHD, { pid: 10 }),
])
const ids = (groups: readonly Group[]) =>
  groups.map(({ processes }) => processes.map(({ pid }) => pid))

type Call = {
  readonly terminal?: string | null
  readonly above?: readonly string[]
  readonly from?: string
  readonly holder?: string
}

function called({ terminal = 'pts/3', above = [RUN0], from = RUN0, holder = LOGIN }: Call) {
  const asked: string[] = []
  const terminals = [{ name: say`pts/3`, uid: 0 }]
  const held = { pid: 31, mounts: [], terminals, consoles: [], guests: [] }
  const self = {
    pid: 50,
    owner: ownerOf(from),
    ancestors: new Map(above.map((path, at) => [at + 2, ownerOf(path)] as const)),
    terminal: terminal === null ? null : say`${terminal as never}`,
  }
  const of = (path: string) => {
    asked.push(path)
    return path === holder ? { ...NOTHING_HELD, holders: [held] } : NOTHING_HELD
  }
  return { ...withCaller(GROUPS, { self, holdings: { of } }), asked }
}

test('the session of run0 is one thing with the session that it was called from', () => {
  const { groups, caller, asked } = called({})
  assert.deepEqual(ids(groups), [[10], [20, 30], [40]])
  assert.deepEqual([caller?.unit, asked], ['session-3.scope', [LOGIN]])
})

test('it may have been called from a pane of a terminal', () => {
  const { groups, caller } = called({ holder: PANE })
  assert.deepEqual(ids(groups), [[10], [30], [20, 40]])
  assert.equal(caller?.unit, 'tmux-spawn-1f2e.scope')
})

const UNCHANGED: readonly (readonly [fact: string, call: Call, asked: number])[] = [
  ['at a virtual console', { terminal: 'tty3' }, 0],
  ['without a terminal', { terminal: null }, 0],
  ['below sshd', { above: [RUN0, SSHD] }, 0],
  ['in a service', { from: SSHD, above: [] }, 0],
  ['whose terminal nothing stale holds', { holder: '/x' }, 2],
]
for (const [fact, call, asked] of UNCHANGED)
  test(`a program ${fact} was called from nothing else`, () => {
    const found = called(call)
    assert.deepEqual([found.groups, found.caller, found.asked.length], [GROUPS, null, asked])
  })

test('nothing is asked where no other machine calls, and where another is looked at', () => {
  const of = () => assert.fail('asked')
  assert.equal(withCaller(GROUPS, { self: null, holdings: { of } }).groups, GROUPS)
})
