import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endsOf, exitStatusOfOutcome, isManagerOldIn } from '../../../src/core/act/outcome.ts'
import type { EndCode, Outcome, Seen } from '../../../src/core/act/outcome.ts'
import { planOf } from '../../../src/core/act/plan.ts'
import type { Plan } from '../../../src/core/act/plan.ts'
import type { UnitProgress } from '../../../src/core/act/progress.ts'
import type { Report } from '../../../src/core/report/report.ts'
import { progress, renewed } from '../../support/progress.ts'
import { finding, reportOf } from '../../support/report.ts'
import type { Plain } from '../../support/printed.ts'

const RESTART = ['systemctl', 'restart', '--', 'a.service']
const OLD = finding({ command: RESTART })
const MANAGER = finding({
  kind: 'manager',
  unit: 'init.scope',
  action: 'reexec',
  command: ['systemctl', 'daemon-reexec'],
})

const NOTHING_SEEN: Seen = { settled: null, ran: new Set() }

function endOf(
  after: UnitProgress | null,
  again: Plain<Partial<Report>> | null,
  seen: Partial<Seen> = {},
): EndCode {
  const wanted = { named: null, except: new Set<string>(), isOfUser: false }
  const plan = planOf({ findings: [OLD] }, wanted, 0, new Map())
  const before = new Map([['a.service', progress()]])
  const states = after === null ? null : new Map([['a.service', after]])
  const [end] = endsOf(plan, before, states, { ...NOTHING_SEEN, ...seen }, again && reportOf(again))
  assert.ok(end !== undefined)
  return end.code
}

const dead = { activeState: 'failed', subState: 'failed', result: 'exit-code' }

const ROWS: readonly (readonly [
  what: string,
  after: UnitProgress | null,
  again: Plain<Partial<Report>> | null,
  code: EndCode,
])[] = [
  ['runs anew', renewed(), {}, 'restarted'],
  ['runs anew, nobody looked', renewed(), null, 'unseen'],
  ['runs anew, a part of the system was not seen', renewed(), { unseenOfSystem: 1 }, 'unseen'],
  [
    'runs anew, a file could not be judged',
    renewed(),
    { limits: [{ code: 'files-unjudged', count: 1 }] },
    'unseen',
  ],
  [
    'runs anew, a program of a user was not seen',
    renewed(),
    { limits: [{ code: 'user-processes-cut', count: 1, whose: ['zoe'] }] },
    'restarted',
  ],
  ['runs anew, old code is left', renewed(), { findings: [OLD] }, 'still-old'],
  [
    'old code is left of what a restart leaves alone',
    renewed(),
    { findings: [finding({ rule: 'left-over', action: 'wait' })] },
    'restarted',
  ],
  [
    'another unit is old',
    renewed(),
    { findings: [finding({ unit: 'b.service', command: RESTART })] },
    'restarted',
  ],
  ['failed', renewed(dead), {}, 'failed'],
  ['nothing was done', progress(), { findings: [OLD] }, 'untouched'],
  ['the job runs', progress({ job: 7 }), { findings: [OLD] }, 'waiting'],
  ['systemd is silent', null, {}, 'unseen'],
]

test('what became of a unit', () => {
  for (const [what, after, again, code] of ROWS) assert.equal(endOf(after, again), code, what)
})

test('a unit that systemd started once more counts when it has lasted', () => {
  const twice = renewed({ restarts: 1 })
  assert.equal(endOf(twice, {}), 'starting-again')
  assert.equal(endOf(twice, {}, { settled: new Map([['a.service', twice]]) }), 'restarted')
  const before = renewed({ restarts: 1, invocation: '2'.repeat(32) })
  assert.equal(endOf(twice, {}, { settled: new Map([['a.service', before]]) }), 'starting-again')
})

