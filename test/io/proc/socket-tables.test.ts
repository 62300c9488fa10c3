import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import type { Server } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { socketInode } from '../../../src/core/proc/sockets.ts'
import { openDisplays } from '../../../src/io/proc/displays.ts'
import { SocketTables, openOwnTables } from '../../../src/io/proc/socket-tables.ts'
import { makeTree } from '../../support/tree.ts'
import type { Tree } from '../../support/tree.ts'

const inodes = () =>
  new Set(
    readdirSync('/proc/self/fd').flatMap((file) => {
      try {
        return socketInode(readlinkSync(`/proc/self/fd/${file}`)) ?? []
      } catch {
        return []
      }
    }),
  )

/** Binds a name, and returns the inode of the socket. */
async function bind(t: TestContext, name: string): Promise<string> {
  const before = inodes()
  const server: Server = createServer(() => {})
  server.listen(name)
  await once(server, 'listening')
  t.after(() => server.close())
  const [inode = ''] = [...inodes()].filter((one) => !before.has(one))
  assert.match(inode, /^\d+$/)
  return inode
}

/**
 * Returns a name with which the kernel prints a line about another socket. Node fills the rest of
 * the name up, and that is a line of its own.
 */
const lineAbout = (inode: string, flags: string, state: string, path: string) =>
  `\0\n0: 00000002 00000000 ${flags} 0001 ${state} ${inode} ${path}\n`

const realSockets = () => {
  const sockets = openOwnTables({ directory: '/proc' }).sockets()
  assert.ok(sockets)
  return sockets
}

test('a name is no line', async (t) => {
  const directory = makeTree({ run: {} })
  const service = await bind(t, join(directory, 'run/a.sock'))
  const display = await bind(t, join(directory, 'run/wayland-7'))
  const path = join(directory, 'run/wayland-7')
  const client = createConnection(path)
  await once(client, 'connect')
  t.after(() => client.destroy())

  const targets = (inode: string) => new Map([[3, `socket:[${inode}]`]])
  const shown = (inode: string) =>
    openDisplays(openOwnTables({ directory: '/proc' })).of(targets(inode))
  assert.deepEqual([shown(display), shown(service)], [['wayland-7'], []])
  assert.deepEqual([realSockets().listening.get(service), realSockets().unsure.size], ['', 0])

  await bind(t, lineAbout(display, '00000000', '03', '/x'))
  await bind(t, lineAbout(service, '00010000', '01', '/a/wayland-9'))
  await bind(t, lineAbout('1', '00000000', '03', '/a/wayland-9'))
  assert.deepEqual([shown(display), shown(service)], [null, null])
  // The line about the other one says what its own says: it listens, and not as a service.
  const { listening, unsure } = realSockets()
  assert.deepEqual([listening.get(service), listening.has(display)], ['', false])
  assert.deepEqual([...unsure], [display])
})

const socketsIn = (directory: string) => openOwnTables({ directory }).sockets()

const UNIX_LISTENER = '0: 00000002 00000000 00010000 0001 01 71 /run/a.sock\n'
const LISTENER = '0: 00000000:0016 00000000:0000 0A 0:0 00:0 0 0 0 70 1\n'

test('a table that cannot be read tells of no socket, and a kernel without IPv6 has one less', () => {
  const read = (net: Tree) => socketsIn(makeTree({ self: { net } }))
  assert.deepEqual([...(read({ tcp: LISTENER, unix: '' })?.listening.keys() ?? [])], ['70'])
  assert.equal(read({ tcp: LISTENER }), null)
  assert.equal(read({ tcp6: LISTENER, unix: '' }), null)
  assert.equal(read({ tcp: LISTENER, tcp6: {}, unix: '' }), null)
  const directory = makeTree({ self: { net: { tcp: LISTENER, unix: '' } } })
  symlinkSync('tcp6', join(directory, 'self/net/tcp6'))
  assert.equal(socketsIn(directory), null)
})

test('connections that ended do not hide those that are there', () => {
  const ended = `${LISTENER.replace(' 0A ', ' 06 ').replace('70', '0').padEnd(149)}\n`
  const tcp = ended.repeat(200_000) + LISTENER
  const sockets = socketsIn(makeTree({ self: { net: { tcp, tcp6: '', unix: '' } } }))
  assert.deepEqual([...(sockets?.listening.keys() ?? [])], ['70'])
})

test('a table is read in parts of which none ends where a line does', () => {
  const lines = Array.from({ length: 9000 }, (_, at) => `${at} ${'x'.repeat(at % 50)}`)
  const directory = makeTree({ unix: `${lines.join('\n')}\n` })
  const whole = { left: () => Infinity, spend: () => {} }
  assert.deepEqual([...new SocketTables(directory, whole).unix()], [...lines, ''])
  const spent: number[] = []
  const tables = new SocketTables(directory, {
    left: () => 99,
    spend: (bytes) => spent.push(bytes),
  })
  assert.deepEqual([[...tables.unix()].at(-1), tables.state, spent], [lines[10], 'cut', [99]])
})

test('the own tables are read once', () => {
  const net = { tcp: LISTENER, unix: UNIX_LISTENER }
  const directory = makeTree({ self: { net } })
  const tables = openOwnTables({ directory })
  const [unix, sockets] = [tables.unix(), tables.sockets()]
  assert.deepEqual(unix, { lines: [UNIX_LISTENER.trim(), ''], isWhole: true })
  assert.deepEqual([...(sockets?.listening.keys() ?? [])], ['71', '70'])
  rmSync(directory, { recursive: true })
  assert.equal(tables.unix(), unix)
  assert.equal(tables.sockets(), sockets)
})

test('a user with very many sockets takes no more time than there is for all of them', () => {
  const net = { tcp: LISTENER, unix: UNIX_LISTENER.repeat(4000) }
  const directory = makeTree({ self: { net } })
  const tables = openOwnTables({ directory }, 1e-6)
  assert.equal(tables.unix().isWhole, false)
  assert.equal(tables.sockets(), null)
  assert.deepEqual(openDisplays(tables).of(new Map([[3, 'socket:[71]']])), null)
  assert.deepEqual(openOwnTables({ directory }, 0).unix(), { lines: [], isWhole: false })
})
