import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseBusNames } from '../../../src/core/systemd/bus-names.ts'

test('the answer of busctl', () => {
  const names = ['org.freedesktop.DBus', ':1.4']
  assert.deepEqual(parseBusNames(JSON.stringify({ type: 'as', data: [names] })), names)
  assert.deepEqual(parseBusNames(JSON.stringify({ data: [[1, 'a', null]] })), ['a'])
  for (const other of ['', '{}', 'null', '[]', '{"data":"x"}', '{"data":[1]}'])
    assert.equal(parseBusNames(other), null, other)
})
