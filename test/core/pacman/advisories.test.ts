import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAdvisories } from '../../../src/core/pacman/advisories.ts'
import { findingWithAdvisories, urgencyOf } from '../../../src/core/report/fixed-advisories.ts'
import type { PackageChange } from '../../../src/core/pacman/package-change.ts'
import type { Finding } from '../../../src/core/report/report.ts'
import { printed } from '../../support/printed.ts'
import type { Plain } from '../../support/printed.ts'

const group = (name: string, some: object = {}) => ({
  name,
  packages: ['openssl', 'lib32-openssl'],
  status: 'Fixed',
  severity: 'High',
  type: 'multiple issues',
  affected: '3.5.0-1',
  fixed: '3.5.1-1',
  ticket: null,
  issues: ['CVE-2026-2', 'CVE-2026-1'],
  advisories: ['ASA-202611-1'],
  ...some,
})

const LIST = [
  group('AVG-1'),
  group('AVG-2', { severity: 'Critical', status: 'Testing', fixed: '3.5.2-1' }),
  group('AVG-3', { fixed: '3.5.0-1' }),
  group('AVG-4', { fixed: '3.5.9-1' }),
  group('AVG-5', { packages: ['curl'] }),
  group('AVG-6', { status: 'Not affected' }),
  group('AVG-7', { status: 'Vulnerable', fixed: null }),
]

const CHANGE: Plain<PackageChange> = {
  name: 'openssl',
  from: '3.5.0-1',
  to: '3.5.2-1',
  change: 'upgraded',
  at: '2026-11-23T07:00:00.000Z',
}

function advisoriesOf(change: Plain<PackageChange>, list: unknown) {
  const groups = parseAdvisories(JSON.stringify(list)) ?? []
  const finding = {
    files: [{ package: printed<PackageChange>(change) }],
    ownPackage: null,
  } as unknown as Finding
  const named = findingWithAdvisories(finding, groups)
  const names = named.files[0]?.package?.advisories?.map(({ name }) => name)
  return [names, urgencyOf(named)]
}

test('an upgrade fixed what was open in the old version and is not in the new, the worst first', () => {
  assert.deepEqual(advisoriesOf(CHANGE, LIST), [['AVG-2', 'AVG-1'], 4])
  assert.deepEqual(advisoriesOf({ ...CHANGE, to: '3.5.1-1' }, LIST), [['AVG-1'], 3])
  assert.deepEqual(advisoriesOf({ ...CHANGE, from: '3.5.2-1', to: '3.5.0-1' }, LIST), [[], -1])
  assert.deepEqual(advisoriesOf({ ...CHANGE, name: 'curlew' }, LIST), [[], -1])
  assert.deepEqual(advisoriesOf({ ...CHANGE, to: null, change: 'removed' }, LIST), [undefined, -1])
})

test('what arch-audit prints has fewer members, and is read as well', () => {
  const { affected: _, ticket: __, advisories: ___, ...short } = group('AVG-9')
  assert.deepEqual(advisoriesOf(CHANGE, [short]), [['AVG-9'], 3])
})

test('what has not the form of the tracker is left out, and what is no list is said', () => {
  const wrong = [
    null,
    1,
    'AVG-1',
    {},
    group('AVG-1\u001b[31m'),
    group('AVG-1', { severity: 'worst' }),
    group('AVG-1', { packages: 'openssl' }),
    group('AVG-1', { issues: [1] }),
    group('AVG-1', { fixed: 7 }),
  ]
  assert.deepEqual(parseAdvisories(JSON.stringify(wrong)), [])
  const issues = ['CVE-2026-1', 'CVE\u0007', '<script>']
  assert.deepEqual(parseAdvisories(JSON.stringify([group('AVG-1', { issues })]))?.[0]?.issues, [
    'CVE-2026-1',
  ])
  for (const text of ['', '{', '{}', 'null', '"AVG-1"']) assert.equal(parseAdvisories(text), null)
})
