import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ignoreGlob, NO_CONFIG } from '../../src/core/config/config.ts'
import type { Config, IgnoreSubject } from '../../src/core/config/config.ts'
import type { ScanOptions } from '../../src/core/options.ts'
import type { ServiceStates } from '../../src/core/report/after-effects.ts'
import type { World } from '../../src/io/world.ts'
import { scan } from '../../src/scan/scan.ts'
import type { RecordedMachine } from '../support/recording.ts'
import { never, noted, optionsOf, worldOf } from '../support/world.ts'
import { printed } from '../support/printed.ts'
import type { UnitState } from '../../src/core/systemd/unit-states.ts'
import type { PackageChange } from '../../src/core/pacman/package-change.ts'

const LIBRARY = '/usr/lib/libz.so.1'
const stale = (cgroup: string) => ({ maps: [`r-xp ${LIBRARY} (deleted)`], cgroup })
const USER = '/user.slice/user-1000.slice/user@1000.service/app.slice/u.service'
const MACHINE: RecordedMachine = {
  processes: { 4: stale('/system.slice/a.service'), 5: stale(USER) },
  units: { 'a.service': {} },
}
const START = 1_790_000_100
const failed = (unit: string) =>
  printed<UnitState>({ unit, isFailed: true, result: 'exit-code', busName: '', since: START })
const STATES: ServiceStates = {
  at: START + 60,
  units: [failed('b.service'), failed('c.service')],
  busNames: null,
  isBusSilent: false,
}
const SERVICES = { transactionStart: START, haveChanged: true, states: STATES }

async function scanned(
  world: World,
  options: Partial<ScanOptions> = {},
  config: Config = NO_CONFIG,
) {
  const asker = { version: '0.1.0', environment: {} }
  const { report, cases } = await scan(world, optionsOf(options), config, asker, () => {})
  return { ...report, cases, names: report.findings.map(({ name }) => name) }
}

const rules = (subject: IgnoreSubject, source: string): Config => {
  const glob = ignoreGlob(source, subject)
  assert.ok(typeof glob !== 'string')
  return { ...NO_CONFIG, ignore: { ...NO_CONFIG.ignore, [subject]: [{ glob, reason: null }] } }
}

test('a side of the machine is named without the other', async () => {
  const sides = {
    both: ['a.service', 'u.service'],
    system: ['a.service'],
    user: ['u.service'],
  } as const
  for (const side of ['both', 'system', 'user'] as const) {
    const { names, cases } = await scanned(worldOf(MACHINE), { side })
    assert.deepEqual(names, sides[side])
    assert.equal(cases.length, names.length)
  }
})

test('a rule that no unit matches is told where all is asked for', async () => {
  const fresh = { maps: ['r-xp /usr/lib/a.so'], cgroup: '/system.slice/fresh.service' }
  const world = worldOf({
    ...MACHINE,
    processes: { ...MACHINE.processes, 90: fresh },
    services: SERVICES,
  })
  const ignoreUnits = ['a', 'b', 'fresh', 'sshd', 'foo*', 'u.service', 'u.socket']
  const unmatched = async (options: Partial<ScanOptions>) =>
    (await scanned(world, { ignoreUnits, ...options })).unmatched
  assert.deepEqual(await unmatched({ all: true }), ['unit:sshd', 'unit:foo*', 'unit:u.socket'])
  assert.deepEqual(await unmatched({ all: true, ignoreUnits: [] }), undefined)
  assert.deepEqual(await unmatched({}), undefined)
  assert.deepEqual(await unmatched({ all: true, from: '/recording' }), undefined)
})

test('where pacman has changed nothing since the boot, no more than stale files is asked', async () => {
  const { packages, services } = worldOf({ ...MACHINE, services: SERVICES })
  assert.ok(services !== null)
  const ports: Partial<World> = {
    packages: { ...packages, mayHaveChangedSince: async () => ({ value: false, limit: null }) },
    services: { haveChangedSince: never, states: never },
    running: { units: never, process: never, programs: never, arguments: never, unmet: () => [] },
    bootFacts: never,
  }
  const { names, afterEffects, limits } = await scanned(worldOf(MACHINE, ports))
  assert.deepEqual([names, afterEffects, limits], [['a.service', 'u.service'], [], []])
})

