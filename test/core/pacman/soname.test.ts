import assert from 'node:assert/strict'
import { test } from 'node:test'
import { libraryVersion, stemOf } from '../../../src/core/pacman/soname.ts'

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
