import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearestNames } from '../../../src/core/report/nearest.ts'

const UNITS = [
  'cron-daily.service',
  'cronie.service',
  'dbus-broker.service',
  'labexp.service',
  'NetworkManager.service',
  'nginx.service',
  'php-fpm8.3.service',
  'sshd.service',
  'sshd.socket',
  'systemd-resolved.service',
  'x.mount.service',
]

/** What is typed, and the names that may be meant. */
const ROWS: readonly (readonly [text: string, nearest: readonly string[]])[] = [
  ['sshdd', ['sshd']],
  ['sshdd.service', ['sshd.service']],
  ['sshd.sockt', ['sshd.socket']],
  ['cron', ['cronie', 'cron-daily']],
  ['labexq', ['labexp']],
  ['labexq.service', ['labexp.service']],
  ['networkmanager', ['NetworkManager']],
  ['SSHD', ['sshd', 'sshd.socket']],
  ['nginxd', ['nginx']],
  ['ngnix', ['nginx']],
  ['sshd.srvice', ['sshd']],
  ['x.moutn', ['x.mount.service']],
  ['php-fpm8.2', ['php-fpm8.3']],
  ['y.mount.service', ['x.mount.service']],
  ['a.b.service', []],
  ['dbus', ['dbus-broker']],
  ['resolved', ['systemd-resolved']],
  ['httpd', []],
  ['mariadb', []],
  ['c', []],
  ['n', []],
  ['', []],
  ['4', []],
  ['1234', []],
]
for (const [text, nearest] of ROWS)
  test(`near to ${JSON.stringify(text)}`, () => {
    assert.deepEqual(nearestNames(text, UNITS), nearest)
  })

test('a prefix beats distance', () => {
  assert.deepEqual(nearestNames('cron', ['crun', 'cronie', 'chron']), ['cronie', 'crun', 'chron'])
})

test('a package and a unit of one name are one suggestion', () => {
  assert.deepEqual(nearestNames('cupsd', ['cups', 'cups.service']), ['cups'])
})

test('no more are told than were asked for', () => {
  const names = Array.from({ length: 9 }, (_, at) => `web-${at}`)
  assert.deepEqual(nearestNames('web-', names, 2), ['web-0', 'web-1'])
  assert.equal(nearestNames('web-', names).length, 3)
})

test('a long text is compared with nothing that cannot be near', () => {
  assert.deepEqual(nearestNames('a'.repeat(100_000), ['a', 'b'.repeat(255)]), [])
})
