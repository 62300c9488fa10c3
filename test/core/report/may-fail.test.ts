import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Advice } from '../../../src/core/advice/advice.ts'
import type { Case } from '../../../src/core/advice/case.ts'
import { lifelineRule, SHIPPED_TABLES } from '../../../src/core/advice/sensitive-units.ts'
import { say } from '../../../src/core/printable.ts'
import { failingFiles, mayFailOf } from '../../../src/core/report/may-fail.ts'
import type { FindingFile } from '../../../src/core/report/report.ts'
import { caseOf, facts, staleProcess } from '../../support/knowledge.ts'
import { file } from '../../support/report.ts'

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

const ACCEPTED = facts({ StandardInput: 'socket' })
const INSTANCE = 'sshd@3-10.0.0.1:22-10.0.0.2:5555.service'

const ROWS: readonly (readonly [
  what: string,
  unit: string,
  advice: Pick<Advice, 'action' | 'rule'>,
  old: Pick<FindingFile, 'path' | 'package' | 'kind'>,
  expected: ReturnType<typeof mayFailOf>,
  some?: Partial<Case>,
])[] = [
  ['the server of logins is another program', 'sshd.service', RESTART, ITSELF, 'logins'],
  [
    'systemd could not be asked about it',
    'sshd.service',
    byHand('unit-not-asked'),
    ITSELF,
    'logins',
    { facts: null },
  ],
  ['somebody works inside of it', 'sshd.service', byHand('ends-terminals'), ITSELF, 'logins'],
  ['a restart ends none of it', 'sshd.service', byHand('kills-nothing'), ITSELF, 'logins'],
  [
    'its main process is not known',
    'sshd.service',
    byHand('main-unknown'),
    ITSELF,
    'logins',
    { facts: facts({ MainPID: '0' }) },
  ],
  [
    'only what somebody runs inside of it is old',
    'sshd.service',
    byHand('ends-logins'),
    ITSELF,
    null,
    { facts: facts({ MainPID: '9' }) },
  ],
  [
    'it serves one connection, and its caller is inside',
    INSTANCE,
    byHand('you-are-inside'),
    ITSELF,
    null,
    { facts: ACCEPTED },
  ],
  [
    'it is called like one of a connection, and systemd could not be asked',
    INSTANCE,
    byHand('unit-not-asked'),
    ITSELF,
    null,
    { facts: null },
  ],
  [
    'it serves one connection and its C library is old',
    INSTANCE,
    byHand('unit-not-asked'),
    LIBC,
    null,
    { facts: null },
  ],
  ['it is only called like one of a connection', INSTANCE, RESTART, ITSELF, 'logins'],
  ['its name is one of an address', 'sshd@lan.service', RESTART, ITSELF, 'logins'],
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
for (const [what, unit, advice, old, expected, some] of ROWS)
  test(`${expected ?? 'nothing'} may fail where ${what}`, () => {
    const group = `/system.slice/${unit}`
    const { kind } = old
    const path = String(old.path)
    const subject = caseOf(group, {
      lifeline: lifelineRule(SHIPPED_TABLES, unit, 'service'),
      processes: [staleProcess(group, { files: [{ path, kind, state: 'replaced' }] })],
      ...some,
    })
    assert.equal(mayFailOf(subject, advice, [old]), expected)
  })

test('what may fail is because of the own program, and not of what runs inside', () => {
  const executable = (name: string) => ({ ...file(name), kind: 'executable' }) as const
  const files = ['bash', 'sshd'].map(executable)
  const process = { comm: say`a`, startedAt: null }
  const failing = (main: boolean) =>
    failingFiles({
      files: files.map((one) => ({ ...one, package: BUILT_AGAIN })),
      processes: [
        { ...process, pid: 1, main: false, files: [0] },
        { ...process, pid: 2, main, files: [1] },
      ],
    }).map(({ path }) => path)
  assert.deepEqual(failing(true), ['/usr/lib/sshd'])
  assert.deepEqual(failing(false), ['/usr/lib/bash', '/usr/lib/sshd'])
})
