import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  isReadOnly,
  kindOfOpenFile,
  lockNumber,
  parseChildren,
  parseFuseDevice,
  parseInterface,
  parseMountId,
  parseTerminalIndex,
} from '../../../src/core/proc/open-files.ts'

const KINDS = [
  ['/dev/fuse', 'file-system'],
  ['/srv/jail/dev/fuse', 'file-system'],
  ['/dev/fuse (deleted)', 'file-system'],
  ['/dev/ptmx', 'terminal'],
  ['/dev/pts/ptmx', 'terminal'],
  ['/ptmx', 'terminal'],
  ['/srv/jail/dev/pts/ptmx (deleted)', 'terminal'],
  ['anon_inode:kvm-vm', 'machine'],
  ['anon_inode:[kvm-vm]', 'machine'],
  ['anon_inode:kvm-vcpu:0', null],
  ['anon_inode:[eventpoll]', null],
  ['/home/zoe/anon_inode:kvm-vm', null],
  ['/dev/kvm', null],
  ['/dev/net/tun', 'interface'],
  ['/srv/jail/dev/net/tun (deleted)', 'interface'],
  ['/dev/net/tun2', null],
  ['/run/systemd/inhibit/12.ref', 'inhibitor'],
  // A lock that was given back.
  ['/run/systemd/inhibit/12.ref (deleted)', null],
  ['/run/systemd/inhibit/12', null],
  ['/run/systemd/inhibit/a.ref', null],
  ['/run/systemd/sessions/12.ref', null],
  ['/srv/run/systemd/inhibit/12.ref', null],
  ['/dev/fuse2', null],
  ['/usr/lib/fuse', null],
  ['/dev/pts/3', null],
  ['/home/zoe/xptmx', null],
  ['/dev/fuse/a', null],
  ['', null],
] as const
for (const [target, kind] of KINDS)
  test(`an open file "${target}" is ${kind ?? 'nothing that matters'}`, () =>
    assert.equal(kindOfOpenFile(target), kind))

const HEAD = 'pos:\t0\nflags:\t02100002\nmnt_id:\t24\nino:\t90\n'

test('the device of a file system is that of its connection', () => {
  assert.equal(parseFuseDevice(`${HEAD}fuse_connection:\t39\n`), '0:39')
  // A disk has a major number: 8:17, as 8 << 20 | 17.
  assert.equal(parseFuseDevice(`${HEAD}fuse_connection:\t8388625\n`), '8:17')
  assert.equal(parseFuseDevice(`${HEAD}fuse_connection:\t4294967295\n`), '4095:1048575')
})

test('an older kernel, or another file, names no device', () => {
  for (const text of [HEAD, '', 'fuse_connection:', 'fuse_connection:\tx', 'fuse_connection:\t-1'])
    assert.equal(parseFuseDevice(text), null)
  assert.equal(parseFuseDevice('fuse_connection:\t4294967296'), null)
  assert.equal(parseFuseDevice('xfuse_connection:\t39'), null)
})

test('a master has the number of its terminal, and a mount', () => {
  const text = `${HEAD}tty-index:\t300\n`
  assert.deepEqual([parseTerminalIndex(text), parseMountId(text)], [300, 24])
  assert.deepEqual([parseTerminalIndex(HEAD), parseMountId('tty-index:\t0\n')], [null, null])
})

test('an interface has a name as soon as it is made', () => {
  assert.equal(parseInterface(`${HEAD}iff:\ttun0\n`), 'tun0')
  for (const text of [
    HEAD,
    `${HEAD}iff:\t\n`,
    `iff:\t${'x'.repeat(16)}\n`,
    'iff:\ta/b\n',
    'xiff:\ta\n',
  ])
    assert.equal(parseInterface(text), null)
})

test('the file of a lock has the number of the lock', () => {
  assert.equal(lockNumber('/run/systemd/inhibit/12.ref'), 12)
  for (const other of ['/run/systemd/inhibit/12', '/run/systemd/sessions/12.ref', ''])
    assert.equal(lockNumber(other), null)
})

test('who reads the file of a lock does not hold it', () => {
  const flags = (octal: string) => `pos:\t0\nflags:\t${octal}\nmnt_id:\t24\n`
  for (const octal of ['02004000', '0', '00', '0100004'])
    assert.equal(isReadOnly(flags(octal)), true, octal)
  for (const octal of ['02004001', '01', '02100002', '0100005'])
    assert.equal(isReadOnly(flags(octal)), false, octal)
  for (const text of ['', 'flags:\t', 'flags:\t08', 'xflags:\t00\n', 'flags: 00'])
    assert.equal(isReadOnly(text), false, text)
})

test('children are numbers in a line', () => {
  assert.deepEqual(parseChildren('127 128 '), [127, 128])
  assert.deepEqual(parseChildren('127 12'), [127])
  for (const text of ['', ' ', 'x 1y -1', '12345678901']) assert.deepEqual(parseChildren(text), [])
})
