import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  isDown,
  parseProgress,
  PROGRESS_PROPERTIES,
  stageOf,
} from '../../../src/core/act/progress.ts'
import type { RestartStage, UnitProgress } from '../../../src/core/act/progress.ts'
import { printable } from '../../../src/core/printable.ts'

/** An answer of systemd 252, as it printed it. */
const DIES = `Type=simple
MainPID=0
Result=exit-code
TriggeredBy=a.timer
BusName=
NRestarts=0
ExecMainCode=1
ExecMainStatus=3
Id=dies.service
Names=dies.service
LoadState=loaded
ActiveState=failed
SubState=failed
ActiveEnterTimestamp=Thu 2026-11-26 17:23:50.123456 UTC
StateChangeTimestampMonotonic=4239910105
Job=
NeedDaemonReload=no
InvocationID=39821f82aec142e986633e9a17034866
`
const WAITS = `Type=notify
MainPID=173
Result=success
TriggeredBy=a.timer b.socket
BusName=
NRestarts=2
ExecMainCode=0
ExecMainStatus=0
Id=real.service
Names="alias.service" real.service
LoadState=loaded
ActiveState=activating
SubState=start
ActiveEnterTimestamp=
StateChangeTimestampMonotonic=4239910106
Job=243
NeedDaemonReload=yes
InvocationID=7f2978c710564e0a8e067999ea63b2dd
`
const SOCKET = `Id=a.socket
Names=a.socket
LoadState=loaded
ActiveState=active
SubState=listening
ActiveEnterTimestamp=Thu 1970-01-01 00:00:07.000999 UTC
StateChangeTimestampMonotonic=9
Job=
NeedDaemonReload=no
InvocationID=
`

test('the answers of systemctl are matched by order and name', () => {
  const units = ['dies.service', 'alias.service', 'a.socket']
  const answers = parseProgress(`${DIES}\n${WAITS}\n${SOCKET}`, units)
  assert.deepEqual(
    [...(answers ?? [])],
    [
      [
        'dies.service',
        {
          unit: 'dies.service',
          loadState: 'loaded',
          activeState: 'failed',
          subState: 'failed',
          type: 'simple',
          result: 'exit-code',
          job: null,
          invocation: '39821f82aec142e986633e9a17034866',
          mainPid: null,
          mainExit: { kind: 'exited', number: 3 },
          isOnDemand: false,
          restarts: 0,
          activeSince: Date.UTC(2026, 10, 26, 17, 23, 50, 123),
          changedAt: 4239910105,
          needsReload: false,
        },
      ],
      [
        'alias.service',
        {
          unit: 'real.service',
          loadState: 'loaded',
          activeState: 'activating',
          subState: 'start',
          type: 'notify',
          result: 'success',
          job: 243,
          invocation: '7f2978c710564e0a8e067999ea63b2dd',
          mainPid: 173,
          mainExit: { kind: null, number: 0 },
          isOnDemand: true,
          restarts: 2,
          activeSince: null,
          changedAt: 4239910106,
          needsReload: true,
        },
      ],
      [
        'a.socket',
        {
          unit: 'a.socket',
          loadState: 'loaded',
          activeState: 'active',
          subState: 'listening',
          type: '',
          result: '',
          job: null,
          invocation: '',
          mainPid: null,
          mainExit: { kind: null, number: 0 },
          isOnDemand: false,
          restarts: 0,
          activeSince: 7000,
          changedAt: 9,
          needsReload: false,
        },
      ],
    ],
  )
})

test('answers that are not those of the question are none', () => {
  const wrong: readonly (readonly [text: string, units: readonly string[]])[] = [
    ['', ['dies.service']],
    [DIES, []],
    [DIES, ['dies.service', 'dies.service']],
    [`${DIES}\n${WAITS}`, ['dies.service', 'other.service']],
    [`${DIES}\n${WAITS}`, ['alias.service', 'dies.service']],
    [DIES.replace('ActiveState=failed', 'ActiveState='), ['dies.service']],
    [DIES.replace('ActiveState=failed', 'ActiveState=\x1b[2A'), ['dies.service']],
    [DIES.replaceAll('dies.service', 'no-unit'), ['no-unit']],
  ]
  for (const [text, units] of wrong) assert.equal(parseProgress(text, units), null, text)
  assert.deepEqual(parseProgress('', []), new Map())
})

