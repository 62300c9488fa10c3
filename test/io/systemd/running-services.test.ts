import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { test } from 'node:test'
import { openOwners } from '../../../src/io/proc/owners.ts'
import { openProc } from '../../../src/io/proc/proc.ts'
import { liveRunningServices } from '../../../src/io/systemd/running-services.ts'

test('a running process is told with its user', () => {
  const proc = openProc('/proc')
  const running = liveRunningServices('', proc, openOwners(proc), null)
  assert.equal(running.process(process.pid)?.uid, statSync(`/proc/${process.pid}`).uid)
  assert.equal(running.process(2 ** 30), null)
})
