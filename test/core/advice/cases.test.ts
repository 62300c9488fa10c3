import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adviceFor } from '../../../src/core/advice/advice.ts'
import type { Inhabitants } from '../../../src/core/advice/case.ts'
import { casesOf } from '../../../src/core/advice/cases.ts'
import { managerOf, nameOf } from '../../../src/core/advice/groups.ts'
import { sensitiveUnitRule, tablesWith } from '../../../src/core/advice/sensitive-units.ts'
import type { SensitiveUnitRule } from '../../../src/core/advice/sensitive-units.ts'
import { ownerOf } from '../../../src/core/owner/owner.ts'
import { facts, knowledge, SETTING, staleProcess } from '../../support/knowledge.ts'
import { say } from '../../../src/core/printable.ts'

const PATH = '/system.slice/a.service'

/** The case of a service in whose control group somebody lives. */
function caseWith(some: Partial<Inhabitants>, rows: readonly SensitiveUnitRule[] = []) {
  const owner = ownerOf(PATH)
  const process = staleProcess(PATH)
  const inhabitants = new Map([[PATH, { terminals: [], guests: [], processes: 1, ...some }]])
  const around = knowledge({
    facts: new Map([['a.service', facts({})]]),
    tables: tablesWith({ sensitive: rows, lifelines: [] }),
    userNames: new Map([[1000, say`zoe`]]),
    inhabitants,
    setting: { ...SETTING, guests: some.guests ?? [] },
  })
  const [one] = casesOf({ owner, processes: [process] }, around)
  return one ?? assert.fail('there is no case')
}

test('terminals are told with their users, each once, by the name of the terminal', () => {
  const { terminals } = caseWith({
    terminals: [
      { name: say`pts/3`, uid: 1000 },
      { name: say`pts/10`, uid: 1000 },
      { name: say`pts/3`, uid: 1002 },
      { name: say`pts/3`, uid: 1001 },
      { name: say`pts/3`, uid: 1000 },
    ],
  })
  assert.deepEqual(terminals, [
    { name: 'pts/10', user: { uid: 1000, name: 'zoe' } },
    { name: 'pts/3', user: { uid: 1001, name: null } },
    { name: 'pts/3', user: { uid: 1002, name: null } },
    { name: 'pts/3', user: { uid: 1000, name: 'zoe' } },
  ])
})

const GUESTS = [
  { runtime: 'vm', name: say`a` },
  { runtime: 'podman', name: say`b` },
  { runtime: 'docker', name: say`b` },
  { runtime: 'docker', name: say`a` },
] as const

test('guests are told once, containers before virtual machines, whatever the runtime', () => {
  assert.deepEqual(
    caseWith({ guests: GUESTS }).guests.map(({ runtime, name }) => `${runtime} ${name}`),
    ['docker a', 'docker b', 'vm a'],
  )
})

const ROW: SensitiveUnitRule = {
  units: ['a.service'],
  of: 'system',
  action: 'manual',
  reason: say`it runs guests`,
  source: 'a test',
  guests: ['docker', 'podman'],
}

test('the guests that a row names are told once, in the order in which they are known', () => {
  const { cautions } = adviceFor(caseWith({ guests: GUESTS }, [ROW]))
  assert.deepEqual(cautions[0], {
    code: 'sensitive',
    blocking: true,
    detail: { reason: 'it runs guests', guests: [GUESTS[2], GUESTS[3]] },
  })
})

test('a row that asks for nothing does not clear the processes', () => {
  const { guests: _, ...row } = ROW
  const { action, clears } = adviceFor(caseWith({}, [{ ...row, action: 'none' }]))
  assert.deepEqual([action, clears], ['none', false])
})

test('a row about guests allows root no restart of a unit that belongs to a user', () => {
  const path = '/user.slice/user-1000.slice/user@1000.service/app.slice/a.service'
  const owner = ownerOf(path)
  const tables = tablesWith({ sensitive: [{ ...ROW, of: 'user' }], lifelines: [] })
  const [one] = casesOf({ owner, processes: [staleProcess(path)] }, knowledge({ tables }))
  assert.equal(adviceFor(one ?? assert.fail()).action, 'manual')
})

test('what systemd leaves alone lets nobody in any more', () => {
  const path = '/system.slice/sshd.service'
  const known = knowledge({
    facts: new Map([['sshd.service', facts({ KillMode: 'process' })]]),
  })
  const processes = [10, 11].map((pid) => staleProcess(path, { pid }))
  const parts = casesOf({ owner: ownerOf(path), processes }, known)
  assert.deepEqual(
    parts.map(({ lifeline, staying }) => [lifeline?.role, staying?.stay]),
    [
      ['login', undefined],
      [undefined, 'goes-on'],
    ],
  )
})

