import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  exitStatusOf,
  isUrgentLifeline,
  monitoringStateOf,
  quietAnswerOf,
  STATE_RULES,
  STATES,
} from '../../../src/core/report/exit-status.ts'
import type { MonitoringState } from '../../../src/core/report/exit-status.ts'
import type { Report } from '../../../src/core/report/report.ts'
import { finding, reportOf } from '../../support/report.ts'
import type { Plain } from '../../support/printed.ts'

const LIFELINE = finding({ unit: 'sshd.service', lifeline: 'people log in through it' })
const KERNEL = {
  needed: 'full',
  reasons: [{ code: 'kernel-modules-gone', level: 'full', release: '6.18.1', successor: null }],
} as const
const limits = (...codes: readonly Report['limits'][number]['code'][]) => ({
  limits: codes.map((code) => ({ code, count: 1 })),
})
const failed = (unit: string) => ({
  afterEffects: [{ code: 'failed', unit, result: 'exit-code' } as const],
})

const MACHINES: readonly (readonly [
  fact: string,
  some: Plain<Partial<Report>>,
  MonitoringState,
])[] = [
  ['nothing is stale', {}, 'OK'],
  ['a full reboot is needed', { reboot: KERNEL }, 'CRITICAL'],
  ['a lifeline is stale', { findings: [finding(), LIFELINE] }, 'CRITICAL'],
  [
    'a lifeline is stale that needs a hand',
    { findings: [{ ...LIFELINE, action: 'manual' }] },
    'CRITICAL',
  ],
  [
    'a connection of a lifeline is stale, and ends by itself',
    { findings: [{ ...LIFELINE, action: 'wait' }] },
    'WARNING',
  ],
  ['a lifeline has failed', failed('sshd.service'), 'CRITICAL'],
  [
    'one connection of a lifeline has failed',
    failed('sshd@3-10.0.0.1:22-10.0.0.2:51234.service'),
    'WARNING',
  ],
  ['something is stale', { findings: [finding()] }, 'WARNING'],
  [
    'a session is stale',
    { findings: [finding({ kind: 'session', action: 'relogin' })] },
    'WARNING',
  ],
  ['a soft reboot is needed', { reboot: { needed: 'soft', reasons: [] } }, 'WARNING'],
  ['something else has failed', failed('a.service'), 'WARNING'],
  ['processes could not be read', limits('maps-denied'), 'UNKNOWN'],
  ['processes are hidden', limits('processes-hidden'), 'UNKNOWN'],
  ['systemd was silent', limits('after-effects-unknown'), 'UNKNOWN'],
  ['the kernel is the owner’s own', limits('kernel-unknown'), 'OK'],
  ['a limit hides something beside others', limits('kernel-unknown', 'maps-failed'), 'UNKNOWN'],
  [
    'something is stale and more may be',
    { findings: [finding()], ...limits('maps-denied') },
    'WARNING',
  ],
]
for (const [fact, some, state] of MACHINES)
  test(`a monitoring system hears ${state} when ${fact}`, () => {
    const report = reportOf(some)
    assert.equal(monitoringStateOf(report), state)
    const options = { format: 'nagios', exitCode: true, hook: false } as const
    assert.equal(exitStatusOf(report, options), STATES.indexOf(state))
  })

test('each rule of the states decides for one of these machines, and says why', () => {
  const used = MACHINES.map(([, some]) =>
    STATE_RULES.findIndex((rule) => rule.applies(reportOf(some))),
  )
  assert.deepEqual(
    [...new Set(used)].toSorted((a, b) => a - b),
    STATE_RULES.map((_, at) => at),
  )
  for (const { reason } of STATE_RULES) assert.ok(reason.length > 20)
})

test('the other formats fail only when they are asked to', () => {
  const stale = reportOf({ findings: [LIFELINE] })
  for (const format of ['text', 'json', 'names', 'prometheus'] as const) {
    assert.equal(exitStatusOf(stale, { format, exitCode: false, hook: false }), 0)
    assert.equal(exitStatusOf(stale, { format, exitCode: true, hook: false }), 1)
    assert.equal(exitStatusOf(reportOf(), { format, exitCode: true, hook: false }), 0)
  }
})

test('a hook has looked, whatever it found', () => {
  const options = { format: 'text', exitCode: true } as const
  const stale = reportOf({ findings: [finding()] })
  assert.equal(exitStatusOf(stale, { ...options, hook: true }), 0)
  assert.equal(exitStatusOf(stale, { ...options, hook: false }), 1)
})

test('a lifeline that ends by itself, or needs nothing, is not urgent', () => {
  for (const action of ['wait', 'none'] as const)
    assert.equal(isUrgentLifeline({ ...LIFELINE, action }), false)
  for (const action of ['restart', 'manual', 'reboot'] as const)
    assert.equal(isUrgentLifeline({ ...LIFELINE, action }), true)
})

test('a quiet scan says nothing of a machine that is OK, and a line of one that is UNKNOWN', () => {
  const answers = { OK: 'nothing', UNKNOWN: 'limits', WARNING: 'report', CRITICAL: 'report' }
  for (const [, some, state] of MACHINES) {
    assert.equal(quietAnswerOf(reportOf(some), { quiet: true }), answers[state])
    assert.equal(quietAnswerOf(reportOf(some), { quiet: false }), 'report')
  }
})
