import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Advice } from '../../../src/core/advice/advice.ts'
import { lifelineRule, SHIPPED_TABLES } from '../../../src/core/advice/sensitive-units.ts'
import { say } from '../../../src/core/printable.ts'
import { mayFailOf } from '../../../src/core/report/may-fail.ts'

const RESTART = { action: 'restart', rule: 'service' } as const
const byHand = (rule: Advice['rule']) => ({ action: 'manual', rule }) as const
const BUILT_AGAIN = {
  name: say`glibc`,
  from: say`2.40-1`,
  to: say`2.40-2`,
  change: 'upgraded',
  at: say`2026-11-27T00:00:00Z`,
} as const
const ITSELF = { path: say`/usr/bin/a`, kind: 'executable', package: null } as const
const LIBRARY = { path: say`/usr/lib/liba.so.1`, kind: 'library', package: null } as const
const LIBC = { path: say`/usr/lib/libc.so.6`, kind: 'library', package: null } as const

const ROWS: readonly (readonly [
  what: string,
  unit: string,
  advice: Pick<Advice, 'action' | 'rule'>,
  file: Parameters<typeof mayFailOf>[2][number],
  expected: ReturnType<typeof mayFailOf>,
])[] = [
  ['the server of logins is another program', 'sshd.service', RESTART, ITSELF, 'logins'],
  [
    'systemd could not be asked about it',
    'sshd.service',
    byHand('unit-not-asked'),
    ITSELF,
    'logins',
  ],
  ['somebody works inside of it', 'sshd.service', byHand('ends-terminals'), ITSELF, 'logins'],
  ['a restart ends none of it', 'sshd.service', byHand('kills-nothing'), ITSELF, 'logins'],
  ['somebody stopped it', 'sshd.service', byHand('unit-stopped'), ITSELF, null],
  ['it renews itself', 'sshd.service', { action: 'wait', rule: 'job-queued' }, ITSELF, null],
  ['its users work inside of it', 'sshd.service', byHand('users-work'), ITSELF, null],
  ['it has one old library', 'sshd.service', RESTART, LIBRARY, null],
  ['the C library of the server of logins', 'sshd.service', RESTART, LIBC, 'logins'],
  [
    'the C library was only built again',
    'sshd.service',
    RESTART,
    { ...LIBC, package: BUILT_AGAIN },
    null,
  ],
  ['what runs jobs is another program', 'cronie.service', RESTART, ITSELF, null],
  ['the C library of what runs jobs', 'cronie.service', byHand('unit-not-asked'), LIBC, 'jobs'],
  ['the C library of the network', 'NetworkManager.service', RESTART, LIBC, 'parts'],
  ['the unit is no lifeline', 'a.service', RESTART, ITSELF, null],
]
for (const [what, unit, advice, file, expected] of ROWS)
  test(`${expected ?? 'nothing'} may fail where ${what}`, () => {
    const lifeline = lifelineRule(SHIPPED_TABLES, unit, 'service')
    assert.equal(mayFailOf(lifeline, advice, [file]), expected)
  })
