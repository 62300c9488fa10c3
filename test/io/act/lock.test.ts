import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { takeLock } from '../../../src/io/act/lock.ts'
import { runProgram } from '../../../src/io/program.ts'
import { runningOf } from '../../support/ask.ts'
import { makeTree } from '../../support/tree.ts'

const NAME = 'stale-libs-restart.lock'
const treeOf = () => makeTree({ run: {} })
const take = (tree: string, waitMs = 0, onWait = () => {}) =>
  takeLock('system', waitMs, onWait, runProgram, tree)

/** Returns a lock that must have been taken. */
async function taken(tree: string) {
  const lock = await take(tree)
  assert.ok(typeof lock !== 'string')
  return lock
}

test('one process has the lock, until it releases it', async () => {
  const tree = treeOf()
  const first = await taken(tree)
  let waits = 0
  assert.equal(await take(tree, 0, () => (waits += 1)), 'busy')
  assert.equal(waits, 1)
  first.release()
  const second = await taken(tree)
  second.release()
})

test('a process that waits gets the lock when it is released', async () => {
  const tree = treeOf()
  const first = await taken(tree)
  let waits = 0
  const waiting = take(tree, 20_000, () => {
    waits += 1
    first.release()
  })
  const second = await waiting
  assert.ok(typeof second !== 'string')
  assert.equal(waits, 1)
  second.release()
})

test('the lock file is for its owner alone, and stays', async () => {
  const tree = treeOf()
  const lock = await taken(tree)
  lock.release()
  assert.equal(lstatSync(join(tree, 'run', NAME)).mode & 0o7777, 0o600)
})

test('a program that runs meanwhile does not keep the lock', async () => {
  const tree = treeOf()
  const lock = await taken(tree)
  const staying = runProgram('/bin/sleep', ['2'], { limitMs: 5000 })
  await sleep(100)
  lock.release()
  const second = await taken(tree)
  second.release()
  assert.equal((await staying).error, null)
})

/** A process that takes the lock, says so, and stays as long as its input. */
const HOLDER = `
  import { takeLock } from '${fileURLToPath(new URL('../../../src/io/act/lock.ts', import.meta.url))}'
  import { runProgram } from '${fileURLToPath(new URL('../../../src/io/program.ts', import.meta.url))}'
  const lock = await takeLock('system', 0, () => {}, runProgram, process.argv[1])
  process.stdout.write(typeof lock === 'string' ? lock : 'got')
  if (process.argv[2] === 'stay') process.stdin.resume()`

function holder(tree: string, what: 'stay' | 'end') {
  const argv = ['--import', 'tsx', '--input-type=module', '-e', HOLDER, tree, what]
  return spawn(process.execPath, argv, { stdio: ['pipe', 'pipe', 'inherit'] })
}

test('the lock ends with its process, however that ends', { timeout: 60_000 }, async () => {
  const tree = treeOf()
  const other = holder(tree, 'stay')
  const [said] = (await once(other.stdout, 'data')) as [Buffer]
  assert.equal(said.toString(), 'got')
  assert.equal(await take(tree), 'busy')
  other.kill('SIGKILL')
  await once(other, 'close')
  const lock = await taken(tree)
  lock.release()
})

test('the lock keeps no process alive', { timeout: 60_000 }, async () => {
  const other = holder(treeOf(), 'end')
  const [status] = (await once(other, 'close')) as [number]
  assert.equal(status, 0)
})

test('where no lock can be made, that is told', async () => {
  assert.equal(await take(makeTree({})), 'missing')
  const { run } = runningOf(() => ({ error: 'ENOENT' }))
  assert.equal(await takeLock('system', 0, () => {}, run, treeOf()), 'missing')
  const usage = runningOf(() => ({ error: 'status 64' }))
  assert.equal(await takeLock('system', 0, () => {}, usage.run, treeOf()), 'missing')
})

test('a link in the place of the lock is not followed', async () => {
  const tree = treeOf()
  const target = join(tree, 'target')
  symlinkSync(target, join(tree, 'run', NAME))
  assert.equal(await take(tree), 'missing')
  assert.throws(() => readFileSync(target), { code: 'ENOENT' })
})

test('a user has a lock of their own', async () => {
  const tree = makeTree({ run: {}, 'run/user/1000': {} })
  const [system, user] = [await taken(tree), await takeLock(1000, 0, () => {}, runProgram, tree)]
  assert.ok(typeof user !== 'string')
  assert.ok(lstatSync(join(tree, 'run/user/1000', NAME)).isFile())
  system.release()
  user.release()
})
