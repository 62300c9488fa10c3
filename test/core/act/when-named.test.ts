import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endsCaller, planOf } from '../../../src/core/act/plan.ts'
import { WHEN_NAMED, withAllCosts } from '../../../src/core/act/when-named.ts'
import type { Case } from '../../../src/core/advice/case.ts'
import { findingOf } from '../../../src/core/report/finding.ts'
import type { Report } from '../../../src/core/report/report.ts'
import { printableText } from '../../../src/core/printable.ts'
import { caseOf } from '../../support/knowledge.ts'
import { reportOf } from '../../support/report.ts'

const SENSITIVE: Case['sensitive'] = {
  units: ['a.service'],
  reason: printableText('its clients lose their work'),
  source: 'a test',
  of: 'system',
  action: 'manual',
}

/** Returns the finding of a unit with all that a restart by name costs. */
function findingFor(some: Partial<Case>) {
  const subject = caseOf('/system.slice/a.service', { sensitive: SENSITIVE, ...some })
  const finding = findingOf(subject, null, new Map(), null)
  const report: Report = { ...reportOf(), findings: [finding] }
  const [whole] = withAllCosts({ report, cases: [subject] })
  assert.ok(whole !== undefined)
  return { finding, whole }
}

const codes = ({ cautions }: { readonly cautions: readonly { readonly code: string }[] }) =>
  cautions.map(({ code }) => code)

test('a restart by name costs what every rule says, and not the first one alone', () => {
  const terminals = [{ name: printableText('pts/3'), user: { uid: 1000, name: null } }]
  const { finding, whole } = findingFor({ terminals, dependents: [] })
  assert.deepEqual(codes(finding), ['sensitive'])
  assert.deepEqual(codes(whole), ['sensitive', 'ends-terminals'])
})

test('the notes on a restart are told, too', () => {
  const dependents = [{ unit: printableText('b.service'), isSafe: true }]
  assert.deepEqual(codes(findingFor({ dependents }).whole), ['sensitive', 'restarts-too'])
})

test('a unit that would not start again is not restarted by name, whatever else it costs', () => {
  const missing = [printableText('/etc/a.conf')]
  const { finding, whole } = findingFor({ missing })
  assert.deepEqual(codes(finding), ['sensitive'])
  assert.deepEqual([whole.rule, codes(whole)], ['cannot-start', ['cannot-start']])
  const wanted = { named: new Set(['a.service']), except: new Set<string>(), isOfUser: false }
  const planned = (one: typeof whole) => planOf({ findings: [one] }, wanted, 0, new Map())
  assert.equal(planned(finding).units.length, 1)
  assert.equal(planned(whole).units.length, 0)
  assert.equal(planned(whole).left[0]?.code, 'impossible')
})

test('what ends the caller is known wherever its rule stands', () => {
  const { finding, whole } = findingFor({})
  assert.equal(endsCaller(whole), false)
  const caution = { code: 'ends-your-connection', blocking: true, detail: null } as const
  assert.equal(endsCaller({ ...finding, cautions: [...whole.cautions, caution] }), true)
})

test('a finding that is safe, or that no restart helps, stays as it is', () => {
  const safe = findingFor({ sensitive: undefined })
  assert.equal(safe.whole, safe.finding)
  const stays = findingFor({ staying: { stay: 'left-over', listens: [], guests: [] } })
  assert.equal(stays.whole, stays.finding)
})

test('each row has a reason', () => {
  for (const [code, { reason }] of Object.entries(WHEN_NAMED)) assert.ok(reason.length > 10, code)
})
