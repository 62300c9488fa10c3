import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adviceFor } from '../../../src/core/advice/advice.ts'
import { groupByOwner } from '../../../src/core/advice/groups.ts'
import { NOTHING_HELD } from '../../../src/core/owner/holding.ts'
import { say } from '../../../src/core/printable.ts'
import type { UnitFacts } from '../../../src/core/systemd/unit-facts.ts'
import { askInside } from '../../../src/scan/inside/ask-inside.ts'
import { facts, knowledge, SETTING, staleProcess } from '../../support/knowledge.ts'
import { never, noted, worldOf } from '../../support/world.ts'

const SYSTEM = '/system.slice'
const USERS = '/user.slice/user-1000.slice/user@1000.service/app.slice'

/** What is asked about the groups of these stale processes, and the answer. */
async function asked(
  paths: readonly string[],
  units: Readonly<Record<string, Partial<UnitFacts>>>,
  { uid = 0, logins = true } = {},
) {
  const groups = groupByOwner(paths.map((path, at) => staleProcess(path, { pid: 10 + at })))
  const context = knowledge({
    facts: new Map(Object.entries(units).map(([unit, some]) => [unit, facts(some)])),
    setting: { ...SETTING, selfUid: uid },
  })
  const { holdings: silent, logind } = worldOf({ processes: {} })
  const held = noted(silent.of)
  const consoleLogins = logins ? async () => [{ terminal: 'tty3', uid: 1000 }] : never
  const world = {
    ...worldOf({ processes: {} }),
    holdings: { of: held.port },
    logind: { ...logind, consoleLogins },
  }
  const answer = await askInside(groups, context, world)
  return { paths: held.asked.map(([path]) => path), answer }
}

test('the units that nothing speaks against restarting are asked about, each once', async () => {
  const { paths, answer } = await asked(
    [`${SYSTEM}/a.service`, `${SYSTEM}/b.service`, `${SYSTEM}/c.service/worker`],
    { 'a.service': {}, 'b.service': { RefuseManualStop: 'yes' }, 'c.service': {} },
    { logins: false },
  )
  assert.deepEqual(paths, [`${SYSTEM}/a.service`, `${SYSTEM}/c.service`])
  assert.deepEqual([...answer.holdings.keys()], paths)
  assert.deepEqual(answer.consoleLogins, [])
})

test('nothing is asked about what is not restarted', async () => {
  const { paths } = await asked(
    [
      '/user.slice/user-1000.slice/session-3.scope',
      '/machine.slice/machine-web.scope',
      `${SYSTEM}/dbus.service`,
      '/init.scope',
    ],
    {},
  )
  assert.deepEqual(paths, [])
})

test('what a restart is passed on to is asked about, where all of it may be restarted', async () => {
  const units = {
    'a.service': { RequiredBy: 'b.service' },
    'b.service': { RequiredBy: 'c.service', ControlGroup: `${SYSTEM}/b.service` },
    'c.service': { ControlGroup: `${SYSTEM}/c.service`, TTYPath: '/dev/tty3', TTYVHangup: 'yes' },
  }
  const { paths, answer } = await asked([`${SYSTEM}/a.service`], units)
  assert.deepEqual(
    paths,
    ['a', 'b', 'c'].map((name) => `${SYSTEM}/${name}.service`),
  )
  assert.deepEqual(answer.consoleLogins, [{ terminal: 'tty3', uid: 1000 }])
  const stopped = { ...units, 'c.service': { ...units['c.service'], RefuseManualStop: 'yes' } }
  assert.deepEqual((await asked([`${SYSTEM}/a.service`], stopped)).paths, [])
})

test('of a unit that keeps its processes, the main process is enough', async () => {
  const kept = { KillMode: 'process', MainPID: '10' }
  const { paths } = await asked([`${SYSTEM}/a.service`, `${SYSTEM}/a.service`], {
    'a.service': kept,
  })
  assert.deepEqual(paths, [`${SYSTEM}/a.service`])
  const other = { KillMode: 'process', MainPID: '99' }
  assert.deepEqual((await asked([`${SYSTEM}/a.service`], { 'a.service': other })).paths, [])
})

test('the services of users are asked about by their own users, and by root', async () => {
  const path = `${USERS}/a.service`
  assert.deepEqual((await asked([path], { '1000/a.service': {} }, { uid: 1000 })).paths, [path])
  assert.deepEqual((await asked([path], {}, { uid: 0 })).paths, [path])
  assert.deepEqual((await asked([`${USERS}/emacs.service`], {}, { uid: 0 })).paths, [])
  assert.deepEqual((await asked([path], { '1000/a.service': {} }, { uid: 1001 })).paths, [])
})

test('logind is asked where a unit hangs a console up', async () => {
  const at3 = { TTYPath: '/dev/tty3', StandardInput: 'tty' }
  const { answer } = await asked([`${SYSTEM}/a.service`], { 'a.service': at3 })
  assert.deepEqual(answer.consoleLogins, [{ terminal: 'tty3', uid: 1000 }])
})

