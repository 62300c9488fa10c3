import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'node:test'
import { SHIPPED_TABLES } from '../../src/core/advice/sensitive-units.ts'
import { ACTIONS } from '../../src/core/advice/action.ts'
import { KINDS } from '../../src/core/owner/kinds.ts'
import type { Kind } from '../../src/core/owner/kinds.ts'
import type { Finding } from '../../src/core/report/report.ts'
import {
  EXPECTED_STEPS,
  MOST_OF_USERS,
  renderPrometheus as linesFor,
} from '../../src/render/prometheus.ts'
import type { Report } from '../../src/core/report/report.ts'
import { shown } from '../support/door.ts'
import { parseExposition } from '../support/exposition.ts'
import { file, finding, reportOf } from '../support/report.ts'

const renderPrometheus = (report: Report) => shown(linesFor(report))
const seriesOf = (text: string, name: string) =>
  Object.fromEntries(parseExposition(text).get(`stale_libs_${name}`)?.series ?? [])
const unitsOf = (findings: readonly Finding[]) =>
  seriesOf(renderPrometheus(reportOf({ findings })), 'unit_stale')

test('a machine with nothing stale has all metrics, with zeros', () => {
  const metrics = parseExposition(renderPrometheus(reportOf()))
  const values = [...metrics].map(([name, { type, series }]) => {
    assert.equal(type, 'gauge')
    const lines = [...series].map(([labels, value]) => `${labels} ${value}`)
    return [name.replace('stale_libs_', ''), lines.toSorted()] as const
  })
  const steps = Object.entries(EXPECTED_STEPS).flatMap(([kind, actions]) =>
    actions.map((action) => `{kind="${kind}",action="${action}"} 0`),
  )
  assert.deepEqual(Object.fromEntries(values), {
    findings: steps.toSorted(),
    unit_stale: [],
    unit_stale_since_timestamp_seconds: [],
    lifelines_stale: [' 0'],
    package_findings: [],
    findings_ignored: [' 0'],
    processes: [' 212'],
    processes_stale: [' 0'],
    processes_unreadable: [' 0'],
    reboot_needed: ['{level="full"} 0', '{level="soft"} 0'],
    after_effects: ['{code="bus-name-lost"} 0', '{code="failed"} 0'],
    scan_complete: [' 1'],
    scan_may_have_missed: [' 0'],
    scan_timestamp_seconds: [' 1795418323.12'],
    scan_duration_seconds: [' 0.014'],
    build_info: ['{version="0.1.0"} 1'],
  })
})

test('every metric says what it is', () => {
  for (const [name, { help }] of parseExposition(renderPrometheus(reportOf())))
    assert.match(help, /^[A-Z].{20,}\.$/, name)
})

test('findings are counted by kind and step, units and packages are named', () => {
  const findings = [
    finding({
      unit: 'sshd.service',
      files: [
        file('libcrypto.so.3', 'openssl 3.5.0-1 3.5.1-1'),
        file('libssl.so.3', 'openssl 3.5.0-1 3.5.1-1'),
      ],
    }),
    finding({
      files: [
        file('libc.so.6', 'glibc 2.42-1 2.42-2'),
        file('libcrypto.so.3', 'openssl 3.5.0-1 3.5.1-1'),
      ],
    }),
    finding({ kind: 'session', name: 'session 3', unit: 'session-3.scope', action: 'relogin' }),
  ]
  const text = renderPrometheus(reportOf({ findings }))
  const counted = seriesOf(text, 'findings')
  assert.equal(counted['{kind="service",action="restart"}'], 2)
  assert.equal(counted['{kind="session",action="relogin"}'], 1)
  assert.equal(
    Object.values(counted).reduce((sum, n) => sum + n),
    3,
  )
  assert.deepEqual(seriesOf(text, 'unit_stale'), {
    '{unit="sshd.service",kind="service",action="restart"}': 1,
    '{unit="a.service",kind="service",action="restart"}': 1,
  })
  assert.deepEqual(seriesOf(text, 'package_findings'), {
    '{package="openssl"}': 2,
    '{package="glibc"}': 1,
  })
  assert.deepEqual(seriesOf(text, 'processes_stale'), { '': 1 })
  assert.doesNotMatch(text, /3\.5\.[01]|2\.42/)
})

