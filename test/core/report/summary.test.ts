import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownFigures, staleProcesses, stepsOf, summaryOf } from '../../../src/core/report/summary.ts'
import type { Finding } from '../../../src/core/report/report.ts'
import { finding } from '../../support/report.ts'
import type { Plain } from '../../support/printed.ts'

test('staleProcesses() counts a process of two findings once', () => {
  const [process] = finding().processes
  assert.ok(process !== undefined)
  const other = finding({ processes: [process, { ...process, pid: 11 }] })
  assert.equal(staleProcesses([finding(), other]), 2)
})

let lastPid = 100
/** A finding with so many processes of its own. */
function stale(count: number, some: Plain<Partial<Finding>>): Finding {
  const [process] = finding().processes
  const processes = Array.from({ length: count }, () => ({ ...process, pid: (lastPid += 1) }))
  return finding({ ...some, processes: processes as Finding['processes'] })
}
const INIT = stale(1, { kind: 'manager', unit: 'init.scope', action: 'reexec' })
const BUS = stale(1, { unit: 'dbus-broker.service', action: 'soft-reboot' })
const OLD_BUS = { ...BUS, action: 'reboot' } as const
const LOGIND = stale(1, { unit: 'systemd-logind.service', action: 'manual' })
const REFUSING = stale(1, { unit: 'auditd.service', action: 'soft-reboot' })
const SESSION = stale(40, { kind: 'session', unit: 'session-2.scope', action: 'relogin' })
const USERS_BUS = stale(1, { kind: 'user-service', unit: 'dbus-broker.service', action: 'relogin' })
const BOXES = stale(200, { kind: 'container', unit: 'docker-c.scope', action: 'container' })
const WORKERS = stale(40, { unit: 'web.service' })
const CROWD = stale(400, {
  kind: 'session',
  unit: 'session-7.scope',
  action: 'relogin',
  user: { uid: 1001, name: 'mallory' },
})
const services = (count: number) =>
  Array.from({ length: count }, (_, at) => stale(1, { unit: `u${at}.service` }))
const BASE = [INIT, BUS, LOGIND]

const MACHINES: Readonly<
  Record<string, readonly [findings: readonly Finding[], processes: number, isSimpler: boolean]>
> = {
  'all of 25 services, and what the machine stands on': [[...BASE, ...services(22)], 25, true],
  'all of five processes': [[...BASE, ...services(2)], 5, true],
  'all but one of 151 processes, most in a session': [
    [...BASE, SESSION, ...services(107)],
    151,
    true,
  ],
  'three quarters of a machine': [[...BASE, ...services(27)], 40, true],
  'less than three quarters of a machine': [[...BASE, ...services(27)], 41, false],
  'all but PID 1, which was re-executed': [[BUS, LOGIND, ...services(30)], 33, true],
  'all of a machine without logind': [[INIT, BUS, ...services(30)], 32, true],
  'all of a machine before systemd 254': [[INIT, OLD_BUS, LOGIND, ...services(30)], 33, true],
  'all, with something else that refuses a restart': [[INIT, REFUSING, ...services(9)], 11, true],
  'all but the bus, which nothing but a reboot renews': [
    [INIT, LOGIND, ...services(80)],
    82,
    false,
  ],
  'all services, and nothing that the machine stands on': [services(80), 80, false],
  'the bus alone': [[BUS, ...services(30)], 31, false],
  'forty workers of one service': [[WORKERS], 45, false],
  'forty workers of one service, and what the machine stands on': [[...BASE, WORKERS], 50, false],
  'all, forty workers of one service among them': [[...BASE, WORKERS, ...services(9)], 52, true],
  'a crowd of one user, and little of the machine': [[...BASE, CROWD, ...services(1)], 500, false],
  'all, a crowd of one user among it': [[...BASE, CROWD, ...services(30)], 434, true],
  'programs of users': [[SESSION, USERS_BUS, ...services(2)], 45, false],
  'containers, and little of the machine': [[...BASE, BOXES], 60, false],
  'a machine, and no container': [[...BASE, ...services(30)], 34, true],
}
for (const [name, [findings, processes, isSimpler]] of Object.entries(MACHINES))
  test(`a reboot is ${isSimpler ? '' : 'not '}simpler where so much is stale: ${name}`, () => {
    const simpler = (canSoftReboot: boolean) =>
      summaryOf(findings, processes, canSoftReboot).simpler
    assert.deepEqual(
      [simpler(true), simpler(false)],
      isSimpler ? ['soft-reboot', 'reboot'] : [null, null],
    )
  })

test('ownFigures() counts no process of a container, stale or not', () => {
  const report = { findings: [...BASE, BOXES], processes: 260, inContainers: 210 }
  assert.deepEqual(ownFigures(report), { stale: 3, processes: 50 })
  assert.equal(ownFigures({ ...report, inContainers: 300 }).processes, 0)
})

test('the steps name the reboot that this machine has', () => {
  const findings = [finding({ unit: 'dbus.service', action: 'soft-reboot' })]
  assert.deepEqual(stepsOf(findings, true), [{ action: 'soft-reboot', findings: 1 }])
  assert.deepEqual(stepsOf(findings, false), [{ action: 'reboot', findings: 1 }])
})

test('what a re-execution of a user manager leaves is a step of its own', () => {
  const manager = (detail: string | null) =>
    finding({
      action: 'user-reexec',
      cautions: [{ code: 'holder-stays', blocking: false, detail }],
    })
  assert.deepEqual(stepsOf([manager(null), manager('user@7.service')], true), [
    { action: 'user-reexec', findings: 2 },
    { action: 'relogin', findings: 1 },
    { action: 'manual', findings: 1 },
  ])
})
