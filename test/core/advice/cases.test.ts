import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adviceFor } from '../../../src/core/advice/advice.ts'
import type { Inhabitants } from '../../../src/core/advice/case.ts'
import { casesOf } from '../../../src/core/advice/cases.ts'
import { managerOf } from '../../../src/core/advice/groups.ts'
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
  const { action, clears } = adviceFor(caseWith({}, [{ ...ROW, action: 'none' }]))
  assert.deepEqual([action, clears], ['none', false])
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