test('what is not 0 elsewhere is not 0 here', () => {
  const text = renderPrometheus(
    reportOf({
      reboot: { needed: 'full', reasons: [] },
      afterEffects: [{ code: 'failed', unit: 'a.service', result: '' }],
      ignored: [{ rule: 'unit:b*', reason: null, findings: 2, names: ['b', 'bb'] }],
      limits: [{ code: 'maps-denied', count: 3 }],
      read: 209,
      unreadable: 3,
    }),
  )
  assert.deepEqual(seriesOf(text, 'reboot_needed'), { '{level="soft"}': 0, '{level="full"}': 1 })
  assert.equal(seriesOf(text, 'after_effects')['{code="failed"}'], 1)
  assert.deepEqual(seriesOf(text, 'findings_ignored'), { '': 2 })
  assert.deepEqual(seriesOf(text, 'scan_complete'), { '': 0 })
  assert.deepEqual(seriesOf(text, 'processes_unreadable'), { '': 3 })
  assert.match(text, /^# Note: 3 processes could not be read/)
})

test('a unit has one series, however many findings or users it has', () => {
  const leftOver = finding({ unit: 'sshd.service', action: 'wait' })
  const restart = finding({ unit: 'sshd.service' })
  const once = { '{unit="sshd.service",kind="service",action="restart"}': 1 }
  assert.deepEqual(unitsOf([restart, leftOver]), once)
  assert.deepEqual(unitsOf([leftOver, restart]), once)
  const pipewire = {
    kind: 'user-service',
    unit: 'pipewire.service',
    action: 'user-restart',
  } as const
  const ofUsers = [1000, 1001].map((uid) => finding({ ...pipewire, user: { uid, name: null } }))
  assert.equal(Object.keys(unitsOf(ofUsers)).length, 1)
})

test('units of users have series up to a bound, take no place of the system, and are counted', () => {
  const user = { uid: 1000, name: 'zoe' }
  const mine = Array.from({ length: MOST_OF_USERS + 5 }, (_, at) =>
    finding({ kind: 'user-service', unit: `u${at}.service`, user, action: 'user-restart' }),
  )
  const text = renderPrometheus(reportOf({ findings: [...mine, finding({ unit: 'a.service' })] }))
  const units = Object.keys(seriesOf(text, 'unit_stale'))
  assert.equal(units.length, MOST_OF_USERS + 1)
  assert.equal(units.filter((labels) => labels.includes('kind="service"')).length, 1)
  const counted = seriesOf(text, 'findings')['{kind="user-service",action="user-restart"}']
  assert.equal(counted, mine.length)
})

test('a unit has the time of the first file that was replaced, where that is known', () => {
  const known = 'openssl 3.5.0-1 3.5.1-1'
  const [libc] = [file('libc.so.6')]
  const gone = (at: string) => ({ ...libc, goneAt: new Date(at) })
  const findings = [
    finding({ unit: 'a.service', files: [gone('2026-11-20T00:00:10Z')] }),
    finding({ unit: 'a.service', files: [gone('2026-11-20T00:00:05Z')], action: 'wait' }),
    finding({ unit: 'a.service', files: [file('libc.so.6')] }),
    finding({ unit: 'b.service', files: [file('libssl.so.3', known)] }),
    finding({ unit: 'c.service', files: [file('libc.so.6')] }),
    finding({ kind: 'session', unit: 'session-3.scope', files: [gone('2026-11-20T00:00:05Z')] }),
  ]
  const text = renderPrometheus(reportOf({ findings }))
  assert.deepEqual(seriesOf(text, 'unit_stale_since_timestamp_seconds'), {
    '{unit="a.service",kind="service",action="restart"}': 1795132805,
    '{unit="b.service",kind="service",action="restart"}': 1795418320,
  })
})

test('an important service counts while somebody has to restart it', () => {
  const lifeline = 'lets people in'
  const findings = [
    finding({ unit: 'sshd.service', lifeline }),
    finding({ unit: 'cronie.service', lifeline, action: 'wait' }),
    finding({ unit: 'a.service' }),
  ]
  const text = renderPrometheus(reportOf({ findings }))
  assert.deepEqual(seriesOf(text, 'lifelines_stale'), { '': 1 })
})

test('a kernel of no package leaves a look incomplete, and hides nothing', () => {
  const limited = (limits: Report['limits']) => {
    const text = renderPrometheus(reportOf({ limits }))
    return [seriesOf(text, 'scan_complete')[''], seriesOf(text, 'scan_may_have_missed')['']]
  }
  const kernel = { code: 'kernel-unknown', count: 1 } as const
  assert.deepEqual(limited([kernel]), [0, 0])
  assert.deepEqual(limited([kernel, { code: 'maps-denied', count: 3 }]), [0, 1])
})

test('no label holds what is new each time: process ids, connections, logins', () => {
  const passing = [
    finding({ unit: 'sshd@3-10.0.0.1:22-10.0.0.2:51234.service', action: 'wait' }),
    finding({ unit: 'sshd@4-10.0.0.1:22-10.0.0.2:51235.service', action: 'wait' }),
    finding({ unit: 'run-p4242-i4243.service', action: 'manual' }),
    finding({ kind: 'session', unit: 'session-3.scope', action: 'relogin' }),
    finding({ kind: 'app', unit: 'app-gnome-firefox-4242.scope', action: 'close' }),
    finding({ kind: 'container', unit: `docker-${'ab12'.repeat(16)}.scope`, action: 'container' }),
    finding({ kind: 'process', unit: null, action: 'manual' }),
  ]
  assert.deepEqual(Object.keys(unitsOf(passing)), [
    '{unit="sshd@*.service",kind="service",action="wait"}',
    '{unit="run-*.service",kind="service",action="manual"}',
  ])
})

test('what the shipped table says of a service has a series before it happens', () => {
  for (const { of, action, units } of SHIPPED_TABLES.sensitive) {
    const kinds: readonly Kind[] =
      of === 'both' ? ['service', 'user-service'] : [of === 'user' ? 'user-service' : 'service']
    for (const kind of kinds) {
      const usersStep = action.endsWith('reboot') ? 'relogin' : action
      const step = kind === 'user-service' ? usersStep : action
      assert.ok(EXPECTED_STEPS[kind].includes(step), `${kind} ${step}: ${units.join()}`)
    }
  }
})

test('no name makes the text unreadable, and none is lost', () => {
  const name = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^[\\"\n{}=, #a]{0,8}$/),
    fc.constantFrom('a"b', 'a\\', '\\"', 'a\nb', '# HELP x y\n', 'a\u202eb', '\ud800', ''),
  )
  const findings = fc.array(
    fc
      .tuple(fc.constantFrom(...KINDS), fc.constantFrom(...ACTIONS), name, name)
      .map(([kind, action, unit, packageName]) => {
        const [plain] = [file('a.so', 'p 1 2')]
        const change = {
          name: packageName,
          from: '1',
          to: '2',
          change: 'upgraded',
          at: '',
        } as const
        return finding({ kind, action, unit, files: [{ ...plain, package: change }] })
      }),
  )
  fc.assert(
    fc.property(findings, (some) => {
      const text = renderPrometheus(reportOf({ findings: some }))
      assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
      const counted = Object.values(seriesOf(text, 'findings')).reduce((sum, n) => sum + n)
      assert.equal(counted, some.length)
      const packages = Object.values(seriesOf(text, 'package_findings'))
      assert.equal(
        packages.reduce((sum, n) => sum + n, 0),
        some.length,
      )
    }),
  )
})
