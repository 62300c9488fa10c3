import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unitUserOf } from '../../../src/core/systemd/unit-user.ts'

const NAMES = new Map([
  [0, 'root'],
  [33, 'http'],
  [1001, 'mallory'],
])

const UNITS: readonly (readonly [
  what: string,
  User: string,
  NotifyAccess: string,
  main: number | null,
  user: number | null,
])[] = [
  ['is that of passwd', 'http', 'none', 0, 33],
  ['is root where the unit says so', 'root', 'none', 1001, 0],
  ['is a number', '1001', 'none', 0, 1001],
  ['is the main process’s without User=', '', 'none', 33, 33],
  ['is root without User= and without a main process', '', 'none', null, 0],
  ['is root where any process can call itself the main one', '', 'all', 1001, 0],
  ['is the main process’s where passwd does not have it', 'dynamic', 'main', 61184, 61184],
  ['is not known where any process can call itself the main one', 'dynamic', 'all', 1001, null],
  ['is no part of a name', 'http2', 'none', null, null],
  ['is not known where nobody has it', 'dynamic', 'none', null, null],
  ['is no number that is too long', '99999999999', 'none', 5, 5],
]

for (const [what, User, NotifyAccess, main, user] of UNITS)
  test(`the user of a service ${what}: User=${User}`, () =>
    assert.equal(unitUserOf({ User, NotifyAccess }, NAMES, main), user))
