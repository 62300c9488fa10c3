import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SHIPPED_TABLES } from '../../../src/core/advice/sensitive-units.ts'
import { groupByOwner } from '../../../src/core/advice/groups.ts'
import type { RunningProcess } from '../../../src/core/advice/stale-process.ts'
import { ownerOf } from '../../../src/core/owner/owner.ts'
import type { StaleFile } from '../../../src/core/proc/process.ts'
import { say } from '../../../src/core/printable.ts'
import type { UnitFacts } from '../../../src/core/systemd/unit-facts.ts'
import type { Worker } from '../../../src/core/work/jobs.ts'
import type { LeftBehind } from '../../../src/core/work/left-behind.ts'
import { askBesideMain } from '../../../src/scan/ask/beside-main.ts'
import { facts, staleProcess } from '../../support/knowledge.ts'
import { noted, worldOf } from '../../support/world.ts'

const NAMES = new Map([[1000, say`zoe`]])
const QUIET: LeftBehind = { isBelowMain: false, listens: [], isConnected: false, guest: null }
const SHELL: Worker = {
  pid: 11,
  comm: say`sh`,
  uid: 1000,
  startTicks: 99_000,
  leadsSession: true,
  exe: '/usr/bin/bash',
}
const system = (unit: string) => `/system.slice/${unit}`
const ofZoe = (unit: string) => `/user.slice/user-1000.slice/user@1000.service/app.slice/${unit}`

type Given = {
  /** The control groups of the stale processes, each of the unit that it names. */
  readonly paths: readonly string[]
  readonly units: Readonly<Record<string, Partial<UnitFacts>>>
  /** Control groups, the first that of the main process. */
  readonly groups: readonly string[]
  /** The number of processes in each. */
  readonly members?: number
  readonly uid?: number
  /** The ids of the stale processes in each of the paths. */
  readonly pids?: readonly number[]
  /** The users of the stale processes, by their ids. */
  readonly users?: ReadonlyMap<number, number>
  /** The stale files of each of them. */
  readonly files?: readonly StaleFile[]
  /** The program of the main process, one character a byte. */
  readonly exe?: string
}

async function asked({
  paths,
  units,
  groups,
  members = 2,
  uid = 0,
  pids = [11],
  users = new Map<number, number>(),
  files = [],
  exe = '/usr/bin/a',
}: Given) {
  const workers = noted<[string, number], readonly Worker[]>(() => [SHELL])
  const leftBehind = noted<[number, number], LeftBehind>(() => QUIET)
  const known = new Map(
    Object.entries(units).map(([key, some]) => [key, facts({ MainPID: '10', ...some })]),
  )
  const main = (path: string): RunningProcess => ({
    comm: 'a',
    startTicks: 1,
    cgroup: staleProcess(path).cgroup,
    owner: ownerOf(path),
    exe,
    uid,
  })
  const world = worldOf({ processes: {}, uid })
  const {
    jobs,
    leftBehind: left,
    succeeded,
  } = await askBesideMain(
    groupByOwner(
      paths.flatMap((path) =>
        pids.map((pid) => ({ ...staleProcess(path, { pid }), uid: users.get(pid) ?? 0, files })),
      ),
    ),
    {
      facts: known,
      tables: SHIPPED_TABLES,
      userNames: NAMES,
      left: new Set<string>(),
      inhabitants: new Map(
        groups.map((path) => [path, { terminals: [], guests: [], processes: members }]),
      ),
    },
    {
      ...world,
      members: { workers: workers.port, leftBehind: leftBehind.port },
      running: { ...world.running, process: () => main(groups[0] ?? '') },
    },
  )
  return {
    jobs: [...jobs].map(([path, some]) => [path, some.length]),
    left: [...left.keys()],
    succeeded: [...succeeded],
    listens: (pid: number) => left.get(pid)?.listens,
    asked: { workers: workers.asked, left: leftBehind.asked },
  }
}

const one = (unit: string, some: Partial<UnitFacts> = {}): Given => ({
  paths: [system(unit)],
  units: { [unit]: some },
  groups: [system(unit)],
})

test('work is looked for where a restart ends more than the main process', async () => {
  assert.deepEqual((await asked(one('a.service'))).jobs, [[system('a.service'), 1]])
  for (const KillMode of ['process', 'none']) {
    const { jobs, asked: questions } = await asked(one('a.service', { KillMode }))
    assert.deepEqual([jobs, questions.workers], [[], []])
  }
})

test('a runner ends its jobs whatever KillMode says, and a supervisor’s are no jobs', async () => {
  const runner = await asked(one('gitlab-runner.service', { KillMode: 'process' }))
  assert.deepEqual(runner.jobs, [[system('gitlab-runner.service'), 1]])
  const supervisor = await asked(one('supervisord.service'))
  assert.deepEqual(supervisor.asked.workers, [])
})

