import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSockets } from '../../../src/core/proc/sockets.ts'
import { openClients } from '../../../src/io/groups/clients.ts'
import { openOwnTables } from '../../../src/io/proc/socket-tables.ts'
import { openProc } from '../../../src/io/proc/proc.ts'
import { makeTree } from '../../support/tree.ts'
import type { Tree } from '../../support/tree.ts'

const socket = (inode: number) => `socket:[${inode}]`
const unixLine = (flags: string, state: string, inode: number, path: string) =>
  `0: 00000003 00000000 ${flags} 0001 ${state} ${inode}${path}\n`
const listens = (inode: number) => unixLine('00010000', '01', inode, ' /run/a')
const accepted = (inode: number) => unixLine('00000000', '03', inode, ' /run/a')
const end = (inode: number) => unixLine('00000000', '03', inode, '')
const tcpLine = (own: string, remote: string, state: string, inode: number) =>
  `   0: ${own} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1\n`
const LISTENS = tcpLine('00000000:0016', '00000000:0000', '0A', 20)
const FROM_ELSEWHERE = tcpLine('0101A8C0:0016', '0201A8C0:C000', '01', 21)
const FROM_HERE =
  tcpLine('0100007F:0016', '0100007F:C001', '01', 22) +
  tcpLine('0100007F:C001', '0100007F:0016', '01', 23)
const connections = (count: number) => `Tcp: CurrEstab\nTcp: ${count}\n`

type Open = Readonly<Record<number, string>>

/** Asks about the processes of a unit, and says how often the sockets over TCP were read. */
function clientsOf(unit: readonly (Open | null)[], net: Tree, others: Tree = {}, tcp = '') {
  let walks = 0
  const proc = openProc(
    `${makeTree({ proc: { self: { net, ns: { net: { link: 'net:[1]' } } }, 10: {}, ...others } })}/proc`,
  )
  const clients = openClients({
    proc: { ...proc, holderOf: (pid) => (pid === 12 ? 1000 : 'system') },
    ownTables: {
      ...openOwnTables(proc),
      sockets() {
        walks += 1
        return tcp === 'unread' ? null : parseSockets(tcp.split('\n'), [])
      },
    },
  })
  const served = clients.of(
    unit.map((open, at) => ({
      pid: 10 + at,
      targets:
        open === null
          ? null
          : new Map(Object.entries(open).map(([fd, target]) => [Number(fd), target])),
    })),
  )
  return { areAny: clients.areAny, served, walks }
}

test('a machine without an accepted connection has no clients', () => {
  const none = clientsOf([{ 3: socket(21) }], { unix: listens(1) + end(2), snmp: connections(0) })
  assert.deepEqual(none, { areAny: false, served: [], walks: 0 })
  assert.equal(clientsOf([], { unix: listens(1) + accepted(2) }).areAny, true)
  assert.equal(clientsOf([], { unix: '', snmp: connections(1) }).areAny, true)
  // What cannot be read is no claim.
  assert.equal(clientsOf([], {}).areAny, false)
})

test('connections over TCP are read where a process has a socket that is not of unix(7)', () => {
  const net = { unix: listens(1) + accepted(2) + end(3), snmp: connections(3) }
  const tcp = LISTENS + FROM_ELSEWHERE + FROM_HERE
  const some = clientsOf([{ 3: socket(20), 4: socket(21) }], net, {}, tcp)
  assert.deepEqual(some.served, [{ pid: 10, overNetwork: [21], local: [], ends: [] }])
  assert.equal(some.walks, 1)
  assert.equal(clientsOf([{ 3: socket(2), 4: socket(1), 5: '/dev/null' }], net, {}, tcp).walks, 0)
  assert.deepEqual(clientsOf([{ 3: socket(21) }], net, {}, 'unread').served, [])
  assert.equal(clientsOf([{ 3: socket(21) }], { ...net, snmp: connections(0) }, {}, tcp).walks, 0)
})

test('a client on this machine counts where no process of the unit is it', () => {
  const net = { unix: '', snmp: connections(3) }
  const of = (...unit: readonly Open[]) =>
    clientsOf(unit, net, {}, LISTENS + FROM_HERE).served.map(({ overNetwork }) => overNetwork)
  assert.deepEqual(of({ 3: socket(22) }), [[22]])
  assert.deepEqual(of({ 3: socket(22) }, { 3: socket(23) }), [])
  // The client is no server.
  assert.deepEqual(of({ 3: socket(23) }), [])
})

test('a local connection is told with all ends of the unit but the stream to the journal', () => {
  const net = { unix: listens(1) + accepted(2) + accepted(3) + end(4) + end(5) + end(6) }
  const { served } = clientsOf(
    [
      { 1: socket(4), 2: socket(4), 3: socket(2) },
      { 1: socket(6), 2: socket(4), 7: socket(5) },
    ],
    net,
  )
  assert.deepEqual(served, [
    { pid: 10, overNetwork: [], local: [2], ends: [] },
    { pid: 11, overNetwork: [], local: [], ends: [6, 5] },
  ])
  // Ends alone are no clients.
  assert.deepEqual(clientsOf([{ 3: socket(5) }], net).served, [])
})

test('a unit with a process that was not seen has no known clients', () => {
  const net = { unix: listens(1) + accepted(2) }
  assert.equal(clientsOf([{ 3: socket(2) }, {}], net).served.length, 1)
  assert.deepEqual(clientsOf([{ 3: socket(2) }, null], net).served, [])
})

test('the sockets of a service in another network namespace are those of both', () => {
  const apart = (count: number): Tree => ({
    ns: { net: { link: 'net:[2]' } },
    net: {
      unix: listens(31) + accepted(32),
      snmp: connections(count),
      tcp: LISTENS + FROM_ELSEWHERE,
      tcp6: '',
    },
  })
  const net = { unix: listens(1) + accepted(2), snmp: connections(0) }
  const open = { 3: socket(32), 4: socket(2), 5: socket(21) }
  const of = (pids: Tree) =>
    clientsOf([open], net, pids).served.map(({ local, overNetwork }) => [local, overNetwork])
  assert.deepEqual(of({ 10: apart(1) }), [[[32, 2], [21]]])
  assert.deepEqual(of({ 10: apart(0) }), [[[32, 2], []]])
  assert.deepEqual(of({ 10: { ...apart(1), ns: { net: { link: 'net:[1]' } } } }), [[[2], []]])
  const filler = Array.from({ length: 30_000 }, (_, at) => end(1000 + at)).join('')
  const cut = { ...apart(0), net: { unix: accepted(32) + listens(31) + filler } }
  assert.deepEqual(of({ 10: cut }), [[[2], []]])
  // That of a person is not read.
  const ofPerson = clientsOf([{}, {}, open], net, { 12: apart(1) }).served
  assert.deepEqual(ofPerson, [{ pid: 12, overNetwork: [], local: [2], ends: [] }])
})

test('connections over TCP are read of a few namespaces', () => {
  const apart = (name: number): Tree => ({
    ns: { net: { link: `net:[${name}]` } },
    net: { unix: '', snmp: connections(1), tcp: LISTENS + FROM_ELSEWHERE, tcp6: '' },
  })
  const others = Object.fromEntries([10, 11, 13, 14, 15, 16].map((pid) => [pid, apart(pid)]))
  const unit = Array.from({ length: 7 }, () => ({ 3: socket(21) }))
  const { served } = clientsOf(unit, { unix: listens(1) + accepted(2) }, others)
  assert.deepEqual(
    served.map(({ pid }) => pid),
    [10, 11, 13, 14],
  )
})
