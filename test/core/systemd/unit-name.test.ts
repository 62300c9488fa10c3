import assert from 'node:assert/strict'
import { test } from 'node:test'
import { completedUnit, lastingName } from '../../../src/core/systemd/unit-name.ts'

const NAMES: readonly (readonly [unit: string, lasting: string])[] = [
  ['sshd.service', 'sshd.service'],
  ['getty@tty1.service', 'getty@tty1.service'],
  ['user@1000.service', 'user@1000.service'],
  ['openvpn-client@home-2.service', 'openvpn-client@home-2.service'],
  ['wg-quick@10-office.service', 'wg-quick@10-office.service'],
  ['x\\x2dy.service', 'x\\x2dy.service'],
  ['runner.service', 'runner.service'],
  ['run-media.service', 'run-media.service'],
  ['run-u123.service', 'run-*.service'],
  ['run-r0123456789abcdef0123456789abcdef.service', 'run-*.service'],
  ['run-p4242-i4243.service', 'run-*.service'],
  ['sshd@3-10.0.0.1:22-10.0.0.2:51234.service', 'sshd@*.service'],
  ['sshd@3-2001:db8::1:22-2001:db8::2:51234.service', 'sshd@*.service'],
  ['systemd-coredump@12-4242-0.service', 'systemd-coredump@*.service'],
  ['foo@12-4242_99-1000.service', 'foo@*.service'],
  ['foo@bar@12-4242-1000.service', 'foo@*.service'],
  ['dbus-:1.23-org.gnome.Foo@4.service', 'dbus-*-org.gnome.Foo@*.service'],
  ['app-firefox-4242.scope', 'app-firefox-*.scope'],
  ['init.scope', 'init.scope'],
]
for (const [unit, lasting] of NAMES)
  test(`the lasting name of ${unit} is ${lasting}`, () => assert.equal(lastingName(unit), lasting))

const COMPLETED: readonly (readonly [name: string, unit: string])[] = [
  ['sshd', 'sshd.service'],
  ['sshd.service', 'sshd.service'],
  ['sshd.socket', 'sshd.socket'],
  ['php-fpm8.3', 'php-fpm8.3.service'],
  ['service', 'service.service'],
  ['getty@tty1', 'getty@tty1.service'],
  ['sshd*', 'sshd*'],
  ['sshd.*', 'sshd.*'],
  ['a?', 'a?'],
  ['a[bc]', 'a[bc]'],
  ['*', '*'],
]
for (const [name, unit] of COMPLETED)
  test(`systemctl completes ${name} to ${unit}`, () => assert.equal(completedUnit(name), unit))
