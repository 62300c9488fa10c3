import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Group } from '../../src/core/advice/groups.ts'
import { groupByOwner } from '../../src/core/advice/groups.ts'
import { SHIPPED_TABLES } from '../../src/core/advice/sensitive-units.ts'
import type { StaleProcess } from '../../src/core/advice/stale-process.ts'
import type { LimitCode } from '../../src/core/limits.ts'
import { ownerOf } from '../../src/core/owner/owner.ts'
import type { UnitFacts } from '../../src/core/systemd/unit-facts.ts'
import type { Systemctl } from '../../src/io/systemd/systemctl.ts'
import type { World } from '../../src/io/world.ts'
import { ask } from '../../src/scan/ask.ts'
import { facts, staleProcess } from '../support/knowledge.ts'
import { never, noted, worldOf } from '../support/world.ts'
import { say } from '../../src/core/printable.ts'
import type { Plain } from '../support/printed.ts'

const LIBRARY = { path: '/usr/lib/libz.so.1', kind: 'library', state: 'replaced' } as const
const PROGRAM = { path: '/usr/bin/a', kind: 'executable', state: 'removed' } as const

/** A stale process in a control group; its id is that of the simple service's main process. */
function staleAt(path: string, some: Plain<Partial<StaleProcess>> = {}): StaleProcess {
  return staleProcess(path, { files: [LIBRARY], unlinked: [null], ...some })
}

const system = (...units: readonly string[]): readonly Group[] =>
  groupByOwner(units.map((unit) => staleAt(`/system.slice/${unit}`)))
const ofUser = (uid: number, unit: string): readonly Group[] =>
  groupByOwner([staleAt(`/user.slice/user-${uid}.slice/user@${uid}.service/app.slice/${unit}`)])
const session = (id: string): readonly Group[] =>
  groupByOwner([staleAt(`/user.slice/user-1000.slice/session-${id}.scope`)])

type Units = Readonly<Record<string, Partial<UnitFacts>>>

/** A systemd that knows these units; of others it says nothing. */
function systemctlOf(units: Units, limit: LimitCode | null = null) {
  const show = noted<Parameters<Systemctl['show']>, ReturnType<Systemctl['show']>>(
    async (names) => ({
      facts: new Map(
        names.flatMap((name) => {
          const some = units[name]
          return some === undefined ? [] : [[name, facts({ Id: name, Names: name, ...some })]]
        }),
      ),
      limit,
    }),
  )
  const programs = noted<Parameters<Systemctl['programs']>, ReturnType<Systemctl['programs']>>(
    async () => ['/usr/bin/moved'],
  )
  const marked = async () => ['a.service']
  return {
    systemctl: { show: show.port, programs: programs.port, version: async () => 262, marked },
    show,
    programs,
  }
}

const NAMES = new Map([
  [1000, say`zoe`],
  [1001, say`max`],
])

async function asked(groups: readonly Group[], ports: Partial<World> = {}, uid = 0) {
  const world = worldOf({ processes: {}, uid, lingering: ['max'], missing: ['/usr/bin/moved'] })
  const { value, limits } = await ask(groups, { ...world, ...ports }, SHIPPED_TABLES, NAMES)
  return { ...value, limits }
}

test('where nothing is stale, nothing is asked', async () => {
  const { machine } = worldOf({ processes: {} })
  const told = await asked([], {
    systemctl: { show: never, programs: never, version: never, marked: never },
    logind: {
      graphicalSessions: never,
      consoleLogins: never,
      locksOf: never,
      remoteHosts: never,
      leftSessions: never,
      closingSessions: never,
      unattended: never,
    },
    holdings: { of: never },
    network: { paths: never },
    controlGroups: { inhabitants: never, processes: never, guests: never, inContainers: never },
    machine: { ...machine, canSoftReboot: never, isBooted: never },
  })
  assert.deepEqual([told.limits, told.setting.self, told.setting.canSoftReboot], [[], null, false])
})

