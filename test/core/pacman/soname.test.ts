import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  libraryName,
  libraryVersion,
  movedByRelease,
  movedPaths,
  moveOf,
  stemOf,
} from '../../../src/core/pacman/soname.ts'

for (const [one, other] of [
  ['/usr/lib/libssl.so.3', '/usr/lib/libssl.so.4'],
  ['/usr/lib/libfoo.so.1.2.3', '/usr/lib/libfoo.so'],
  ['/usr/lib/libgtk-3.so.0.1', '/usr/lib/libgtk-3.so.0.2'],
] as const)
  test(`${one} and ${other} are one library`, () => {
    assert.deepEqual(stemOf(one), stemOf(other))
  })

for (const [one, other] of [
  ['/usr/lib/systemd/libsystemd-shared-257.6-1.so', '/usr/lib/systemd/libsystemd-shared-258.so'],
  ['/usr/lib/libpython3.12.so.1.0', '/usr/lib/libpython3.13.so.1.0'],
  ['/usr/lib/libbfd-2.43.so', '/usr/lib/libbfd-2.44.1.so'],
  ['/usr/lib/libm-2.33.so', '/usr/lib/libm.so.6'],
] as const)
  test(`${one} and ${other} are perhaps one library`, () => {
    assert.notEqual(stemOf(one)?.exact, stemOf(other)?.exact)
    assert.equal(stemOf(one)?.loose, stemOf(other)?.loose)
  })

for (const [one, other] of [
  ['/usr/lib/libssl.so.3', '/usr/lib32/libssl.so.3'],
  ['/usr/lib/libssl.so.3', '/usr/lib/libssl3.so.x/libssl.so.3'],
  ['/usr/lib/libpcre2-8.so.0', '/usr/lib/libpcre2-posix.so.3'],
  ['/usr/lib/lib2geom.so.1', '/usr/lib/lib3geom.so.1'],
] as const)
  test(`${one} and ${other} are two libraries`, () => {
    assert.notEqual(stemOf(one)?.loose, stemOf(other)?.loose)
  })

test('what is no library has no stem', () => {
  for (const path of ['/usr/bin/sshd', '/usr/lib/.so', '/usr/lib/x.sock', '', '/'])
    assert.equal(stemOf(path), null)
})

test('libraryVersion() is what stands behind the name, or else in front of .so', () => {
  const versions: Readonly<Record<string, string | null>> = {
    'usr/lib/libssl.so.3': '3',
    'usr/lib/libicudata.so.76.1': '76.1',
    '/usr/lib/systemd/libsystemd-shared-258.so': '258',
    'usr/lib/libLLVM-19.so': '19',
    'usr/lib/libz.so': null,
    'usr/bin/nginx': null,
  }
  for (const [path, version] of Object.entries(versions))
    assert.equal(libraryVersion(path), version, path)
})

test('libraryName() is what stays the same when the soname changes', () => {
  const rows = {
    '/usr/lib/libicuuc.so.76.1': 'libicuuc',
    'usr/lib/libgallium-24.2.1.so': 'libgallium-24.2.1',
    '/usr/bin/nginx': 'nginx',
  }
  for (const [path, name] of Object.entries(rows)) assert.equal(libraryName(path), name)
})

