import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasCode, isTarget, parseTargets } from '../../../src/core/pacman/targets.ts'

const targets = parseTargets(
  'usr/bin/toyd\nusr/lib/libtoy.so.1\nsrv/app/plugin.so\nusr/share/toy/run\n' +
    'usr/lib/gr\xc3\xb6\xc3\x9fe.so\n',
)

test('what the transaction changed is told, and what it did not where the hook asks for it', () => {
  const told: Readonly<Record<string, boolean | null>> = {
    '/usr/bin/toyd': true,
    '/usr/lib/libtoy.so.1': true,
    '/srv/app/plugin.so': true,
    '/usr/share/toy/run': true,
    '/usr/lib/libtoy.so.2': false,
    '/opt/toy/toyd': false,
    '/srv/app/other.so.1.2': false,
    '/srv/app/toyd': null,
    '/usr/share/toy/other': null,
    '/usr/include/toy.so/run': null,
    '/usr/lib/gr\xc3\xb6\xc3\x9fe.so': true,
    '/usr/lib/gr\\xc3\\xb6\\xc3\\x9fe.so': false,
    '/usr/lib/lib\\012toy.so': null,
  }
  for (const [path, expected] of Object.entries(told))
    assert.equal(isTarget(path, targets), expected, path)
})

test('without targets nothing is told', () => {
  assert.equal(isTarget('/usr/bin/toyd', null), null)
})

test('a transaction changed code unless all that is told of it is data', () => {
  const rows: Readonly<Record<string, boolean>> = {
    'usr/bin/toyd\nusr/share/toy/table': true,
    'usr/share/toy/table': false,
    'usr/share/toy/plugin.so.1': true,
    'usr/lib/toy/toy.py': true,
    'usr/lib/modules/6.18.1-arch1-1/vmlinuz': true,
    'usr/lib/firmware/toy.bin.zst\nusr/lib/locale/de/LC_TIME\nusr/include/a.h': false,
    'boot/amd-ucode.img': true,
    'opt/toy/table': true,
    'srv/toy/plugin.so': true,
  }
  for (const [text, expected] of Object.entries(rows))
    assert.equal(hasCode(parseTargets(text)), expected, text)
  assert.equal(hasCode(null), true)
})
