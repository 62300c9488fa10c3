import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRegisteredMachine } from '../../../src/core/machine/registered.ts'

const OF_252 = [
  '# This is private data. Do not parse.',
  'NAME=web',
  'SCOPE=machine-web.scope',
  'SERVICE=systemd-nspawn',
  'ROOT=/srv/web',
  'LEADER=127',
  'CLASS=container',
  '',
].join('\n')
const OF_262 = OF_252.replace('LEADER=127', 'UID=0\nLEADER=133\nLEADER_PIDFDID=92\nSUPERVISOR=130')

test('a machine of systemd 252 has a leader, and one of 262 a supervisor as well', () => {
  const web = { name: 'web', isVirtual: false }
  assert.deepEqual(parseRegisteredMachine(OF_252), { ...web, leader: 127, supervisor: null })
  assert.deepEqual(parseRegisteredMachine(OF_262), { ...web, leader: 133, supervisor: 130 })
})

test('a virtual machine is one by its class', () => {
  const text = OF_252.replace('CLASS=container', 'CLASS=vm')
  assert.equal(parseRegisteredMachine(text)?.isVirtual, true)
})

test('a file without a name or a leader is no machine', () => {
  for (const text of ['', 'NAME=web', 'LEADER=127', 'NAME=\nLEADER=1', 'NAME=a\nLEADER=0', '=\n='])
    assert.equal(parseRegisteredMachine(text), null)
  assert.equal(parseRegisteredMachine('NAME=a\nLEADER=1 2'), null)
})
