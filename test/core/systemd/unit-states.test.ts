import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseListedUnits, parseUnitStates } from '../../../src/core/systemd/unit-states.ts'

test('the answer of systemctl is read by key, whatever the order', () => {
  const text = [
    'Result=exit-code\nId=bad.service\nActiveState=failed\nBusName=',
    'StateChangeTimestamp=@1795437327\nActiveEnterTimestamp=\n\n',
    'Id=logind.service\nActiveState=active\nBusName=org.freedesktop.login1\nResult=success',
    'StateChangeTimestamp=@1795437999\nActiveEnterTimestamp=@1795437325\n\n',
    'Id=going.service\nActiveState=deactivating\n\n',
    'Id=odd\u001b.service\nActiveState=active\nActiveEnterTimestamp=n/a\n\n',
    'Id=worded.service\nActiveState=failed\nResult=\u001b[2A now\nBusName=a b\n',
  ].join('\n')
  assert.deepEqual(parseUnitStates(text.replaceAll('\n\n\n', '\n\n')), [
    {
      unit: 'bad.service',
      isFailed: true,
      result: 'exit-code',
      busName: '',
      since: 1795437327,
    },
    {
      unit: 'logind.service',
      isFailed: false,
      result: 'success',
      busName: 'org.freedesktop.login1',
      since: 1795437325,
    },
    { unit: 'worded.service', isFailed: true, result: '', busName: '', since: null },
  ])
  assert.deepEqual(parseUnitStates(''), [])
})

test('the list of units that run or failed', () => {
  const text = [
    'bad.service                  loaded failed failed  Bad [x] (y)',
    'sys\\x2da@tty1.service        loaded active running A: b',
    'session-c1.scope             loaded active running Session c1 of User root',
    '● gone.mount                 not-found failed failed gone.mount',
    '-evil loaded failed failed x',
    '',
  ].join('\n')
  assert.deepEqual(parseListedUnits(text), [
    { unit: 'bad.service', isFailed: true },
    { unit: 'sys\\x2da@tty1.service', isFailed: false },
    { unit: 'session-c1.scope', isFailed: false },
  ])
})
