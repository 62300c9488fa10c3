import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isTarget, parseTargets } from '../../../src/core/pacman/targets.ts'

const targets = parseTargets(
  'usr/bin/toyd\nusr/lib/libtoy.so.1\nsrv/app/plugin.so\nusr/share/toy/run\n',
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
    '/usr/lib/lib\\x1btoy.so': null,
  }
  for (const [path, expected] of Object.entries(told))
    assert.equal(isTarget(path, targets), expected, path)
})

test('without targets nothing is told', () => {
  assert.equal(isTarget('/usr/bin/toyd', null), null)
})