test('the units of one manager are asked about at once, with the sockets of instances', async () => {
  const { systemctl, show } = systemctlOf({})
  const groups = [
    ...system('b.service', 'a@1.service', 'a@2.service'),
    ...ofUser(1000, 'u.service'),
  ]
  await asked(groups, { systemctl }, 1000)
  assert.deepEqual(show.asked, [
    [['a@1.service', 'a@2.service', 'b.service', 'a.socket'], 'system'],
    [['u.service'], 1000],
  ])
})

test('root asks no manager of a user, nor does a user ask that of another', async () => {
  for (const [uid, owner] of [
    [0, 1000],
    [1000, 1001],
  ] as const) {
    const { systemctl, show } = systemctlOf({})
    await asked(ofUser(owner, 'u.service'), { systemctl }, uid)
    assert.deepEqual(show.asked, [])
  }
})

test('systemd is asked on about what a restart reaches, each unit once', async () => {
  const { systemctl, show } = systemctlOf({
    'a.service': { RequiredBy: 'b.service a.service', PropagatesStopTo: 'c.service' },
    'b.service': { ConsistsOf: 'd.service a.service', Wants: 'f.service' },
    'c.service': { BoundBy: 'd.service' },
    'd.service': {},
  })
  await asked(system('a.service'), { systemctl })
  assert.deepEqual(
    show.asked.map(([names]) => names),
    [['a.service'], ['b.service', 'c.service'], ['d.service']],
  )
})

test('what a start needs is asked about for the stale units alone', async () => {
  const { systemctl, show } = systemctlOf({
    'a@1.service': { Requires: 'need.service' },
    'a.socket': { Requires: 'other.service' },
    'need.service': { Requires: 'more.service' },
  })
  await asked(system('a@1.service'), { systemctl })
  assert.deepEqual(
    show.asked.map(([names]) => names),
    [['a@1.service', 'a.socket'], ['need.service']],
  )
})

test('what a restart of a user’s manager reaches is not asked about', async () => {
  const { systemctl, show } = systemctlOf({ 'user@1000.service': { RequiredBy: 'b.service' } })
  const path = '/user.slice/user-1000.slice/user@1000.service/init.scope'
  await asked(groupByOwner([staleAt(path, { comm: 'systemd' })]), { systemctl })
  assert.deepEqual(
    show.asked.map(([names]) => names),
    [['user@1000.service', 'user.socket']],
  )
})

test('a chain of units that is made to be long ends', async () => {
  const next = (name: string) => `u${Number(/\d+/.exec(name)?.[0]) + 1}.service`
  const show = noted<Parameters<Systemctl['show']>, ReturnType<Systemctl['show']>>(
    async (names) => ({
      facts: new Map(names.map((name) => [name, facts({ Id: name, RequiredBy: next(name) })])),
      limit: null,
    }),
  )
  const systemctl = { show: show.port, programs: never, version: never, marked: never }
  const { limits, facts: known } = await asked(system('u0.service'), { systemctl })
  assert.deepEqual(limits, [{ code: 'systemctl-failed', count: 1 }])
  assert.deepEqual([show.asked.length, known.size], [64, 64])
})

test('a limit counts the units of all managers that it hides, and ends the questions', async () => {
  const units = { 'a.service': { RequiredBy: 'c.service' } }
  const { systemctl, show } = systemctlOf(units, 'systemctl-timeout')
  const twice = [...system('a.service', 'b.service'), ...ofUser(1000, 'u.service')]
  const groups = [...twice, ...system('a.service')]
  const { limits, facts: known } = await asked(groups, { systemctl }, 1000)
  assert.deepEqual(limits, [{ code: 'systemctl-timeout', count: 3 }])
  assert.deepEqual([show.asked.length, [...known.keys()]], [2, ['a.service']])
})

test('each reason for silence has a count of its own', async () => {
  const systemctl: Systemctl = {
    show: async (_, manager) => ({
      facts: new Map(),
      limit: manager === 'system' ? 'systemctl-failed' : 'user-manager-missing',
    }),
    programs: never,
    version: never,
    marked: never,
  }
  const { limits } = await asked(
    [...system('a.service', 'b.service'), ...ofUser(1000, 'u.service')],
    { systemctl },
    1000,
  )
  assert.deepEqual(limits, [
    { code: 'systemctl-failed', count: 2 },
    { code: 'user-manager-missing', count: 1 },
  ])
})

