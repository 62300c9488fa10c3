import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunningProcess } from '../../../src/core/advice/stale-process.ts'
import { ownerOf } from '../../../src/core/owner/owner.ts'
import { say } from '../../../src/core/printable.ts'
import type { Worker } from '../../../src/core/work/jobs.ts'
import { jobsInside } from '../../../src/io/groups/jobs-inside.ts'
import type { Ended } from '../../../src/io/groups/jobs-inside.ts'
import { noMembers } from '../../../src/io/groups/members.ts'
import { noRunningServices } from '../../../src/io/systemd/running-services.ts'
import { facts, staleProcess } from '../../support/knowledge.ts'
import { noted } from '../../support/world.ts'

const PATH = '/system.slice/a.service'
const ENDED: Ended = {
  unit: 'a.service',
  path: PATH,
  facts: facts({ MainPID: '10' }),
  starts: 'anything',
  userOf: (main) => main,
}
const WORKER: Worker = {
  pid: 11,
  comm: say`sh`,
  uid: 1000,
  startTicks: 2000,
  leadsSession: false,
  exe: '/usr/bin/bash',
}

function asked(
  units: readonly Ended[],
  { main = PATH, worker = WORKER, owners = [] }: Partial<Around> = {},
) {
  const { cgroup } = staleProcess(main)
  const running: RunningProcess = {
    comm: 'a',
    startTicks: 1000,
    cgroup,
    owner: ownerOf(main),
    exe: '/usr/bin/a (deleted)',
    uid: 0,
  }
  const workers = noted<[string, number], readonly Worker[]>(() => [worker])
  const ownersOf = noted<[readonly string[]], Promise<ReadonlyMap<string, string>>>(
    async () => new Map(owners),
  )
  const told = jobsInside(
    units,
    { ...noMembers, workers: workers.port },
    { ...noRunningServices, process: (pid) => (pid === 10 ? running : null) },
    { ownersOf: ownersOf.port },
  )
  return { told, workers: workers.asked, owners: ownersOf.asked }
}

type Around = {
  /** The control group of the main process. */
  readonly main: string
  readonly worker: Worker
  readonly owners: readonly (readonly [string, string])[]
}

test('work inside of a unit is told by the path of its group, and pacman is asked once', async () => {
  const b = { ...ENDED, path: '/system.slice/b.service' }
  const { told, workers, owners } = asked([ENDED, b])
  assert.deepEqual(
    [...(await told).jobs],
    [
      [PATH, [WORKER]],
      [b.path, [WORKER]],
    ],
  )
  assert.deepEqual(workers, [
    [PATH, 10],
    [b.path, 10],
  ])
  assert.deepEqual(owners, [[['/usr/bin/a', '/usr/bin/bash']]])
})

test('what a service started later, and no job for certain, may be a task', async () => {
  const own = { ...ENDED, userOf: () => 1000 }
  const { jobs, tasks } = await asked([own]).told
  assert.deepEqual([[...jobs], [...tasks]], [[[PATH, []]], [[PATH, [WORKER]]]])
})

test('pacman is not asked where nothing may be work', async () => {
  const own = { ...ENDED, userOf: () => 1000 }
  const { told, owners } = asked([own], { worker: { ...WORKER, isCommanded: true } })
  const { jobs, tasks } = await told
  assert.deepEqual([[...jobs], [...tasks], owners], [[], [], []])
})

test('a program of the service’s own package is no work', async () => {
  const worker = { ...WORKER, exe: '/usr/lib/a/imap' }
  const both = [
    ['/usr/bin/a', 'a'],
    ['/usr/lib/a/imap', 'a'],
  ] as const
  assert.deepEqual([...(await asked([ENDED], { worker, owners: both }).told).jobs], [[PATH, []]])
  const other = [both[0], ['/usr/lib/a/imap', 'b']] as const
  assert.deepEqual(
    [...(await asked([ENDED], { worker, owners: other }).told).jobs],
    [[PATH, [worker]]],
  )
})

test('without a main process of the unit nothing is asked', async () => {
  for (const pid of ['0', '99']) {
    const { workers } = asked([{ ...ENDED, facts: facts({ MainPID: pid }) }])
    assert.deepEqual(workers, [])
  }
  assert.deepEqual(asked([ENDED], { main: '/system.slice/b.service' }).workers, [])
})