test('nothing is looked for where the main process is alone, or nothing is known', async () => {
  assert.deepEqual((await asked({ ...one('a.service'), members: 1 })).asked.workers, [])
  assert.deepEqual((await asked({ ...one('a.service'), units: {} })).asked.workers, [])
})

test('a unit that a restart is passed on to is asked about too, but no manager of a user', async () => {
  const b = { ControlGroup: system('b.service') }
  const both = {
    paths: [system('a.service')],
    units: { 'a.service': { KillMode: 'process' }, 'b.service': b },
    groups: [system('b.service')],
  }
  assert.deepEqual((await asked(both)).jobs, [[system('b.service'), 1]])
  const group = '/user.slice/user-1000.slice/user@1000.service/init.scope'
  const units = { 'user@1000.service': { ControlGroup: group } }
  const manager = { paths: [system('a.service')], units, groups: [group] }
  assert.deepEqual((await asked(manager)).asked.workers, [])
})

test('a stale unit is asked about once, though it has its own group like any other', async () => {
  const given = one('a.service', { ControlGroup: system('a.service') })
  assert.deepEqual((await asked(given)).asked.workers, [[system('a.service'), 10]])
})

test('a user’s own work is no work of another person in a service of that user', async () => {
  const own = {
    paths: [ofZoe('a.service')],
    units: { '1000/a.service': {} },
    groups: [ofZoe('a.service')],
  }
  assert.deepEqual((await asked({ ...own, uid: 1000 })).jobs, [[ofZoe('a.service'), 1]])
  // root asks no manager of a user.
  assert.deepEqual((await asked(own)).asked, { workers: [], left: [] })
})

test('what systemd leaves alone is asked about, and nothing else', async () => {
  const leaves = (some: Partial<UnitFacts>) => one('a.service', { KillMode: 'process', ...some })
  assert.deepEqual((await asked(leaves({}))).asked.left, [[11, 10]])
  assert.deepEqual((await asked(leaves({}))).left, [11])
  for (const some of [{ MainPID: '11' }, { MainPID: '0' }, { ControlPID: '11' }])
    assert.deepEqual((await asked(leaves(some))).asked.left, [], JSON.stringify(some))
  assert.deepEqual((await asked(one('a.service'))).asked.left, [])
})

test('of very many processes some are asked about, and of the others nothing is known', async () => {
  const pids = Array.from({ length: 600 }, (_, at) => 100 + at)
  const units = { 'a.service': { KillMode: 'process' } }
  const told = await asked({ paths: [system('a.service')], units, groups: [], pids })
  assert.equal(told.asked.left.length, 512)
  assert.deepEqual(told.left, pids)
  assert.deepEqual([told.listens(611), told.listens(612)], [[], null])
})

test('the jobs of one user leave room for what the system and others left behind', async () => {
  const pids = Array.from({ length: 900 }, (_, at) => 100 + at)
  const ofUsers = pids.slice(0, -2).map((pid) => [pid, 1000] as const)
  const users = new Map([...ofUsers, [998, 1001]])
  const units = { 'a.service': { KillMode: 'process' } }
  const told = await asked({ paths: [system('a.service')], units, groups: [], pids, users })
  assert.equal(told.asked.left.length, 512)
  assert.deepEqual([998, 999].map(told.listens), [[], []])
  assert.deepEqual([609, 610].map(told.listens), [[], null])
})

test('what runs the old program beside a main process with the new one was succeeded', async () => {
  const a = one('a.service')
  const program = { path: '/usr/bin/a', kind: 'executable', state: 'replaced' } as const
  const succeededOf = async (some: Partial<Given>) => (await asked({ ...a, ...some })).succeeded
  assert.deepEqual(await succeededOf({ files: [program], pids: [11, 12] }), [11, 12])
  // The main process is stale, runs another program, is of another unit, or none.
  assert.deepEqual(await succeededOf({ files: [program], pids: [10, 11] }), [])
  assert.deepEqual(await succeededOf({ files: [{ ...program, path: '/usr/bin/b' }] }), [])
  assert.deepEqual(await succeededOf({ files: [{ ...program, kind: 'library' }] }), [])
  assert.deepEqual(await succeededOf({ files: [program], groups: [system('b.service')] }), [])
  assert.deepEqual(
    await succeededOf({ files: [program], units: { 'a.service': { MainPID: '0' } } }),
    [],
  )
  const process = { 'a.service': { KillMode: 'process' } }
  assert.deepEqual(await succeededOf({ files: [program], units: process }), [])
  // A path that is not ASCII is compared by its bytes. What an interpreter runs may be anything.
  const pathOf = (path: string) => ({ exe: path, files: [{ ...program, path }] })
  assert.deepEqual(await succeededOf(pathOf('/opt/\xc3\x9cb/a')), [11])
  assert.deepEqual(await succeededOf(pathOf('/usr/bin/python3.13')), [])
})