test('what a hook remembers is asked by hooks alone, and where there is something to say', async () => {
  const memory = { changed: [], lately: [], said: [] }
  const asks = async (machine: RecordedMachine, hook: boolean) => {
    const world = worldOf(machine)
    const hookMemory = noted<[Date, Date], Promise<typeof memory>>(async () => memory)
    const packages = { ...world.packages, hookMemory: hookMemory.port }
    const { hook: facts, host } = await scanned({ ...world, packages }, { hook })
    const since = hookMemory.asked.map(([time]) => time.getTime() / 1000)
    assert.ok(since.every((time) => time === host.bootSeconds))
    return { facts, times: since.length }
  }
  const facts = { isTold: false, hasCode: true, memory }
  assert.deepEqual(await asks(MACHINE, true), { facts, times: 1 })
  assert.deepEqual(await asks(MACHINE, false), { facts: null, times: 0 })
  assert.deepEqual(await asks({ processes: {} }, true), { facts: null, times: 0 })
})

test('limits stand in the order of the stages, and of twins the first', async () => {
  const world = worldOf({
    ...MACHINE,
    denied: 2,
    stuck: 1,
    unanswered: { 'a.service': 'systemctl-timeout' },
    services: { ...SERVICES, states: null },
  })
  const { limits } = await scanned({
    ...world,
    packages: {
      ...world.packages,
      mayHaveChangedSince: async () => ({ value: true, limit: 'package-log-missing' }),
      changedSince: async () => ({ names: [], limit: 'package-database-unreadable' }),
      changes: async (copies) => ({
        attributions: copies.map(() => ({ kind: 'unknown' })),
        limit: 'package-log-missing',
      }),
    },
  })
  assert.deepEqual(limits, [
    { code: 'maps-denied', count: 2 },
    { code: 'maps-stuck', count: 1 },
    { code: 'package-log-missing', count: 1 },
    { code: 'systemctl-timeout', count: 1 },
    { code: 'package-database-unreadable', count: 0 },
    { code: 'after-effects-unknown', count: 1 },
  ])
})

test('a service whose package changed is one with its stale process', async () => {
  const file = '/usr/lib/systemd/system/a.service'
  const world = worldOf({ ...MACHINE, units: { 'a.service': { FragmentPath: file } } })
  const { cgroup, owner } = (await scanned(world)).cases[0]?.processes[0] ?? {}
  assert.ok(cgroup !== undefined && owner !== undefined)
  const at = '2026-11-23T07:18:40.000Z'
  const change = printed<PackageChange>({
    name: 'a',
    from: '1',
    to: '2',
    change: 'upgraded',
    at,
  })
  const changed = { kind: 'changed', change, isNew: null } as const
  const { findings } = await scanned({
    ...world,
    packages: {
      ...world.packages,
      changedSince: async () => ({ names: ['a'], limit: null }),
      filesOf: async (paths) => paths,
      changes: async (copies) => ({ attributions: copies.map(() => changed), limit: null }),
    },
    running: {
      units: () => ['a.service'],
      process: () => ({ comm: 'a', startTicks: 1, cgroup, owner, exe: null }),
      programs: () => [],
      arguments: () => [],
      unmet: () => [],
    },
  })
  assert.deepEqual(
    findings.map(({ name, causes, processes }) => [name, causes, processes.length]),
    [
      ['a.service', ['stale-files', 'package-upgraded'], 1],
      ['u.service', ['stale-files'], 1],
    ],
  )
})

test('a rule hides units, what broke among them, and paths', async () => {
  const world = () => worldOf({ ...MACHINE, services: SERVICES })
  const all = await scanned(world())
  assert.deepEqual(
    [all.names, all.afterEffects.map(({ unit }) => unit), all.ignored],
    [['a.service', 'u.service'], ['b.service', 'c.service'], []],
  )
  const units = await scanned(world(), { ignoreUnits: ['[ab].service'] })
  assert.deepEqual(
    [units.names, units.afterEffects.map(({ unit }) => unit)],
    [['u.service'], ['c.service']],
  )
  assert.deepEqual(
    units.ignored.map(({ rule, names }) => [rule, names]),
    [['unit:[ab].service', ['a.service']]],
  )
  const paths = await scanned(world(), { ignorePaths: ['/usr/lib/*'] })
  assert.deepEqual([paths.names, paths.ignored.length], [[], 1])
  const both = await scanned(world(), { ignoreUnits: ['a.service'] }, rules('unit', 'u.service'))
  assert.deepEqual([both.names, both.ignored.length], [[], 2])
  const wrong = await scanned(world(), { ignoreUnits: ['[a.service'] })
  assert.deepEqual(wrong.names, ['a.service', 'u.service'])
})

