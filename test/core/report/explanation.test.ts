import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Case } from '../../../src/core/advice/case.ts'
import { casesOf } from '../../../src/core/advice/cases.ts'
import { groupByOwner } from '../../../src/core/advice/groups.ts'
import { ownerOf } from '../../../src/core/owner/owner.ts'
import { explanationsOf } from '../../../src/core/report/explanation.ts'
import { findingOf } from '../../../src/core/report/finding.ts'
import type { UnitFacts } from '../../../src/core/systemd/unit-facts.ts'
import { facts, knowledge, staleProcess } from '../../support/knowledge.ts'
import { reportOf } from '../../support/report.ts'

const USER = '/user.slice/user-1000.slice/user@1000.service'

/** A scan that found one stale process, PID 10, beside a clean one, PID 11. */
function scanOf(path: string, some: Partial<UnitFacts> | null = {}) {
  const owner = ownerOf(path)
  const process = staleProcess(path)
  const known = new Map(some === null ? [] : [[owner.unit ?? '', facts(some)] as const])
  const around = knowledge({ facts: known })
  const cases: readonly Case[] = groupByOwner([process]).flatMap((group) => casesOf(group, around))
  const findings = cases.map((one) => findingOf(one, null, new Map(), null))
  const temporaryCode = [11, 12].map((pid) => ({
    pid,
    comm: 'java',
    unit: null,
    path: '/memfd:jit',
  }))
  return { report: reportOf({ findings, temporaryCode }), cases }
}

const OWNERS = new Map([
  [10, ownerOf('/system.slice/a.service')],
  [11, ownerOf('/system.slice/b.service')],
])

function whyOf(...given: Parameters<typeof scanOf>) {
  const explained = explanationsOf(['10'], scanOf(...given), OWNERS)
  assert.ok(!('nearest' in explained))
  return explained[0]?.found[0]?.why ?? assert.fail('nothing was found')
}

function answersOf(...given: Parameters<typeof scanOf>): readonly string[] {
  const why = whyOf(...given)
  assert.ok(typeof why !== 'string')
  return why.filter(({ answer }) => answer !== 'no').map(({ code, answer }) => `${code} ${answer}`)
}

test('an owner that has one step is explained by its rule', () => {
  assert.equal(whyOf('/'), 'no-unit')
  assert.equal(whyOf(`${USER}/app.slice/app-firefox-7.scope`), 'app')
  assert.equal(whyOf(`${USER}/app.slice/a.service`), 'of-a-user')
})

test('a service is explained by the answers of the rules, up to the first that decides', () => {
  assert.deepEqual(answersOf('/system.slice/a.service'), [])
  assert.deepEqual(
    answersOf('/system.slice/a.service', {
      FreezerState: 'frozen',
      RefuseManualStop: 'yes',
    }),
    ['frozen decides'],
  )
  const why = whyOf('/system.slice/a.service', { FreezerState: 'frozen' })
  assert.ok(typeof why !== 'string')
  assert.deepEqual(why.at(-1)?.code, 'frozen')
  assert.match(why.at(-1)?.source ?? '', /^systemctl\(1\)/)
})

test('a service of another user is explained by the rules that it was asked, and by no other', () => {
  const why = whyOf(`${USER}/app.slice/dbus-broker.service`, { FreezerState: 'frozen' })
  assert.ok(typeof why !== 'string')
  assert.deepEqual(
    why.map(({ code, answer }) => [code, answer]),
    [['sensitive', 'decides']],
  )
})

test('a rule that allows a restart leaves the others their answers', () => {
  const scanned = scanOf('/system.slice/sddm.service', { Transient: 'yes', Refs: ':1.7' })
  const cases = scanned.cases.map((one) => ({
    ...one,
    setting: { ...one.setting, graphicalSessions: 0 },
  }))
  const explained = explanationsOf(['10'], { ...scanned, cases }, OWNERS)
  assert.ok(!('nearest' in explained))
  const why = explained[0]?.found[0]?.why ?? []
  assert.ok(typeof why !== 'string')
  assert.deepEqual(
    why.filter(({ answer }) => answer !== 'no').map(({ code, answer }) => [code, answer]),
    [
      ['display-manager', 'allows'],
      ['somebodys-command', 'decides'],
    ],
  )
})

test('temporary code of the subject is explained by the reason of its rule', () => {
  const explained = explanationsOf(['b'], scanOf('/system.slice/a.service'), OWNERS)
  assert.ok(!('nearest' in explained))
  const [{ found, members, temporary } = assert.fail()] = explained
  assert.deepEqual([found, members], [[], [11]])
  assert.deepEqual(
    temporary.map(({ pid }) => pid),
    [11],
  )
  assert.match(temporary[0]?.reason ?? '', /memfd_create/)
})

test('the first subject that there is not is told, with the nearest names', () => {
  const scanned = scanOf('/system.slice/a.service')
  assert.deepEqual(explanationsOf(['a.service', 'c.service', '99'], scanned, OWNERS), {
    subject: 'c.service',
    isPid: false,
    nearest: ['a.service', 'b.service'],
  })
  assert.deepEqual(explanationsOf(['99'], scanned, OWNERS), {
    subject: '99',
    isPid: true,
    nearest: ['10', '11'],
  })
})