const MOVES: readonly (readonly [
  paths: readonly [string, string],
  versions: readonly [string, string],
  move: string,
])[] = [
  [['/usr/lib/libicuuc.so.76.1', 'usr/lib/libicuuc.so.78.1'], ['76.1-1', '78.1-1'], 'same'],
  [['/usr/lib/libicuuc.so.78.1', 'usr/lib/libicuuc.so.76.1'], ['78.1-1', '76.1-1'], 'same'],
  [['/usr/lib/libdb-5.3.so', 'usr/lib/libdb-4.8.so'], ['4.8.25-1', '4.8.30-1'], 'other'],
  [['/usr/lib/libm-24.2.1.so', 'usr/lib/libm-24.1.0.so'], ['1:24.2.1-1', '1:24.1.0-2'], 'same'],
  [['/usr/lib/libm-24.so', 'usr/lib/libm-25.so'], ['1-1', '2-1'], 'unknown'],
  [['/usr/lib/libm-24.so', 'usr/lib/libm-25.so'], ['24-1', '2-1'], 'other'],
  [['/usr/lib/libm-24.so', 'usr/lib/libm-25.so'], ['24-1', '26-1'], 'unknown'],
  [['/usr/lib/liba.so.1', 'usr/lib/liba.so'], ['1-1', '2-1'], 'unknown'],
  [['/usr/lib/liba.so.1', 'usr/lib/liba.so.1'], ['1-1', '2-1'], 'unknown'],
  [['/usr/lib/liba.so.1', 'usr/lib/liba.so.2'], ['2-1', '2-1'], 'unknown'],
]
for (const [paths, versions, move] of MOVES)
  test(`${paths.join(' and ')} move as a package from ${versions.join(' to ')}: ${move}`, () =>
    assert.equal(moveOf(paths, versions), move))

const MOVED: readonly (readonly [
  path: string,
  from: string,
  to: string,
  moved: readonly string[],
])[] = [
  ['/usr/lib/perl5/5.38/a.so', '5.38.2-2', '5.40.0-1', ['/usr/lib/perl5/5.40/a.so']],
  [
    '/usr/lib/python3.12/lib-dynload/_ssl.cpython-312-x86_64-linux-gnu.so',
    '3.12.7-1',
    '3.13.1-1',
    ['/usr/lib/python3.13/lib-dynload/_ssl.cpython-313-x86_64-linux-gnu.so'],
  ],
  [
    '/usr/lib/libgallium-24.2.4-arch1.0.so',
    '1:24.2.4-1',
    '1:24.2.5-1',
    ['/usr/lib/libgallium-24.2.5-arch1.0.so'],
  ],
  ['/usr/lib/ruby/3.3.0/a.so', '3.3.5-1', '3.4.1-1', ['/usr/lib/ruby/3.4.0/a.so']],
  ['/usr/lib/gcc/14.1.1/a.so', '14.1.1+r58+g1-1', '14.2.1+r9+g2-1', ['/usr/lib/gcc/14.2.1/a.so']],
  ['/usr/lib/jvm/java-22-openjdk/a.so', '22.0.2-1', '23-1', ['/usr/lib/jvm/java-23-openjdk/a.so']],
  ['/usr/lib/a1.23.so', '1.2-1', '1.3-1', []],
  ['/usr/lib/a.so', '1.2-1', '1.3-1', []],
  ['/usr/lib/a1.2.so', '1.2-1', '1.2-2', []],
  ['/usr/lib/a1.so', 'r5.a-1', '2-1', []],
]
for (const [path, from, to, moved] of MOVED)
  test(`${path} is ${moved.join(' or ') || 'nowhere else'} after ${from} became ${to}`, () => {
    assert.deepEqual(movedPaths(path, [from, to]), moved)
  })

const BY_RELEASE: readonly (readonly [string, string, string, string | null])[] = [
  ['/usr/lib/app/5.1/a.so', '1:5.1-1', '1:6.0.1-2', '/usr/lib/app/6.0.1/a.so'],
  ['/usr/lib/liba-5.1-x.so', '5.1-1', '5.2-1', '/usr/lib/liba-5.2-x.so'],
  ['/usr/lib/app/5/a.so', '5.1-1', '6.0-1', null],
  ['/usr/lib/app/51/a.so', '5.1-1', '6.0-1', null],
  ['/usr/lib/app/5.1.2/a.so', '5.1-1', '6.0-1', null],
  ['/usr/lib/app/5/a.so', '5-1', '6-1', null],
  ['/usr/lib/app/5.1/a.so', '5.1-1', '5.1-2', null],
  ['/usr/lib/app/5.1/a.so', '', '5.1-2', null],
]
for (const [path, from, to, moved] of BY_RELEASE)
  test(`${path} is ${moved ?? 'not moved by the whole version'}: ${from || 'no version'} became ${to}`, () => {
    assert.equal(movedByRelease(path, [from, to]), moved)
  })