const BOOTED: readonly (readonly [isLive: boolean, isBooted: boolean, isAsked: boolean])[] = [
  [true, true, false],
  [true, false, true],
  [false, false, false],
]
for (const [isLive, isBooted, isAsked] of BOOTED)
  test(`a machine that ${isLive ? 'runs' : 'is recorded'}, booted ${isBooted}: no systemd is ${isAsked ? '' : 'not '}said`, async () => {
    const { systemctl } = systemctlOf({}, 'not-booted')
    const { machine } = worldOf({ processes: {} })
    const ports = { systemctl, machine: { ...machine, isLive, isBooted: () => isBooted } }
    const { limits } = await asked(session('3'), ports)
    assert.deepEqual(limits, isAsked ? [{ code: 'not-booted', count: 0 }] : [])
  })

test('a machine without systemd is said where no unit is asked about, also in a replay', async () => {
  const { machine } = worldOf({ processes: {} })
  const { limits } = await asked(groupByOwner([staleAt('/')]), {
    machine: { ...machine, isLive: true, isBooted: () => false },
    systemctl: { show: never, programs: never, version: never, marked: never },
  })
  assert.deepEqual(limits, [{ code: 'not-booted', count: 0 }])
})

test('what a verdict needs is asked only where a unit of that sort is stale', async () => {
  const rows = [
    ['a.service', []],
    ['gdm.service', ['sessions']],
    ['greeter.service', ['sessions']],
    ['containerd.service', ['guests']],
    ['NetworkManager.service', ['paths']],
    ['sshd.service', []],
  ] as const
  for (const [unit, questions] of rows) {
    const { systemctl } = systemctlOf({
      'greeter.service': { Names: 'greeter.service display-manager.service' },
      'gdm.service': {},
    })
    const told: string[] = []
    const { logind, controlGroups } = worldOf({ processes: {} })
    await asked(system(unit), {
      systemctl,
      logind: {
        ...logind,
        graphicalSessions: async () => {
          told.push('sessions')
          return 1
        },
      },
      controlGroups: {
        ...controlGroups,
        guests: () => {
          told.push('guests')
          return []
        },
      },
      network: {
        paths: async () => {
          told.push('paths')
          return []
        },
      },
    })
    assert.deepEqual(told, questions, unit)
  }
})

test('the version of systemctl is asked where something is marked', async () => {
  for (const [Markers, version] of [
    ['needs-restart', 262],
    ['', null],
  ] as const) {
    const { systemctl } = systemctlOf({ 'a.service': { Markers } })
    const { machine } = worldOf({ processes: {} })
    const { setting } = await asked(system('a.service'), {
      systemctl,
      machine: { ...machine, hasMarkingHook: () => true },
    })
    assert.deepEqual([setting.systemctlVersion, setting.hasMarkingHook], [version, version === 262])
    assert.deepEqual(setting.marked, version === null ? {} : { service: ['a.service'] })
  }
})

test('a display manager that a restart is passed on to counts too', async () => {
  const { systemctl } = systemctlOf({
    'a.service': { RequiredBy: 'gdm.service' },
    'gdm.service': { Names: 'gdm.service display-manager.service' },
  })
  const { logind } = worldOf({ processes: {} })
  const answering = { ...logind, graphicalSessions: async () => 2 }
  const { setting } = await asked(system('a.service'), { systemctl, logind: answering })
  assert.equal(setting.graphicalSessions, 2)
})

test('the program of a unit is asked for where that of its main process is gone', async () => {
  const key = 'a.service'
  const gone = (some: Plain<Partial<StaleProcess>>) =>
    groupByOwner([staleAt(`/system.slice/${key}`, { files: [PROGRAM], ...some })])
  const rows: readonly (readonly [Plain<Partial<StaleProcess>>, Partial<UnitFacts>, boolean])[] = [
    [{}, {}, true],
    [{ pid: 11 }, {}, false],
    [{ files: [{ ...PROGRAM, state: 'replaced' }] }, {}, false],
    [{ files: [{ ...PROGRAM, kind: 'library' }] }, {}, false],
    [{}, { RootDirectory: '/srv/chroot' }, false],
  ]
  for (const [process, unit, isAsked] of rows) {
    const { systemctl, programs } = systemctlOf({ [key]: unit })
    const told = await asked(gone(process), { systemctl })
    assert.deepEqual(programs.asked, isAsked ? [[key, 'system']] : [])
    assert.deepEqual([...told.missing], isAsked ? ['/usr/bin/moved'] : [])
  }
})

