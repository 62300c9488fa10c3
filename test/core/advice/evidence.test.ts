import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evidenceOf, unitsWithUsersWork } from '../../../src/core/advice/evidence.ts'
import type { Group } from '../../../src/core/advice/groups.ts'
import type { RunningProcess, StaleProcess } from '../../../src/core/advice/stale-process.ts'
import { say } from '../../../src/core/printable.ts'
import { ownerOf } from '../../../src/core/owner/owner.ts'
import type { UnitFacts } from '../../../src/core/systemd/unit-facts.ts'
import { facts, knowledge, staleProcess } from '../../support/knowledge.ts'

const PATH = '/system.slice/jobs.service'
const UNIT = 'jobs.service'
const SYSTEMS = { path: '/usr/lib/libz.so.1', kind: 'library', state: 'replaced' } as const
const OWN = {
  path: '/home/mallory/own.so',
  kind: 'library',
  state: 'removed',
  mayBeOfUser: true,
} as const

/** A process with stale files, each of which lost its name at a time of its own. */
function process(uid: number | undefined, files: StaleProcess['files'], pid = 10): StaleProcess {
  const unlinked = files.map((_, at) => ({ at, replacedAt: null }))
  return staleProcess(PATH, { pid, files, unlinked, ...(uid !== undefined && { uid }) })
}

function groupOf(processes: readonly StaleProcess[], path = PATH): Group {
  return { owner: ownerOf(path), processes }
}

function main(uid: number | undefined): RunningProcess {
  const { cgroup, owner } = staleProcess(PATH)
  return { comm: 'jobs', startTicks: 1, cgroup, owner, exe: null, uid }
}

/** What the machine knows of the service: by default it works as root. */
function around(some: Partial<UnitFacts> | null = {}, mainUid: number | undefined = 0) {
  return knowledge({
    facts: some === null ? new Map() : new Map([[UNIT, facts({ Id: UNIT, ...some })]]),
    mains: new Map([[UNIT, main(mainUid)]]),
    userNames: new Map([[1001, say`mallory`]]),
  })
}

type Row = readonly [
  what: string,
  processes: readonly StaleProcess[],
  context: ReturnType<typeof around>,
  isUsersWork: boolean,
]

const ALL: readonly Row[] = [
  ['a file of its own', [process(1001, [OWN])], around(), true],
  ['some processes of users', [process(1001, [OWN]), process(1002, [OWN], 11)], around(), true],
  ['a file of the system', [process(33, [SYSTEMS])], around(), false],
  [
    'a file, the service works as the user',
    [process(1001, [OWN])],
    around({ User: 'mallory' }),
    false,
  ],
  [
    'a file, the service works as another user',
    [process(1002, [OWN])],
    around({ User: 'mallory' }),
    true,
  ],
  ['a file, the main process is the user’s', [process(1001, [OWN])], around({}, 1001), false],
  ['a file, systemd was not asked', [process(1001, [OWN])], around(null), true],
  ['a file, and no user is known', [process(undefined, [SYSTEMS])], around(), false],
]
for (const [what, processes, context, isUsersWork] of ALL)
  test(`it ${isUsersWork ? 'is' : 'is not'} users' work where nothing is stale but ${what}`, () => {
    const group = evidenceOf(groupOf(processes), context)
    assert.equal(group.isUsersWork ?? false, isUsersWork)
    assert.deepEqual(group.processes, processes)
  })

test('only the evidence stays where there is some, with the times of its files', () => {
  const processes = [
    process(1001, [OWN], 9),
    process(0, [SYSTEMS]),
    process(1001, [OWN, SYSTEMS], 11),
  ]
  const { isUsersWork, processes: kept } = evidenceOf(groupOf(processes), around())
  assert.equal(isUsersWork, undefined)
  assert.deepEqual(
    kept.map(({ pid, files, unlinked }) => [pid, files, unlinked.map((one) => one?.at)]),
    [
      [10, [SYSTEMS], [0]],
      [11, [SYSTEMS], [1]],
    ],
  )
})

test('a service whose own package was upgraded is named for that, whatever users do', () => {
  const change = {
    name: say`jobs`,
    from: say`1`,
    to: say`2`,
    change: 'upgraded',
    at: say``,
  } as const
  const ownPackage = { change, isNew: true }
  const upgraded = { ...process(1001, [OWN]), ownPackage }
  const { isUsersWork, processes } = evidenceOf(groupOf([upgraded]), around())
  assert.equal(isUsersWork, undefined)
  assert.deepEqual(processes, [{ ...upgraded, files: [], unlinked: [] }])
})

test('what is no service of the system stays as it is', () => {
  const path = '/user.slice/user-1001.slice/user@1001.service/app.slice/jobs.service'
  const group = groupOf([process(1002, [OWN])], path)
  assert.deepEqual(evidenceOf(group, around()), group)
  assert.deepEqual(unitsWithUsersWork([group]), [])
})

test('main processes are wanted of services in which something may be a user’s', () => {
  const groups = [groupOf([process(1001, [OWN])]), groupOf([process(1001, [SYSTEMS])])]
  assert.deepEqual(unitsWithUsersWork(groups), [UNIT])
})
