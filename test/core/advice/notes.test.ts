import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adviceFor } from '../../../src/core/advice/advice.ts'
import type { Case } from '../../../src/core/advice/case.ts'
import { decisionOf } from '../../../src/core/advice/decision.ts'
import {
  lifelineRule,
  sensitiveUnitRule,
  SHIPPED_TABLES,
} from '../../../src/core/advice/sensitive-units.ts'
import { NOTHING_HELD } from '../../../src/core/owner/holding.ts'
import { ownerOf } from '../../../src/core/owner/owner.ts'
import { caseOf, facts, SETTING, staleProcess } from '../../support/knowledge.ts'
import { say } from '../../../src/core/printable.ts'

const TASK = { name: say`sleep`, user: { uid: 0, name: say`root` } }
const USER = '/user.slice/user-1000.slice/user@1000.service/app.slice'

/** The case of a service of the system whose program was replaced, and what differs from it. */
function serviceCase(some: Partial<Case> = {}, path = '/system.slice/a.service'): Case {
  const files = [{ path: '/usr/bin/d', kind: 'executable', state: 'replaced' } as const]
  return caseOf(path, { processes: [staleProcess(path, { files })], members: 1, ...some })
}

const LOGIN = lifelineRule(SHIPPED_TABLES, 'sshd.service', 'service')
const JOBS = lifelineRule(SHIPPED_TABLES, 'cronie.service', 'service')
const CONTAINERD = sensitiveUnitRule(SHIPPED_TABLES, 'containerd.service', 'service')
const GUEST = { runtime: 'vm', name: say`a` } as const
const AT_PTS = { name: say`pts/3`, user: { uid: 1000, name: say`zoe` } }
const PATHS = { ...SETTING, paths: [{ interface: say`eth0`, units: ['a.service'] }] }
const DISPLAY = { Names: 'a.service display-manager.service' }
const THROUGH_IT = {
  ...SETTING,
  self: { owner: ownerOf('/'), ancestors: [ownerOf('/system.slice/a.service')] },
}
const UNSTORED = facts({ FileDescriptorStoreMax: '0' })
const SERVES = {
  ...NOTHING_HELD,
  served: [{ pid: 10, overNetwork: [1], local: [], ends: [] }],
}
const KEPT = facts({ KillMode: 'process' })

const NOTES: readonly (readonly [fact: string, subject: Case, codes: readonly string[]])[] = [
  ['a plain service', serviceCase(), []],
  ['a unit that was not asked about', serviceCase({ facts: null }), ['unit-not-asked']],
  [
    'a changed unit file',
    serviceCase({ facts: facts({ NeedDaemonReload: 'yes' }) }),
    ['needs-daemon-reload'],
  ],
  [
    'what may stop for as long as it likes',
    serviceCase({ facts: facts({ TimeoutStopUSec: 'infinity' }) }),
    ['stops-without-limit'],
  ],
  ['what has a limit to stop', serviceCase({ facts: facts({ TimeoutStopUSec: '1min 30s' }) }), []],
  ['what has started something', serviceCase({ tasks: [TASK] }), ['ends-tasks']],
  [
    'what leaves it alone',
    serviceCase({ tasks: [TASK], facts: facts({ KillMode: 'process' }) }),
    [],
  ],
  ['what is not killed', serviceCase({ facts: facts({ SendSIGKILL: 'no' }) }), ['not-killed']],
  ['a transient unit', serviceCase({ facts: facts({ Transient: 'yes' }) }), ['runs-again']],
  [
    'a unit that others depend on',
    serviceCase({ dependents: [{ unit: say`b.service`, isSafe: true }] }),
    ['restarts-too'],
  ],
  ['what serves clients', serviceCase({ facts: UNSTORED, holding: SERVES }), ['cuts-clients']],
  [
    'what keeps its clients',
    serviceCase({ facts: { ...UNSTORED, KillMode: 'process', MainPID: '99' }, holding: SERVES }),
    [],
  ],
  [
    'a unit that we came through, and that leaves us alone',
    serviceCase({ facts: KEPT, setting: THROUGH_IT }),
    ['carries-your-connection'],
  ],
  ['a replaced program that lets people in', serviceCase({ lifeline: LOGIN }), ['logins-may-fail']],
  ['a replaced program that runs jobs', serviceCase({ lifeline: JOBS }), []],
  [
    'a replaced program that starts containers',
    serviceCase({ facts: KEPT, sensitive: CONTAINERD }),
    ['containers-may-not-start'],
  ],
  [
    'a replaced shim of it',
    serviceCase({ facts: { ...KEPT, MainPID: '99' }, sensitive: CONTAINERD }),
    [],
  ],
  ['who is left alone', serviceCase({ facts: KEPT, terminals: [AT_PTS] }), []],
  ['guests that are left alone', serviceCase({ facts: KEPT, guests: [GUEST] }), ['guests-go-on']],
  ['the way of remote logins', serviceCase({ setting: PATHS }), ['carries-remote-logins']],
  [
    "a user's unit that is called like the way of remote logins",
    serviceCase({ setting: { ...PATHS, selfUid: 1000 } }, `${USER}/a.service`),
    [],
  ],
  [
    "a user's unit to root, who does not judge it",
    serviceCase({ facts: null }, `${USER}/a.service`),
    [],
  ],
  [
    'a display manager that nobody uses',
    serviceCase({ facts: facts(DISPLAY), setting: { ...SETTING, graphicalSessions: 0 } }),
    [],
  ],
]
test('the note on guests that a restart leaves running names them, and them alone', () => {
  const others = { tasks: [TASK], terminals: [AT_PTS] }
  const { action, cautions } = adviceFor(serviceCase({ facts: KEPT, guests: [GUEST], ...others }))
  assert.deepEqual(
    [action, cautions],
    ['restart', [{ code: 'guests-go-on', blocking: false, detail: [GUEST] }]],
  )
  // Without KillMode=process the same restart stops them, and is not advised.
  const stops = adviceFor(serviceCase({ facts: facts({}), guests: [GUEST] }))
  assert.deepEqual(
    [stops.action, stops.cautions.map(({ code, blocking }) => [code, blocking])],
    ['manual', [['ends-guests', true]]],
  )
})

for (const [fact, subject, codes] of NOTES)
  test(`adviceFor() notes ${codes.join() || 'nothing'} about ${fact}`, () => {
    const { cautions } = adviceFor(subject)
    assert.deepEqual(
      cautions.map(({ code }) => code),
      codes,
    )
    assert.ok(cautions.every(({ blocking }) => !blocking))
  })

test('a restart that a rule allows is decided by it, where no later rule stands against it', () => {
  const setting = { ...SETTING, graphicalSessions: 0 }
  const decided = (some: Parameters<typeof facts>[0]) =>
    decisionOf(serviceCase({ facts: facts({ ...DISPLAY, ...some }), setting }))
  const codes = [decided({}), decided({ RefuseManualStop: 'yes' })].map((one) => one?.caution.code)
  assert.deepEqual(codes, ['display-manager', 'systemd-refuses'])
})
