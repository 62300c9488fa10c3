import assert from 'node:assert/strict'
import { test } from 'node:test'
import { userCommandsOf } from '../../../src/core/report/finding.ts'
import { staleProcesses, stepsOf, summaryOf } from '../../../src/core/report/summary.ts'
import type { Finding } from '../../../src/core/report/report.ts'
import { finding } from '../../support/report.ts'
import type { Plain } from '../../support/printed.ts'

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

test('the steps name the reboot that this machine has', () => {
  const findings = [finding({ unit: 'dbus.service', action: 'soft-reboot' })]
  assert.deepEqual(stepsOf(findings, true), [{ action: 'soft-reboot', findings: 1 }])
  assert.deepEqual(stepsOf(findings, false), [{ action: 'reboot', findings: 1 }])
})