test('logind is asked where a process began a session at a screen', async () => {
  const path = `${SYSTEM}/a.service`
  const holder = { pid: 10, mounts: [], terminals: [], consoles: [say`tty2`], guests: [] }
  const world = {
    ...worldOf({ processes: {}, consoleLogins: [{ terminal: 'tty2', uid: 1000 }] }),
    holdings: { of: () => ({ holders: [holder], unread: [], denied: [] }) },
  }
  const context = knowledge({ facts: new Map([['a.service', facts({})]]) })
  const answer = await askInside(groupByOwner([staleProcess(path)]), context, world)
  assert.deepEqual(answer.consoleLogins, [{ terminal: 'tty2', uid: 1000 }])
})

const HOLDER = { mounts: [], terminals: [], consoles: [], guests: [] }

test('logind is asked once for the locks of all units, where an ended process has one', async () => {
  const lock = { isBlocking: true, who: say`toy`, why: say`work` }
  const locksOf = noted(async () => new Map([[20, [lock]]]))
  const bare = worldOf({ processes: {} })
  const locks: Readonly<Record<string, readonly number[]>> = { a: [1], b: [2], c: [], d: [3] }
  const world = {
    ...bare,
    logind: { ...bare.logind, locksOf: locksOf.port },
    holdings: {
      of(path: string) {
        const name = path.slice(-'x.service'.length, -'.service'.length)
        const pid = 20 + 'abcd'.indexOf(name)
        return { holders: [{ ...HOLDER, pid, locks: locks[name] ?? [] }], unread: [], denied: [] }
      },
    },
  }
  const kept = facts({ KillMode: 'process', MainPID: '10' })
  const known = ['a', 'b', 'c'].map((name) => [`${name}.service`, facts({})] as const)
  const context = knowledge({ facts: new Map([...known, ['d.service', kept]]) })
  const groups = (names: readonly string[]) =>
    groupByOwner(names.map((name) => staleProcess(`${SYSTEM}/${name}.service`)))
  const { cases } = await askInside(groups(['a', 'b', 'c', 'd']), context, world)
  assert.deepEqual(locksOf.asked, [[[20, 21]]])
  assert.deepEqual(
    cases.map((one) => one.locks),
    [[lock], [null], [], []],
  )
  await askInside(groups(['c', 'd']), context, world)
  assert.equal(locksOf.asked.length, 1)
})

test('the cases have what is held, whatever it is', async () => {
  const path = `${SYSTEM}/a.service`
  const holder = { pid: 10, mounts: [null], terminals: [], consoles: [], guests: [] }
  const context = knowledge({ facts: new Map([['a.service', facts({})]]) })
  for (const held of [{ holders: [holder] }, { unread: [10] }, { denied: [10] }, {}]) {
    const holding = { holders: [], unread: [], denied: [], ...held }
    const world = { ...worldOf({ processes: {} }), holdings: { of: () => holding } }
    const { cases } = await askInside(groupByOwner([staleProcess(path)]), context, world)
    assert.deepEqual(
      cases.map((one) => one.holding),
      [holding],
    )
  }
})

test('the unit files of what a restart ends are asked for conditions that do not hold', async () => {
  const unmet = noted(() => [{ path: '/etc/a', isNegated: true }])
  const bare = worldOf({ processes: {} })
  const world = { ...bare, running: { ...bare.running, unmet: unmet.port } }
  const files = { FragmentPath: '/etc/a.service', DropInPaths: '/etc/a.conf' }
  const context = knowledge({
    facts: new Map([
      ['a.service', facts(files)],
      ['b.service', facts({ ...files, RefuseManualStop: 'yes' })],
    ]),
  })
  const stale = ['a', 'b'].map((name) => staleProcess(`${SYSTEM}/${name}.service`))
  const { cases } = await askInside(groupByOwner(stale), context, world)
  assert.deepEqual(unmet.asked, [[['/etc/a.service', '/etc/a.conf']]])
  assert.deepEqual(cases[0]?.unmet, [{ path: '/etc/a', isNegated: true }])
})

test('clients are told with the cases that were made before, and change no verdict', async () => {
  const served = [{ pid: 10, overNetwork: [1], local: [], ends: [] }]
  const groups = groupByOwner(
    ['a', 'b'].map((name, at) => staleProcess(`${SYSTEM}/${name}.service`, { pid: 10 + at })),
  )
  const known = facts({ FileDescriptorStoreMax: '0' })
  const context = knowledge({
    facts: new Map(['a.service', 'b.service'].map((unit) => [unit, known])),
  })
  const of = (path: string) => ({ ...NOTHING_HELD, ...(path.endsWith('/a.service') && { served }) })
  const world = { ...worldOf({ processes: {} }), holdings: { of } }
  const { cases } = await askInside(groups, context, world)
  assert.deepEqual(
    cases.map((one) => [one.owner.unit, adviceFor(one).cautions.map(({ code }) => code)]),
    [
      ['a.service', ['cuts-clients']],
      ['b.service', []],
    ],
  )
})
