import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openMachine } from '../../../src/io/machine/machine.ts'
import { openProc } from '../../../src/io/proc/proc.ts'
import { makeTree, procTree } from '../../support/tree.ts'

test('a user stays by a file of that name, and by no path', () => {
  const base = makeTree({
    proc: procTree({}),
    'root/var/lib/systemd/linger/zoe': '',
    'root/var/lib/systemd/linger/team/zoe': '',
    'root/var/lib/systemd/outside': '',
  })
  const machine = openMachine(openProc(join(base, 'proc')), join(base, 'root'), 0)
  assert.equal(machine.isLingering('zoe'), true)
  for (const name of ['max', '', '.', '..', '../outside', 'team/zoe', '/zoe'])
    assert.equal(machine.isLingering(name), false, name)
})