test('a service that is started when it is called may end for want of work', () => {
  const ended = { activeState: 'inactive', subState: 'dead', mainPid: null, isOnDemand: true }
  const ran = { ran: new Set(['a.service']) }
  const forgotten = { ...ended, invocation: '', activeSince: null, changedAt: 0 }
  assert.equal(endOf(renewed(ended), {}, ran), 'restarted')
  assert.equal(endOf(renewed(forgotten), {}, ran), 'restarted')
  assert.equal(endOf(renewed(forgotten), null, ran), 'unseen')
  assert.equal(endOf(renewed(ended), {}), 'stopped')
  assert.equal(endOf(renewed({ ...ended, isOnDemand: false }), {}, ran), 'stopped')
  assert.equal(endOf(renewed({ ...ended, result: 'exec-condition' }), {}, ran), 'stopped')
  assert.equal(endOf(renewed({ ...dead, isOnDemand: true }), {}, ran), 'failed')
})

test('a user is told of the own services, whatever is not seen of others', () => {
  const user = { uid: 1000, name: null }
  const own = finding({ kind: 'user-service', user, action: 'user-restart', command: RESTART })
  const wanted = { named: null, except: new Set<string>(), isOfUser: true }
  const plan = planOf({ findings: [own] }, wanted, 1000, new Map())
  const [before, after] = [progress(), renewed()].map((one) => new Map([['a.service', one]]))
  const codeFor = (again: Plain<Partial<Report>>) =>
    endsOf(plan, before ?? new Map(), after ?? null, NOTHING_SEEN, reportOf(again))[0]?.code
  const denied = { code: 'maps-denied', count: 200 } as const
  assert.equal(codeFor({ limits: [denied], unseenOfSystem: 200 }), 'restarted')
  assert.equal(codeFor({ limits: [{ code: 'maps-failed', count: 1 }] }), 'unseen')
  assert.equal(codeFor({ findings: [own] }), 'still-old')
})

test('only a restart of all that nothing speaks against ends with 0', () => {
  const plan = planOf(
    { findings: [OLD] },
    { named: null, except: new Set(), isOfUser: false },
    0,
    new Map(),
  )
  const good: Outcome = {
    ends: endsOf(
      plan,
      new Map([['a.service', progress()]]),
      new Map([['a.service', renewed()]]),
      NOTHING_SEEN,
      reportOf(),
    ),
    alsoFailed: [],
    isManagerOld: null,
    isLookedAgain: true,
    watched: 'to-the-end',
  }
  const statusWith = (some: Partial<Outcome>, manager: Plan['manager'] = null) =>
    exitStatusOfOutcome({ manager }, { ...good, ...some })
  assert.equal(statusWith({}), 0)
  assert.equal(statusWith({ isManagerOld: false }, MANAGER), 0)
  assert.equal(statusWith({ isManagerOld: true }, MANAGER), 4)
  assert.equal(statusWith({ ends: [] }, MANAGER), 4)
  assert.equal(statusWith({ ends: [], isLookedAgain: false }), 4)
  const [first] = good.ends
  assert.ok(first !== undefined)
  assert.equal(statusWith({ alsoFailed: [first.unit] }), 4)
  for (const code of ['failed', 'starting-again', 'stopped', 'untouched', 'waiting'] as const)
    assert.equal(statusWith({ ends: [{ ...first, code }] }), 4)
})

test('systemd itself is not called new where a part of the system was not seen', () => {
  const isOld = (again: Plain<Partial<Report>> | null, manager: Plan['manager'] = MANAGER) =>
    isManagerOldIn({ manager, isOfUser: false }, again && reportOf(again))
  assert.equal(isOld({}), false)
  assert.equal(isOld({ findings: [MANAGER] }), true)
  assert.equal(isOld({ unseenOfSystem: 1 }), null)
  assert.equal(isOld({ findings: [MANAGER], unseenOfSystem: 1 }), true)
  assert.equal(isOld(null), null)
  assert.equal(isOld({}, null), null)
})
