import assert from 'node:assert/strict'
import { test } from 'node:test'
import { userCommandsOf } from '../../../src/core/report/finding.ts'
import { freshPartOf, staleProcesses, summaryOf } from '../../../src/core/report/summary.ts'
import type { Finding } from '../../../src/core/report/report.ts'
import { file, finding, reportOf } from '../../support/report.ts'
import type { Plain } from '../../support/printed.ts'

function aged(
  unit: string,
  isNew: readonly (boolean | null)[],
  some: Plain<Partial<Finding>> = {},
) {
  const files = isNew.map((one, at) => ({ ...file(`lib${at}.so`), isNew: one }))
  return finding({ unit, command: ['systemctl', 'restart', '--', unit], files, ...some })
}

const CHANGE = { name: 'a', from: '1-1', to: '2-1', change: 'upgraded', at: '' } as const

test('freshPartOf() keeps what any file, or the own package, says is not older', () => {
  const findings = [
    aged('old.service', [false, false]),
    aged('new.service', [true]),
    aged('mixed.service', [false, true]),
    aged('unknown.service', [null]),
    aged('cut.service', [false], { isPartial: true }),
    aged('own.service', [], { ownPackage: { change: CHANGE, isNew: true } }),
    aged('own-old.service', [false], { ownPackage: { change: CHANGE, isNew: false } }),
  ]
  const { fresh, older } = freshPartOf(reportOf({ findings }))
  const units = ['new.service', 'mixed.service', 'unknown.service', 'cut.service', 'own.service']
  assert.equal(older, 2)
  assert.deepEqual(
    fresh.findings.map(({ unit }) => unit),
    units,
  )
  assert.deepEqual(fresh.commands, [['systemctl', 'restart', '--', ...units]])
  assert.deepEqual(fresh.summary.steps, [{ action: 'restart', findings: 5 }])
})

test('the steps of the fresh part name the reboot that this machine has', () => {
  const findings = [aged('dbus.service', [true], { action: 'soft-reboot' })]
  const steps = (canSoftReboot: boolean) =>
    freshPartOf(reportOf({ findings, canSoftReboot })).fresh.summary.steps
  assert.deepEqual(steps(true), [{ action: 'soft-reboot', findings: 1 }])
  assert.deepEqual(steps(false), [{ action: 'reboot', findings: 1 }])
})

test('what is simpler stays what the whole report says', () => {
  const summary = { ...summaryOf([], 1, true), simpler: 'reboot' } as const
  assert.equal(freshPartOf(reportOf({ summary })).fresh.summary.simpler, 'reboot')
})

test('staleProcesses() counts a process of two findings once', () => {
  const [process] = finding().processes
  assert.ok(process !== undefined)
  const other = finding({ processes: [process, { ...process, pid: 11 }] })
  assert.equal(staleProcesses([finding(), other]), 2)
})

test('userCommandsOf() puts the restarts of one user in one call, and leaves out what is blocked', () => {
  const restart = (unit: string, some: Plain<Partial<Finding>> = {}) =>
    finding({
      unit,
      action: 'user-restart',
      command: ['systemctl', '--user', 'restart', '--', unit],
      ...some,
    })
  const reexec = (uid: number) =>
    finding({
      action: 'user-reexec',
      command: ['systemctl', 'reload', '--', `user@${uid}.service`],
    })
  assert.deepEqual(
    userCommandsOf([
      restart('a.service'),
      reexec(1000),
      restart('b.service'),
      reexec(1001),
      reexec(1000),
      restart('c.service', { command: null }),
      restart('d.service', { cautions: [{ code: 'frozen', blocking: true, detail: null }] }),
      finding({ command: ['systemctl', 'restart', '--', 'e.service'] }),
    ]),
    [
      ['systemctl', '--user', 'restart', '--', 'a.service', 'b.service'],
      ['systemctl', 'reload', '--', 'user@1000.service'],
      ['systemctl', 'reload', '--', 'user@1001.service'],
    ],
  )
})

const processOf = (pid: number) => finding().processes.map((process) => ({ ...process, pid }))
const services = (count: number) =>
  Array.from({ length: count }, (_, pid) =>
    finding({ unit: `u${pid}.service`, processes: processOf(pid) }),
  )
const MANY: readonly (readonly [count: number, processes: number, isSimpler: boolean])[] = [
  [30, 30, true],
  [29, 29, false],
  [30, 50, true],
  [30, 51, false],
]
for (const [count, processes, isSimpler] of MANY)
  test(`${count} stale services of ${processes} processes make a reboot ${isSimpler ? '' : 'no '}simpler`, () => {
    const simpler = (canSoftReboot: boolean) =>
      summaryOf(services(count), processes, canSoftReboot).simpler
    assert.deepEqual(
      [simpler(true), simpler(false)],
      isSimpler ? ['soft-reboot', 'reboot'] : [null, null],
    )
  })