test('the owners of files are asked for where a rule names packages, each path once', async () => {
  const { packages } = worldOf(MACHINE)
  const ownersOf = noted<[readonly string[]], Promise<ReadonlyMap<string, string>>>(
    async () => new Map([[LIBRARY, 'zlib']]),
  )
  const world = () => worldOf(MACHINE, { packages: { ...packages, ownersOf: ownersOf.port } })
  await scanned(world())
  assert.deepEqual(ownersOf.asked, [])
  const { names } = await scanned(world(), {}, rules('package', 'zlib'))
  assert.deepEqual([names, ownersOf.asked], [[], [[[LIBRARY]]]])
  // Of a file behind a prefix, the path on the machine counts.
  const { files } = world()
  const behind = { ...world(), files: { ...files, machinePath: () => '/usr/lib/own.so' } }
  await scanned(behind, {}, rules('package', 'zlib'))
  assert.deepEqual(ownersOf.asked[1], [['/usr/lib/own.so']])
})

test('processes that a rule hides are asked about by nobody', async () => {
  const systemctl = {
    show: never,
    programs: never,
    arguments: never,
    version: never,
    marked: never,
  }
  const ports = { systemctl }
  const { names } = await scanned(worldOf(MACHINE, ports), { ignoreUnits: ['*'] })
  assert.deepEqual(names, [])
})

const JOBS = '/system.slice/jobs.service'
const OWN = '/home/mallory/own.so'
const mapping = (...paths: readonly string[]) => paths.map((path) => `r-xp ${path} (deleted)`)
const FRESH_MAIN = { maps: ['r-xp /usr/lib/libz.so.1'], cgroup: JOBS, uid: 0 }
const RESTART = ['systemctl', 'restart', '--', 'jobs.service']

const WORK: readonly (readonly [
  what: string,
  machine: Partial<RecordedMachine>,
  expected: readonly [action: string, files: readonly string[]],
])[] = [
  [
    'a user’s own file',
    { processes: { 4: FRESH_MAIN, 5: { maps: mapping(OWN), cgroup: JOBS, uid: 1001 } } },
    ['manual', [OWN]],
  ],
  [
    'a library of the system in a worker',
    { processes: { 4: FRESH_MAIN, 5: { maps: mapping(LIBRARY), cgroup: JOBS, uid: 33 } } },
    ['restart', [LIBRARY]],
  ],
  [
    'both, and a user’s own file beside',
    {
      processes: {
        4: { maps: mapping(LIBRARY), cgroup: JOBS, uid: 0 },
        5: { maps: mapping(OWN), cgroup: JOBS, uid: 1001 },
      },
    },
    ['restart', [LIBRARY]],
  ],
  [
    'a file of the user that the service works as',
    {
      processes: { 4: FRESH_MAIN, 5: { maps: mapping(OWN), cgroup: JOBS, uid: 1001 } },
      units: { 'jobs.service': { MainPID: '4', User: 'mallory' } },
    },
    ['restart', [OWN]],
  ],
  [
    'a file of the user that the main process has become',
    { processes: { 4: { maps: mapping(OWN), cgroup: JOBS, uid: 1001 } } },
    ['restart', [OWN]],
  ],
  [
    'a file of the user that called itself the main process',
    {
      processes: { 4: { maps: mapping(OWN), cgroup: JOBS, uid: 1001 } },
      units: { 'jobs.service': { MainPID: '4', NotifyAccess: 'all' } },
    },
    ['manual', [OWN]],
  ],
  [
    'a user’s own file, in a service without a main process',
    {
      processes: { 5: { maps: mapping(OWN), cgroup: JOBS, uid: 1001 } },
      units: { 'jobs.service': { MainPID: '0' } },
    },
    ['manual', [OWN]],
  ],
  [
    'a user’s own file, recorded by an older program',
    { processes: { 5: { maps: mapping(OWN), cgroup: JOBS } } },
    ['restart', [OWN]],
  ],
]
for (const [what, machine, [action, files]] of WORK)
  test(`a service that is stale by ${what}: ${action}`, async () => {
    const units = { 'jobs.service': { MainPID: '4' } }
    const users = { 1001: 'mallory' }
    const world = worldOf({ processes: {}, units, users, ofRoot: [LIBRARY], ...machine })
    const { findings, commands, reboot } = await scanned(world)
    assert.deepEqual(
      findings.map((finding) => [finding.action, finding.files.map(({ path }) => path)]),
      [[action, files]],
    )
    assert.deepEqual(commands, action === 'restart' ? [RESTART] : [])
    assert.equal(reboot.needed, 'none')
  })
