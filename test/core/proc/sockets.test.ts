import assert from 'node:assert/strict'
import { test } from 'node:test'
import { displaysInUse, parseSockets, socketInode } from '../../../src/core/proc/sockets.ts'

const socketsIn = (tcp: string, unix = '') => parseSockets(tcp.split('\n'), unix.split('\n'))
const displaysIn = (unix: string) => displaysInUse(unix.split('\n'))

const TCP_HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
const tcp = (local: string, state: string, inode: string) =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000 100 0\n`
const UNIX_HEAD = 'Num       RefCount Protocol Flags    Type St Inode Path\n'
const unix = (flags: string, inode: string, path = '') =>
  `000000000168d1c6: 00000002 00000000 ${flags} 0001 01 ${inode}${path === '' ? '' : ` ${path}`}\n`

const ADDRESSES: readonly (readonly [local: string, address: string])[] = [
  ['00000000:0016', '0.0.0.0:22'],
  ['0100007F:1F90', '127.0.0.1:8080'],
  ['0101A8C0:0035', '192.168.1.1:53'],
  [`${'0'.repeat(32)}:0016`, '[::]:22'],
  ['00000000000000000000000001000000:1F90', '[::1]:8080'],
  ['000080FE00000000FF57A25401000000:0016', '[fe80::54a2:57ff:0:1]:22'],
  ['B80D0120000000000100000000000000:01BB', '[2001:db8::1:0:0]:443'],
  ['B80D0120010000000000000000000000:01BB', '[2001:db8:0:1::]:443'],
  ['B80D0110000000000000000001000000:01BB', '[1001:db8::1]:443'],
  ['0000100000000000000000000A000000:01BB', '[10::a]:443'],
]
for (const [local, address] of ADDRESSES)
  test(`a socket listens at ${address}`, () => {
    const { listening, connected } = socketsIn(TCP_HEAD + tcp(local, '0A', '7'))
    assert.deepEqual([[...listening], connected.size], [[['7', address]], 0])
  })

test('a socket with a connection does not listen', () => {
  const text = TCP_HEAD + tcp('00000000:0016', '01', '7') + tcp('00000000:0016', '06', '8')
  const { listening, connected } = socketsIn(text)
  assert.deepEqual([listening.size, [...connected]], [0, ['7']])
})

test('a socket of a service listens at its path, and that of a user somewhere', () => {
  const text =
    UNIX_HEAD +
    unix('00010000', '7', '/run/a b.sock') +
    unix('00010000', '8', '/run/user/1000/bus') +
    unix('00010000', '11', '@/run/a.sock') +
    unix('00000000', '9', '/run/connected.sock') +
    unix('00010000', '10')
  assert.deepEqual(
    [...socketsIn('', text).listening],
    [
      ['7', '/run/a b.sock'],
      ['8', ''],
      ['11', ''],
    ],
  )
})

test('a path cannot act on a terminal', () => {
  const { listening } = socketsIn('', UNIX_HEAD + unix('00010000', '7', '/run/\u001b[2J'))
  assert.deepEqual([...listening.values()], ['/run/\\x1b[2J'])
})

const NOTHING = {
  listening: new Map(),
  connected: new Set(),
  peers: new Map(),
  accepted: new Map(),
  unsure: new Set(),
}

const pair = (local: string, remote: string, inode: string, state = '01') =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1\n`
const MAPPED = '0000000000000000FFFF0000'

test('the end of a client on this machine knows that of its server', () => {
  const text =
    tcp('00000000:0016', '0A', '5') +
    tcp('00000000:0017', '0A', '6') +
    pair('0100007F:C005', '0100007F:0018', '15') +
    pair('0100007F:0018', '0100007F:C005', '16') +
    pair('0100007F:0016', '0100007F:C000', '7') +
    pair('0100007F:C000', '0100007F:0016', '8') +
    pair(`${MAPPED}0100007F:0016`, `${MAPPED}0100007F:C001`, '9') +
    pair('0100007F:C001', '0100007F:0016', '10') +
    pair('0100007F:0016', '0101A8C0:C002', '11') +
    pair('0100007F:C003', '0100007F:C003', '12') +
    pair('0100007F:0017', '0100007F:C004', '13', '06') +
    pair('0100007F:C004', '0100007F:0017', '14')
  assert.deepEqual(
    [...socketsIn(text).peers],
    [
      ['8', '7'],
      ['10', '9'],
    ],
  )
})

test('the end of a server has the address of a socket that listens', () => {
  const V6 = '00000000000000000000000001000000'
  const text =
    tcp('00000000:0016', '0A', '5') +
    tcp('0100007F:0017', '0A', '6') +
    tcp(`${'0'.repeat(32)}:0018`, '0A', '4') +
    pair('0101A8C0:0016', '0201A8C0:C000', '7') +
    pair(`${MAPPED}0101A8C0:0018`, `${MAPPED}0201A8C0:C000`, '8') +
    pair(`${V6}:0018`, `${V6}:C001`, '9') +
    pair(`${V6}:C001`, `${V6}:0018`, '10') +
    pair('0101A8C0:0017', '0201A8C0:0035', '11') +
    pair('0100007F:0017', '0100007F:C004', '0') +
    pair('0101A8C0:C005', '0201A8C0:0016', '12') +
    pair('0100007F:0017', '0100007F:C007', '14') +
    pair('0101A8C0:0016', '0201A8C0:C006', '13', '08')
  assert.deepEqual(
    [...socketsIn(text).accepted],
    [
      ['7', null],
      ['8', null],
      ['9', '10'],
      ['14', null],
    ],
  )
})

