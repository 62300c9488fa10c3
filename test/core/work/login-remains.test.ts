import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Holder, Holding, Terminal } from '../../../src/core/owner/holding.ts'
import { say } from '../../../src/core/printable.ts'
import type { LeftBehind } from '../../../src/core/work/left-behind.ts'
import { NO_REMAINS, remainsOf } from '../../../src/core/work/login-remains.ts'
import type { Remains } from '../../../src/core/work/login-remains.ts'

const ZOE = { uid: 1000, name: say`zoe` }
const terminal = (number: number): Terminal => ({ name: say`pts/${number}`, user: ZOE })
const holder = (pid: number, some: Partial<Holder<Terminal>>): Holder<Terminal> => ({
  pid,
  mounts: [],
  terminals: [],
  consoles: [],
  guests: [],
  ...some,
})
const holding = (some: Partial<Holding<Terminal>>): Holding<Terminal> => ({
  holders: [],
  unread: [],
  denied: [],
  ...some,
})
const LISTENS: LeftBehind = {
  isBelowMain: false,
  listens: [say`127.0.0.1:8888`],
  isConnected: false,
  guest: null,
}
const VM = { runtime: 'vm', name: say`win` } as const

/** What the processes 10 and 11 of a login hold, or others of it, and what ends with the two. */
const REMAINS: readonly (readonly [
  fact: string,
  held: Partial<Holding<Terminal>>,
  known: readonly (readonly [pid: number, known: LeftBehind])[],
  remains: Partial<Remains>,
])[] = [
  ['hold nothing', {}, [], {}],
  [
    'have the other ends of terminals',
    { holders: [holder(10, { terminals: [terminal(1), terminal(2), terminal(1)] })] },
    [],
    { terminals: [terminal(1), terminal(2)] },
  ],
  [
    'listen at a terminal of their own, as tmux does',
    { holders: [holder(10, { terminals: [terminal(1)] })] },
    [[10, LISTENS]],
    { terminals: [terminal(1)] },
  ],
  ['listen', {}, [[11, LISTENS]], { listens: LISTENS.listens ?? [] }],
  [
    'serve file systems and run a machine',
    { holders: [holder(11, { mounts: [say`/a`, null, say`/a`], guests: [VM] })] },
    [[11, { ...LISTENS, listens: [], guest: VM }]],
    { mounts: [say`/a`, null], guests: [VM] },
  ],
  ['are not the ones that hold', { holders: [holder(12, { terminals: [terminal(1)] })] }, [], {}],
  ['have too many open files', { unread: [10] }, [], { isUnknown: true }],
  ['have open files that may not be read', { denied: [10] }, [], { isUnknown: true }],
  [
    'have sockets that are not known',
    {},
    [[10, { ...LISTENS, listens: null }]],
    { isUnknown: true },
  ],
  ['are not the ones that are not known', { unread: [12], denied: [13] }, [], {}],
]
for (const [fact, held, known, remains] of REMAINS)
  test(`processes that a login left ${fact}`, () => {
    const left = [{ pid: 10 }, { pid: 11 }]
    assert.deepEqual(remainsOf(left, holding(held), new Map(known)), { ...NO_REMAINS, ...remains })
  })