test('a service that the bus starts is on demand', () => {
  const text = DIES.replace('BusName=', 'BusName=org.a.B')
  assert.equal(parseProgress(text, ['dies.service'])?.get('dies.service')?.isOnDemand, true)
})

test('how the main process ended is told by the numbers of waitid(2)', () => {
  const kindOf = (code: string) => {
    const text = DIES.replace('ExecMainCode=1', `ExecMainCode=${code}`)
    return parseProgress(text, ['dies.service'])?.get('dies.service')?.mainExit.kind
  }
  assert.deepEqual(['0', '1', '2', '3', '4', 'x', ''].map(kindOf), [
    null,
    'exited',
    'killed',
    'dumped',
    null,
    null,
    null,
  ])
})

test('no property that is asked for can hold any text', () => {
  for (const name of PROGRESS_PROPERTIES) assert.doesNotMatch(name, /^Exec(?!Main)|Description/)
})

const [OLD, NEW] = ['a'.repeat(32), 'b'.repeat(32)].map((id) => printable(id))
const word = (text: string) => printable(text)

/** A unit that runs, as it was before the restart. */
const RUNS: UnitProgress = {
  unit: word('a.service'),
  loadState: word('loaded'),
  activeState: word('active'),
  subState: word('running'),
  type: word('simple'),
  result: word('success'),
  job: null,
  invocation: OLD ?? word(''),
  mainPid: 7,
  mainExit: { kind: null, number: 0 },
  isOnDemand: false,
  restarts: 0,
  activeSince: 100,
  changedAt: 1000,
  needsReload: false,
}

type Some = Partial<Omit<UnitProgress, 'activeState' | 'subState' | 'type' | 'result'>>
const at = (state: string, sub: string, some: Some & { type?: string; result?: string } = {}) => ({
  ...RUNS,
  invocation: NEW ?? word(''),
  changedAt: 2000,
  ...some,
  activeState: word(state),
  subState: word(sub),
  type: word(some.type ?? 'simple'),
  result: word(some.result ?? 'success'),
})
const same = { invocation: RUNS.invocation }

const FAILED_BEFORE = at('failed', 'failed', { ...same, changedAt: 1000, result: 'exit-code' })
const LOOPED_BEFORE = at('activating', 'auto-restart', { ...same, restarts: 5, changedAt: 1000 })
const INACTIVE_BEFORE = at('inactive', 'dead', { ...same, changedAt: 1000 })
const ONCE_BEFORE = at('active', 'exited', { ...same, type: 'oneshot', changedAt: 1000 })

