import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { inspectionKind } from '../../support/inspection.ts'

const directory = mkdtempSync(fileURLToPath(new URL('../../../dist/live-', import.meta.url)))
const children: ChildProcess[] = []
after(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(directory, { recursive: true, force: true })
})

/** Starts a shell whose own file is deleted, stopped before it becomes another program. */
function startStale(name: string): number {
  const shell = join(directory, name)
  copyFileSync('/bin/sh', shell)
  const child = spawn(shell, ['-c', 'kill -STOP $$; exec /bin/sleep 1000'], { stdio: 'ignore' })
  children.push(child)
  const { pid = 0 } = child
  waitUntil(() => / T /.test(readFileSync(`/proc/${pid}/stat`, 'latin1')))
  rmSync(shell)
  return pid
}

/** Waits without letting go: what happens here happens in the middle of a read. */
function waitUntil(condition: () => boolean): void {
  const never = new Int32Array(new SharedArrayBuffer(4))
  const deadline = Date.now() + 20_000
  while (!condition()) {
    assert.ok(Date.now() < deadline, 'it did not happen')
    Atomics.wait(never, 0, 0, 2)
  }
}

test('a process that stays what it is, is marked', async () => {
  const pid = startStale('stays')
  assert.equal(await inspectionKind(pid), 'marked')
})

test('a process that becomes another program while it is read is dropped', async () => {
  const pid = startStale('becomes')
  const kind = await inspectionKind(pid, () => {
    process.kill(pid, 'SIGCONT')
    waitUntil(() => !readlinkSync(`/proc/${pid}/exe`).includes('becomes'))
  })
  assert.equal(kind, 'gone')
  assert.equal(await inspectionKind(pid), 'clean')
})

test('a process that ends while it is read is dropped', async () => {
  const pid = startStale('ends')
  const kind = await inspectionKind(pid, () => {
    process.kill(pid, 'SIGKILL')
    waitUntil(() => readFileSync(`/proc/${pid}/maps`, 'latin1') === '')
  })
  assert.equal(kind, 'gone')
})
