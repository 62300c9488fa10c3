import assert from 'node:assert/strict'
import { test } from 'node:test'
import { busNames, hasBus, inhibitorLocks } from '../../../src/io/systemd/bus.ts'
import { askingOf } from '../../support/ask.ts'
import { makeTree } from '../../support/tree.ts'

test('the bus is asked once for all names, and does not keep us waiting', async () => {
  const { ask, asked } = askingOf(() => '{"type":"as","data":[["org.a.B",":1.1"]]}\n')
  assert.deepEqual(await busNames(ask), ['org.a.B', ':1.1'])
  const daemon = ['org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus']
  assert.deepEqual(
    asked.map(({ path, argv }) => [path, ...argv]),
    [
      [
        '/usr/bin/busctl',
        '--system',
        '--json=short',
        '--timeout=1',
        'call',
        ...daemon,
        'ListNames',
      ],
    ],
  )
})

test('a bus that gives no answer, or another one, has no names that are known', async () => {
  assert.equal(await busNames(askingOf(() => ({ error: 'ETIMEDOUT' })).ask), null)
  assert.equal(await busNames(askingOf(() => 'Failed\n').ask), null)
})

test('logind is asked once for all locks, in the encoding of the bus', async () => {
  const row = ['shutdown', 'zoë', 'work', 'block', 0, 7]
  const answer = JSON.stringify({ type: 'a(ssssuu)', data: [[row]] })
  const { ask, asked } = askingOf(() => answer)
  const lock = { isBlocking: true, who: 'zoë', why: 'work' }
  assert.deepEqual(await inhibitorLocks(ask), new Map([[7, [lock]]]))
  const logind = 'org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager'
  assert.deepEqual(
    asked.map(({ path, argv, question }) => [path, ...argv, question.encoding].join(' ')),
    [`/usr/bin/busctl --system --json=short --timeout=1 call ${logind} ListInhibitors utf8`],
  )
  assert.equal(await inhibitorLocks(askingOf(() => ({ error: 'ETIMEDOUT' })).ask), null)
  assert.equal(await inhibitorLocks(askingOf(() => 'Failed\n').ask), null)
})

test('a machine has a bus where its socket is', () => {
  assert.equal(hasBus(makeTree({ 'run/dbus/system_bus_socket': '' })), true)
  assert.equal(hasBus(makeTree({ 'run/dbus': {} })), false)
})
