import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutsClients, localSockets, parseConnectionCount } from '../../../src/core/owner/clients.ts'
import type { Served } from '../../../src/core/owner/clients.ts'
import { endedBy } from '../../../src/core/owner/holding.ts'
import type { UnitFacts } from '../../../src/core/systemd/unit-facts.ts'
import { facts } from '../../support/knowledge.ts'

const has = (pid: number, some: Partial<Served> = {}): Served => ({
  pid,
  overNetwork: [],
  local: [],
  ends: [],
  ...some,
})
const MAIN = 10
const CASES: readonly (readonly [
  what: string,
  served: readonly Served[],
  unit: Partial<UnitFacts>,
  isCut: boolean,
])[] = [
  ['nobody is served', [], {}, false],
  ['a client over TCP', [has(MAIN, { overNetwork: [1] })], {}, true],
  ['a client of a worker', [has(11, { overNetwork: [1] })], {}, true],
  ['a worker that stays', [has(11, { overNetwork: [1] })], { KillMode: 'process' }, false],
  ['a main process that ends', [has(MAIN, { overNetwork: [1] })], { KillMode: 'process' }, true],
  ['nothing that ends', [has(MAIN, { overNetwork: [1] })], { KillMode: 'none' }, false],
  [
    'a connection that stays with a worker',
    [has(MAIN, { overNetwork: [1], local: [2] }), has(11, { overNetwork: [1], local: [2] })],
    { KillMode: 'process' },
    false,
  ],
  ['a client over a local socket', [has(MAIN, { local: [1] })], {}, true],
  [
    'local connections that may all be within the unit',
    [has(MAIN, { local: [1, 2] }), has(11, { ends: [3, 4] })],
    {},
    false,
  ],
  [
    'more local connections than ends within the unit',
    [has(MAIN, { local: [1, 2] }), has(11, { ends: [3] })],
    {},
    true,
  ],
  [
    'a local connection that two processes have',
    [has(MAIN, { local: [1] }), has(11, { local: [1], ends: [3] })],
    {},
    false,
  ],
  [
    'an end of a worker that stays',
    [has(MAIN, { local: [1] }), has(11, { ends: [3] })],
    { KillMode: 'process' },
    false,
  ],
  [
    'a manager that may keep connections',
    [has(MAIN, { overNetwork: [1] })],
    { FileDescriptorStoreMax: '4224' },
    false,
  ],
  [
    'a manager that did not say',
    [has(MAIN, { overNetwork: [1] })],
    { FileDescriptorStoreMax: '' },
    false,
  ],
]
for (const [what, served, unit, isCut] of CASES)
  test(`a restart cuts off ${isCut ? 'clients' : 'nobody'}: ${what}`, () => {
    const known = facts({ FileDescriptorStoreMax: '0', ...unit })
    assert.equal(cutsClients(served, known, endedBy(known)), isCut)
  })

test('what systemd was not asked about cuts off nobody', () => {
  assert.equal(cutsClients([has(MAIN, { overNetwork: [1] })], null, endedBy(null)), false)
})

const SNMP =
  'Ip: Forwarding CurrEstab\nIp: 1 9\nTcp: RtoMin MaxConn CurrEstab InSegs\nTcp: 200 -1 3 77\n'
const COUNTS: readonly (readonly [text: string, count: number | null])[] = [
  [SNMP, 3],
  [SNMP.replace(' 3 77', ' 0 77'), 0],
  [SNMP.replace(' 3 77', ' x 77'), null],
  [SNMP.replace(' 3 77', ''), null],
  [SNMP.replace('MaxConn CurrEstab', 'MaxConn Other'), null],
  ['Ip: CurrEstab\nIp: 9\n', null],
  ['', null],
]
for (const [text, count] of COUNTS)
  test(`a namespace has ${count ?? 'an unknown number of'} connections: ${text.slice(-30)}`, () =>
    assert.equal(parseConnectionCount(text), count))

const line = (flags: string, type: string, state: string, inode: number, path = '') =>
  `0000: 00000003 00000000 ${flags} ${type} ${state} ${inode}${path === '' ? '' : ` ${path}`}`
const listens = (inode: number, path: string, type = '0001') =>
  line('00010000', type, '01', inode, path)
const connected = (inode: number, path = '', type = '0001') =>
  line('00000000', type, '03', inode, path)
const localIn = (...lines: readonly string[]) => {
  const { accepted, ends } = localSockets(lines)
  return [[...accepted], [...ends]]
}

test('an accepted connection has the path of a socket that listens', () => {
  const lines = [listens(1, '/run/a b'), connected(2, '/run/a b'), connected(3)]
  assert.deepEqual(localIn(...lines), [['2'], ['3']])
  assert.deepEqual(localIn(...lines.toReversed()), [['2'], ['3']])
  // A client that has bound an address of its own, as those of sd-bus.
  assert.deepEqual(localIn(listens(1, '/run/a'), connected(2, '@8f/bus/x')), [[], ['2']])
  // SOCK_SEQPACKET; a socket for datagrams accepts nothing, and is no end of a connection.
  assert.deepEqual(
    localIn(
      listens(1, '/run/a', '0005'),
      connected(2, '/run/a', '0005'),
      connected(3, '', '0005'),
      connected(4, '/run/a', '0002'),
      connected(5, '', '0002'),
    ),
    [['2'], ['3']],
  )
  assert.deepEqual([...localSockets([connected(5, '', '0002')]).all], ['5'])
})

test('what waits to be accepted, or is not connected, counts as nothing', () => {
  const waiting = line('00000000', '0001', '02', 0, '/run/a')
  assert.deepEqual(localIn(listens(1, '/run/a'), waiting, line('0', '1', '01', 4)), [[], []])
  assert.deepEqual(localIn('', 'Num       RefCount Protocol Flags    Type St Inode Path'), [[], []])
})

test('a socket of which two lines tell different things may be an end', () => {
  const forged = [listens(1, '/run/a'), connected(2), connected(2, '/run/a')]
  assert.deepEqual(localIn(...forged), [[], ['2']])
  assert.deepEqual(localIn(...forged.toReversed()), [[], ['2']])
  // It listens by one line only, so nobody has accepted anything there.
  const unsure = [listens(1, '/run/a'), connected(1), connected(2, '/run/a')]
  assert.deepEqual(localIn(...unsure), [[], ['1', '2']])
  assert.deepEqual(localIn(...unsure.toReversed()), [[], ['1', '2']])
  // Nobody listens without a path.
  assert.deepEqual(localIn(line('00010000', '0001', '01', 1), connected(2)), [[], ['2']])
})