test('another text has no socket', () => {
  for (const text of [
    '',
    '0: 00000000:0016',
    tcp('0000:0016', '0A', '7'),
    tcp('00000000:16', '0A', '7'),
  ])
    assert.deepEqual(socketsIn(text, text), NOTHING)
  assert.equal(socketsIn(tcp('00000000:0016', '0A', 'x')).listening.size, 0)
})

test('an open file is a socket by its name', () => {
  assert.equal(socketInode('socket:[12]'), '12')
  for (const other of ['socket:[x]', 'pipe:[12]', '/socket:[12]', 'socket:[12] (deleted)', ''])
    assert.equal(socketInode(other), null)
})

const accepted = (path: string) => unix('00000000', '99', path).replace(' 01 99', ' 03 99')
const DISPLAYS: readonly (readonly [path: string, display: string | null])[] = [
  ['/tmp/.X11-unix/X0', ':0'],
  ['@/tmp/.X11-unix/X12', ':12'],
  ['/run/user/1000/wayland-0', 'wayland-0'],
  ['/run/kiosk/wayland-a b', 'wayland-a b'],
  ['/run/user/1000/gamescope-0', 'gamescope-0'],
  ['/run/user/1000/pipewire-0', null],
  ['/home/zoe/.X11-unix/X0', null],
  ['/tmp/.X11-unix/X0/x', null],
  ['/run/wayland-0/control', null],
  ['@wayland-0', null],
]
for (const [path, display] of DISPLAYS)
  test(`the socket ${path} is ${display === null ? 'no display' : `the display ${display}`}`, () => {
    const listening = unix('00010000', '7', path)
    const told = [...displaysIn(UNIX_HEAD + listening + accepted(path)).names]
    assert.deepEqual(told, display === null ? [] : [['7', display]])
    // Nobody has a window on it.
    assert.equal(displaysIn(listening + unix('00000000', '9', path)).names.size, 0)
  })

/** A line in the name of another socket. */
const FORGED_LISTENER = unix('00010000', '7', '/tmp/.X11-unix/X9')
const FORGED_OTHER = unix('00000000', '7')

test('a socket that listens by one line and not by another is not known', () => {
  const own = unix('00010000', '7', '/run/a.sock')
  const [client, bare] = [unix('00000000', '7', '/run/a.sock'), unix('00000000', '7')]
  const told = (text: string) => {
    const { listening, unsure } = socketsIn('', text)
    return [[...listening], [...unsure]]
  }
  const others: readonly string[] = [FORGED_LISTENER, client, bare]
  for (const other of others) {
    assert.deepEqual(told(own + other), [[], ['7']])
    assert.deepEqual(told(other + own), [[], ['7']])
    assert.deepEqual(told(other + own + other), [[], ['7']])
  }
  assert.deepEqual(told(bare + FORGED_LISTENER), [[], ['7']])
  // What is said twice, and what was connected meanwhile, contradicts nothing.
  assert.deepEqual(told(own + own), [[['7', '/run/a.sock']], []])
  assert.deepEqual(told(bare + client), [[], []])
  // It is not known of that socket only.
  assert.deepEqual(told(own + bare + unix('00010000', '8', '/run/b.sock'))[0], [
    ['8', '/run/b.sock'],
  ])
})

test('no line of a user says what a socket of TCP is', () => {
  const text = tcp('00000000:0016', '0A', '7') + pair('0100007F:0016', '0100007F:C000', '8')
  const forged = ['7', '8'].map((inode) => unix('00010000', inode, '/run/a.sock'))
  const { listening, unsure } = socketsIn(text, [...forged, FORGED_OTHER].join(''))
  assert.deepEqual([[...listening], [...unsure]], [[['7', '0.0.0.0:22']], []])
})

test('no line about a display makes another of it, or one of another socket', () => {
  const display = unix('00010000', '7', '/tmp/.X11-unix/X0')
  const inUse = accepted('/tmp/.X11-unix/X0') + accepted('/tmp/.X11-unix/X9')
  const told = (text: string) => {
    const { names, unsure } = displaysIn(text + inUse)
    return [[...names], [...unsure]]
  }
  assert.deepEqual(told(display + display), [[['7', ':0']], []])
  const others: readonly string[] = [FORGED_LISTENER, FORGED_OTHER]
  for (const forged of others) {
    assert.deepEqual(told(display + forged), [[], ['7']])
    assert.deepEqual(told(forged + display), [[], ['7']])
  }
  const service = unix('00010000', '7', '/run/a.sock')
  const processes: readonly string[] = [service, FORGED_OTHER]
  for (const own of processes) {
    assert.deepEqual(told(own + FORGED_LISTENER), [[], ['7']])
    assert.deepEqual(told(FORGED_LISTENER + own), [[], ['7']])
  }
  // Neither is a display, and nobody has a window on that.
  assert.deepEqual(told(service + FORGED_OTHER), [[], []])
  assert.deepEqual(told(service + unix('00010000', '7', '/tmp/.X11-unix/X8')), [[], []])
})

test('displays of two users with one name are two', () => {
  const path = (uid: number) => `/run/user/${uid}/wayland-1`
  const listening = unix('00010000', '7', path(1000)) + unix('00010000', '8', path(1001))
  assert.deepEqual([...displaysIn(listening + accepted(path(1001))).names], [['8', 'wayland-1']])
})
