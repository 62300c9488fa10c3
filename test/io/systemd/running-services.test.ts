import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { test } from 'node:test'
import { openOwnTree } from '../../../src/io/files/own-tree.ts'
import { openOwners } from '../../../src/io/proc/owners.ts'
import { openProc } from '../../../src/io/proc/proc.ts'
import { liveRunningServices } from '../../../src/io/systemd/running-services.ts'
import { makeTree } from '../../support/tree.ts'

test('a running process is told with its user', () => {
  const proc = openProc('/proc')
  const running = liveRunningServices('', proc, openOwners(proc), null)
  assert.equal(running.process(process.pid)?.uid, statSync(`/proc/${process.pid}`).uid)
  assert.equal(running.process(2 ** 30), null)
})

test('a condition is unmet where its path is missing, or is there and may not be', () => {
  const base = makeTree({
    'etc/there': '',
    'etc/units/a.service':
      '[Unit]\nConditionPathExists=/etc/there\nConditionPathExists=!/etc/nowhere\n',
    'etc/units/b.conf': '[Unit]\nConditionPathExists=!/etc/there\nAssertPathExists=/etc/nowhere\n',
  })
  const proc = openProc('/proc')
  const tree = openOwnTree(base, () => null, process.getuid?.() ?? 0)
  const { unmet } = liveRunningServices(base, proc, openOwners(proc), tree)
  assert.deepEqual(unmet(['/etc/units/a.service', '/etc/units/none.conf']), [])
  assert.deepEqual(unmet(['/etc/units/a.service', '/etc/units/b.conf']), [
    { path: '/etc/there', isNegated: true },
    { path: '/etc/nowhere', isNegated: false },
  ])
  assert.deepEqual(liveRunningServices(base, proc, openOwners(proc), null).unmet(['/x']), [])
})
