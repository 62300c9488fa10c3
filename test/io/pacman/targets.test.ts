import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { isTarget } from '../../../src/core/pacman/targets.ts'
import { readTargets } from '../../../src/io/pacman/targets.ts'
import { makeTree } from '../../support/tree.ts'

test('targets are bytes, as the paths of maps are', () => {
  const told = Buffer.from('usr/lib/größe.so\nusr/lib/gr\xf6.so\n', 'latin1')
  const text = Buffer.from('usr/lib/größe.so.1\n')
  const file = join(makeTree({ targets: Buffer.concat([told, text]) }), 'targets')
  const targets = readTargets(file)
  for (const path of ['/usr/lib/gr\xf6.so', '/usr/lib/gr\xc3\xb6\xc3\x9fe.so.1'])
    assert.equal(isTarget(path, targets), true, path)
  assert.equal(isTarget('/usr/lib/gr\xc3\xb6.so', targets), false)
})