test('each file that units need is looked for once', async () => {
  const needed = { WorkingDirectory: '/srv/a' }
  const { systemctl } = systemctlOf({ 'a.service': needed, 'b.service': needed })
  const { machine } = worldOf({ processes: {} })
  const missing = noted((paths: readonly string[]) => paths)
  const ports = { systemctl, machine: { ...machine, missing: missing.port } }
  await asked(system('a.service', 'b.service'), ports)
  assert.deepEqual(missing.asked, [[['/srv/a']]])
})

test('the groups of stale units, and of those that a restart reaches, are read once', async () => {
  const { systemctl } = systemctlOf({
    'a.service': { RequiredBy: 'b.service c.service', ControlGroup: '/system.slice/a.service' },
    'b.service': { ControlGroup: '/system.slice/b.service' },
    'c.service': { ControlGroup: '', RequiredBy: 'a.service' },
  })
  const { controlGroups } = worldOf({ processes: {} })
  const inhabitants = noted(controlGroups.inhabitants)
  const ports = { systemctl, controlGroups: { ...controlGroups, inhabitants: inhabitants.port } }
  const told = await asked([...system('a.service'), ...session('3')], ports)
  assert.deepEqual(inhabitants.asked, [['/system.slice/a.service'], ['/system.slice/b.service']])
  assert.equal(told.inhabitants.size, 2)
})

test('logind is asked about stale sessions alone, and names their scopes', async () => {
  const leftSessions = noted(async (ids: readonly string[]) => ids.filter((id) => id === '3'))
  const { logind } = worldOf({ processes: {} })
  const ports = { logind: { ...logind, leftSessions: leftSessions.port } }
  const { left } = await asked([...session('3'), ...session('4')], ports)
  assert.deepEqual(leftSessions.asked, [[['3', '4']]])
  assert.deepEqual([...left], ['session-3.scope'])
  // A user can call a scope of the own manager so.
  await asked([...system('session-3.service'), ...ofUser(1000, 'session-3.scope')], ports)
  assert.equal(leftSessions.asked.length, 1)
})

test('logind is asked for sessions of no person where something may belong to one', async () => {
  const { logind } = worldOf({ processes: {} })
  const unattended = noted(async () => ({ greeters: [962], commands: ['3'] }))
  const ports = { logind: { ...logind, unattended: unattended.port } }
  const { greeters, commandScopes } = await asked(session('3'), ports)
  assert.deepEqual([[...greeters], [...commandScopes]], [[962], ['session-3.scope']])
  await asked(ofUser(962, 'dbus.service'), ports)
  assert.equal(unattended.asked.length, 2)
  await asked([...system('a.service'), ...ofUser(1000, 'u.service')], ports)
  assert.equal(unattended.asked.length, 2)
})

test('whose manager stays is asked of users with stale processes', async () => {
  const groups = [1000, 1001, 1002].flatMap((uid) => ofUser(uid, 'u.service'))
  const { lingering } = await asked(groups)
  assert.deepEqual([...lingering], [1001])
})

test('ourselves, and whom we came through, are told where something is stale', async () => {
  const owner = ownerOf('/system.slice/sshd.service')
  const self = { pid: 7, owner: ownerOf('/a'), ancestors: new Map([[6, owner]]), terminal: null }
  const { setting } = await asked(session('3'), { self })
  assert.deepEqual(setting.self, { owner: self.owner, ancestors: [owner] })
  assert.equal((await asked(session('3'), { self: null })).setting.self, null)
  assert.deepEqual([setting.canSoftReboot, setting.selfUid, setting.isLive], [true, 0, true])
})