test('a row names units by globs, and one with a glob that is none names nothing', () => {
  const ruleOf = (glob: string, unit: string) =>
    sensitiveUnitRule({ sensitive: [{ ...ROW, units: [glob] }], lifelines: [] }, unit, 'service')
  assert.equal(ruleOf('a*.service', 'ab.service')?.reason, ROW.reason)
  assert.equal(ruleOf('a*.service', 'b.service'), undefined)
  assert.equal(ruleOf('a[.service', 'a[.service'), undefined)
})

test('a user asks the own manager and that of the system, and root no manager of a user', () => {
  const service = (uid: number) => {
    const path = `/user.slice/user-${uid}.slice/user@${uid}.service/app.slice/a.service`
    return { owner: ownerOf(path) }
  }
  assert.equal(managerOf({ owner: ownerOf('/system.slice/a.service') }, 0), 'system')
  assert.equal(managerOf(service(1000), 1000), 1000)
  assert.equal(managerOf(service(1001), 1000), null)
  for (const uid of [0, 1000]) assert.equal(managerOf(service(uid), 0), null)
})

test('nobody is asked about what a bus started, and no answer counts', () => {
  const path = '/user.slice/user-1000.slice/user@1000.service/app.slice/dbus-:1.2-org.x@0.service'
  const owner = ownerOf(path)
  for (const uid of [0, 1000]) assert.equal(managerOf({ owner }, uid), null)
  const [one] = casesOf({ owner, processes: [staleProcess(path)] }, knowledge({}))
  const own = { ...SETTING, selfUid: 1000 }
  const known = one && { ...one, facts: facts({ ActiveState: 'activating' }), setting: own }
  assert.equal(known && adviceFor(known).action, 'close')
})

/** The verdicts about processes in the group of a bus. Its main process has the id 10. */
function onBus(path: string, comms: readonly string[], main: string | null = '10', selfUid = 0) {
  const owner = ownerOf(path)
  const processes = comms.map((comm, at) => staleProcess(path, { pid: 10 + at, comm }))
  const known = main === null ? null : facts({ MainPID: main })
  const around = knowledge({
    facts: new Map(known && ['dbus.service', '1000/dbus.service'].map((key) => [key, known])),
    setting: { ...SETTING, selfUid },
    tables: tablesWith({ sensitive: [], lifelines: [] }),
  })
  return casesOf({ owner, processes }, around).map((one) => {
    const { action, rule, cautions } = adviceFor(one)
    const codes = cautions.map(({ code, blocking }) => `${code}${blocking ? '' : '?'}`)
    return [nameOf(one), one.processes.map(({ pid }) => pid), action, rule, ...codes]
  })
}

const BUS = '/system.slice/dbus.service'

test('what the bus of the system started in its own group is ended, and the bus is not', () => {
  assert.deepEqual(onBus(BUS, ['dbus-daemon', 'helper', 'other', 'helper']), [
    ['dbus.service', [10], 'soft-reboot', 'sensitive', 'sensitive'],
    ['helper', [11, 13], 'manual', 'started-by-bus', 'started-by-bus'],
    ['other', [12], 'manual', 'started-by-bus', 'started-by-bus'],
  ])
  assert.deepEqual(
    onBus(BUS, ['x', 'helper']).map(([name]) => name),
    ['dbus.service', 'helper'],
  )
})

test('a part of a bus is the bus, and so is everything where the main process is not known', () => {
  const asBus = [['dbus.service', [10, 11], 'soft-reboot', 'sensitive', 'sensitive']]
  assert.deepEqual(onBus(BUS, ['dbus-broker-lau', 'dbus-broker']), asBus)
  for (const main of ['0', '', null]) assert.deepEqual(onBus(BUS, ['x', 'helper'], main), asBus)
})

test('what the bus of a user started is closed, and the bus ends with the login', () => {
  const path = '/user.slice/user-1000.slice/user@1000.service/session.slice/dbus.service'
  assert.deepEqual(onBus(path, ['dbus-daemon', 'gnome-maps'], '10', 1000), [
    ['dbus.service', [10], 'relogin', 'sensitive', 'sensitive'],
    ['gnome-maps', [11], 'close', 'started-by-user-bus', 'started-by-bus?'],
  ])
  // root does not ask which is the main process.
  assert.deepEqual(
    onBus(path, ['dbus-daemon', 'gnome-maps']).map(([name]) => name),
    ['dbus.service'],
  )
})

test('a row of the configuration decides about what a bus started', () => {
  const path = '/user.slice/user-1000.slice/user@1000.service/app.slice/dbus-:1.2-org.x@0.service'
  const row = { ...ROW, units: ['dbus-*-org.x@*.service'], of: 'user', action: 'none' } as const
  const actionWith = (rows: readonly SensitiveUnitRule[]) => {
    const around = knowledge({ tables: tablesWith({ sensitive: rows, lifelines: [] }) })
    const [one] = casesOf({ owner: ownerOf(path), processes: [staleProcess(path)] }, around)
    return one && adviceFor(one).action
  }
  assert.equal(actionWith([]), 'close')
  assert.equal(actionWith([row]), 'none')
})
