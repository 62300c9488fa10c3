import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adviceFor } from '../../../src/core/advice/advice.ts'
import type { Case } from '../../../src/core/advice/case.ts'
import { decisionOf } from '../../../src/core/advice/decision.ts'
import { lifelineRule, SHIPPED_TABLES } from '../../../src/core/advice/sensitive-units.ts'
import { ownerOf } from '../../../src/core/owner/owner.ts'
import { facts, SETTING } from '../../support/knowledge.ts'

const USER = '/user.slice/user-1000.slice/user@1000.service/app.slice'

/** The case of a service of the system, and what differs from it. */
function caseOf(some: Partial<Case> = {}, path = '/system.slice/a.service'): Case {
  const owner = ownerOf(path)
  return {
    owner,
    user: null,
    processes: [
      {
        pid: 10,
        comm: 'd',
        startTicks: 1,
        cgroup: { text: '', path: null },
        owner,
        files: [{ path: '/usr/bin/d', kind: 'executable', state: 'replaced' }],
        unlinked: [],
        isForeign: false,
      },
    ],
    isLeftOver: false,
    facts: facts({}),
    socket: null,
    sensitive: undefined,
    lifeline: undefined,
    dependents: [],
    stopsToo: [],
    startsToo: [],
    missing: [],
    terminals: [],
    guests: [],
    members: 1,
    isLeft: false,
    isLingering: false,
    setting: SETTING,
    ...some,
  }
}

const LOGIN = lifelineRule(SHIPPED_TABLES, 'sshd.service', 'service')
const JOBS = lifelineRule(SHIPPED_TABLES, 'cronie.service', 'service')
const AT_PTS = { name: 'pts/3', user: { uid: 1000, name: 'zoe' } }
const PATHS = { ...SETTING, paths: [{ interface: 'eth0', units: ['a.service'] }] }
const DISPLAY = { Names: 'a.service display-manager.service' }
const THROUGH_IT = {
  ...SETTING,
  self: { owner: ownerOf('/'), ancestors: [ownerOf('/system.slice/a.service')] },
}
const KEPT = facts({ KillMode: 'process' })

const NOTES: readonly (readonly [fact: string, subject: Case, codes: readonly string[]])[] = [
  ['a plain service', caseOf(), []],
  ['a unit that was not asked about', caseOf({ facts: null }), ['unit-not-asked']],
  [
    'a changed unit file',
    caseOf({ facts: facts({ NeedDaemonReload: 'yes' }) }),
    ['needs-daemon-reload'],
  ],
  ['what is not killed', caseOf({ facts: facts({ SendSIGKILL: 'no' }) }), ['not-killed']],
  ['a transient unit', caseOf({ facts: facts({ Transient: 'yes' }) }), ['runs-again']],
  [
    'a unit that others depend on',
    caseOf({ dependents: [{ unit: 'b.service', isSafe: true }] }),
    ['restarts-too'],
  ],
  [
    'a unit that we came through, and that leaves us alone',
    caseOf({ facts: KEPT, setting: THROUGH_IT }),
    ['carries-your-connection'],
  ],
  ['a replaced program that lets people in', caseOf({ lifeline: LOGIN }), ['logins-may-fail']],
  ['a replaced program that runs jobs', caseOf({ lifeline: JOBS }), []],
  ['who is left alone', caseOf({ facts: KEPT, terminals: [AT_PTS] }), []],
  [
    'guests that are left alone',
    caseOf({ facts: KEPT, guests: [{ runtime: 'vm', name: 'a' }] }),
    [],
  ],
  ['the way of remote logins', caseOf({ setting: PATHS }), ['carries-remote-logins']],
  [
    "a user's unit that is called like the way of remote logins",
    caseOf({ setting: { ...PATHS, selfUid: 1000 } }, `${USER}/a.service`),
    [],
  ],
  [
    "a user's unit to root, who does not judge it",
    caseOf({ facts: null }, `${USER}/a.service`),
    [],
  ],
  [
    'a display manager that nobody uses',
    caseOf({ facts: facts(DISPLAY), setting: { ...SETTING, graphicalSessions: 0 } }),
    [],
  ],
]
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
    decisionOf(caseOf({ facts: facts({ ...DISPLAY, ...some }), setting }))
  const codes = [decided({}), decided({ RefuseManualStop: 'yes' })].map((one) => one?.caution.code)
  assert.deepEqual(codes, ['display-manager', 'systemd-refuses'])
})