const STAGES: readonly (readonly [
  what: string,
  before: UnitProgress,
  now: UnitProgress,
  stage: RestartStage,
])[] = [
  ['no job was made', RUNS, RUNS, 'untouched'],
  ['it was reloaded only', RUNS, { ...RUNS, changedAt: 2000 }, 'untouched'],
  ['the job waits for another', RUNS, { ...RUNS, job: 9 }, 'waiting'],
  ['it stops', RUNS, at('deactivating', 'stop-sigterm', { ...same, job: 9 }), 'waiting'],
  ['it has stopped, and waits', RUNS, at('inactive', 'dead', { ...same, job: 9 }), 'waiting'],
  ['it stops, and the job is cancelled', RUNS, at('deactivating', 'stop', same), 'waiting'],
  ['ExecStartPre= runs', RUNS, at('activating', 'start-pre', { job: 9 }), 'waiting'],
  ['it starts, and the job is cancelled', RUNS, at('activating', 'start'), 'waiting'],
  ['ExecStartPost= runs', RUNS, at('activating', 'start-post', { job: 9 }), 'waiting'],
  ['it reloads right behind its start', RUNS, at('reloading', 'reload'), 'waiting'],
  ['a state of a later systemd', RUNS, at('refreshing', 'refresh-extensions'), 'waiting'],
  ['it runs', RUNS, at('active', 'running'), 'done'],
  ['it runs, and has another job', RUNS, at('active', 'running', { job: 9 }), 'waiting'],
  ['a oneshot that remains', ONCE_BEFORE, at('active', 'exited', { type: 'oneshot' }), 'done'],
  ['a oneshot at work', ONCE_BEFORE, at('activating', 'start', { type: 'oneshot' }), 'waiting'],
  ['a oneshot at its end', ONCE_BEFORE, at('inactive', 'dead', { type: 'oneshot' }), 'done'],
  [
    'a oneshot whose condition is not met',
    ONCE_BEFORE,
    at('inactive', 'dead', { ...same, type: 'oneshot' }),
    'stopped',
  ],
  [
    'a oneshot whose ExecCondition= is not met',
    ONCE_BEFORE,
    at('inactive', 'dead', { type: 'oneshot', result: 'exec-condition' }),
    'stopped',
  ],
  ['it died at once', RUNS, at('failed', 'failed', { result: 'exit-code' }), 'failed'],
  ['it failed, and another job waits', RUNS, at('failed', 'failed', { job: 9 }), 'waiting'],
  [
    'it was stopped, and the limit of starts was hit',
    RUNS,
    at('failed', 'failed', { ...same, result: 'start-limit-hit' }),
    'failed',
  ],
  ['it ended at once, and well', RUNS, at('inactive', 'dead'), 'stopped'],
  ['its condition is not met', RUNS, at('inactive', 'dead', same), 'stopped'],
  ['systemd waits before it tries again', RUNS, at('activating', 'auto-restart'), 'starting-again'],
  [
    'systemd tries again, in a state of a later one',
    RUNS,
    at('activating', 'auto-restart-queued', { job: 9 }),
    'starting-again',
  ],
  [
    'RestartMode=direct',
    RUNS,
    at('inactive', 'dead-before-auto-restart', { job: 9 }),
    'starting-again',
  ],
  [
    'RestartMode=direct, for a moment without a job',
    RUNS,
    at('failed', 'failed-before-auto-restart', { result: 'exit-code' }),
    'starting-again',
  ],
  [
    'it failed once more, and the job of Restart= waits',
    RUNS,
    at('failed', 'failed', { job: 9, restarts: 1 }),
    'starting-again',
  ],
  [
    'it crashed without a restart of ours',
    RUNS,
    at('activating', 'auto-restart', same),
    'starting-again',
  ],
  ['it runs once more', RUNS, at('active', 'running', { restarts: 1 }), 'starting-again'],
  ['it starts once more', RUNS, at('activating', 'start', { restarts: 3 }), 'starting-again'],
  ['systemd gave up', RUNS, at('failed', 'failed', { restarts: 3 }), 'failed'],
  [
    'it was started again before, and the counter begins anew',
    { ...RUNS, restarts: 5 },
    at('active', 'running'),
    'done',
  ],
  [
    'a counter that goes on',
    { ...RUNS, restarts: 5 },
    at('active', 'running', { restarts: 5 }),
    'done',
  ],
  ['it had failed, and runs', FAILED_BEFORE, at('active', 'running'), 'done'],
  ['it had failed, and nothing happened', FAILED_BEFORE, FAILED_BEFORE, 'untouched'],
  [
    'it had failed, and the limit of starts was hit',
    FAILED_BEFORE,
    { ...FAILED_BEFORE, changedAt: 2000 },
    'failed',
  ],
  ['it was between two starts, and waits', LOOPED_BEFORE, { ...LOOPED_BEFORE, job: 9 }, 'waiting'],
  ['it was between two starts, and is', LOOPED_BEFORE, LOOPED_BEFORE, 'untouched'],
  [
    'it was between two starts, and runs',
    LOOPED_BEFORE,
    at('active', 'running', { restarts: 5 }),
    'done',
  ],
  ['it did not run, and does not', INACTIVE_BEFORE, INACTIVE_BEFORE, 'untouched'],
  [
    'it did not run, and its condition is not met',
    INACTIVE_BEFORE,
    { ...INACTIVE_BEFORE, changedAt: 2000 },
    'stopped',
  ],
]

for (const [what, before, now, stage] of STAGES)
  test(`stage of a restart: ${what}`, () => assert.equal(stageOf(before, now), stage))

test('a unit that systemd started again is done when it has lasted', () => {
  const again = at('active', 'running', { restarts: 2 })
  assert.equal(stageOf(RUNS, again, again), 'done')
  const other = { ...again, invocation: word('c'.repeat(32)), restarts: 1 }
  assert.equal(stageOf(RUNS, again, other), 'starting-again')
  const started = at('activating', 'start', { restarts: 2 })
  assert.equal(stageOf(RUNS, again, started), 'starting-again')
  assert.equal(stageOf(RUNS, started, again), 'starting-again')
})

test('nothing of a unit runs between two starts either', () => {
  assert.deepEqual([LOOPED_BEFORE, FAILED_BEFORE, INACTIVE_BEFORE].map(isDown), [true, true, true])
  assert.deepEqual([RUNS, at('activating', 'start')].map(isDown), [false, false])
})
