import assert from 'node:assert/strict'
import { test } from 'node:test'
import { afterEffectsOf } from '../../../src/core/report/after-effects.ts'
import type { ServiceStates } from '../../../src/core/report/after-effects.ts'
import type { UnitState } from '../../../src/core/systemd/unit-states.ts'
import { printed } from '../../support/printed.ts'
import type { Plain } from '../../support/printed.ts'

const START = 1_795_437_000
const AT = START + 60

const unit = (name: string, some: Plain<Partial<UnitState>> = {}): UnitState =>
  printed<UnitState>({
    unit: name,
    isFailed: false,
    result: 'success',
    busName: '',
    since: START - 500,
    ...some,
  })

const lost = (name: string, since: number | null = START + 1) =>
  unit(name, { busName: `org.example.${name}`, since })

function said(units: readonly UnitState[], some: Partial<ServiceStates> = {}, isOnlyOfIt = true) {
  const busNames = ['org.freedesktop.DBus', ':1.1']
  const states = { at: AT, units, busNames, isBusSilent: false, ...some }
  return afterEffectsOf(states, START, isOnlyOfIt).map(({ code, unit: name }) => [code, name])
}

test('a unit failed since the transaction began', () => {
  const failed = (name: string, since: number | null) =>
    unit(name, { isFailed: true, result: 'exit-code', since })
  const units = [
    failed('before', START - 1),
    failed('first', START),
    failed('later', AT),
    failed('unknown', null),
    unit('runs'),
  ]
  assert.deepEqual(said(units), [
    ['failed', 'first'],
    ['failed', 'later'],
  ])
  const states = { at: AT, units, busNames: null, isBusSilent: false }
  assert.deepEqual(afterEffectsOf(states, null, false), [])
})

test('a service runs without its name on the bus', () => {
  assert.deepEqual(said([lost('a')]), [['bus-name-lost', 'a']])
  assert.deepEqual(said([lost('a')], { busNames: ['org.example.a'] }), [])
  assert.deepEqual(said([lost('a')], { busNames: null }), [])
  assert.deepEqual(said([lost('a', null)]), [])
  assert.deepEqual(said([unit('none')]), [])
})

test('a service has five seconds to take its name', () => {
  assert.deepEqual(said([lost('a', AT - 4)]), [])
  assert.deepEqual(said([lost('a', AT - 5)]), [['bus-name-lost', 'a']])
})

test('a hook names what lost its name in this transaction: it, or the bus, was started since', () => {
  const old = lost('a', START - 1)
  assert.deepEqual(said([old]), [])
  assert.deepEqual(said([old], {}, false), [['bus-name-lost', 'a']])
  for (const bus of ['dbus.service', 'dbus-broker.service']) {
    assert.deepEqual(said([old, unit(bus, { since: START })]), [['bus-name-lost', 'a']])
    assert.deepEqual(said([old, unit(bus, { since: START - 1 })]), [])
  }
})
