import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import type { Stat } from '../../../src/core/proc/stat.ts'
import { openChildren } from '../../../src/io/proc/children.ts'
import { openProc } from '../../../src/io/proc/proc.ts'
import { makeTree } from '../../support/tree.ts'
import type { Tree } from '../../support/tree.ts'

const STAT: Omit<Stat, 'ppid'> = {
  comm: 'a',
  terminal: 0,
  session: 1,
  isKernelThread: false,
  threads: 1,
  startTicks: 1,
  stackStart: null,
  hasEnded: false,
}

/** The children on a kernel with these files. Processes 8 and 9 have 4 for a parent. */
function childrenIn(tree: Tree) {
  let asked = 0
  const childrenOf = openChildren({
    directory: makeTree(tree),
    pids() {
      asked += 1
      return [1, 4, 8, 9]
    },
    stat: (pid) => ({ ...STAT, ppid: pid > 4 ? 4 : 1 }),
  })
  return { childrenOf, timesAsked: () => asked }
}

const OWN = { 'thread-self': { children: '' } } satisfies Tree
const FIRST = { 1: { task: { 1: { children: '4 ' } } } } satisfies Tree

test('the children of a process are those of all of its threads', () => {
  const task = { 4: { children: '8 ' }, 5: { children: '' }, 6: { children: '10 11 ' } }
  for (const lasting of [OWN, FIRST]) {
    const { childrenOf, timesAsked } = childrenIn({ ...lasting, 4: { task } })
    assert.deepEqual(childrenOf(4), [8, 10, 11])
    assert.equal(timesAsked(), 0)
  }
})

test('a process that is gone does not make a kernel one without the files', () => {
  const { childrenOf, timesAsked } = childrenIn({ ...OWN, 4: { task: { 4: { children: '7 ' } } } })
  assert.deepEqual(childrenOf(99), [])
  assert.deepEqual(childrenOf(4), [7])
  assert.equal(timesAsked(), 0)
})

test('where the kernel has no such files, all processes are asked for their parents, once', () => {
  const { childrenOf, timesAsked } = childrenIn({ 1: { task: { 1: {} } } })
  assert.deepEqual([childrenOf(4), childrenOf(1), childrenOf(9)], [[8, 9], [1, 4], []])
  assert.equal(timesAsked(), 1)
})

/** 16,384 bytes. */
const MANY = Array.from({ length: 2048 }, (_, at) => `${1_000_000 + at} `).join('')

test('many children of a thread are whole, and those behind 64 KiB are asked for', () => {
  const told = (text: string) => {
    const { childrenOf } = childrenIn({ ...OWN, 4: { task: { 4: { children: text } } } })
    return childrenOf(4)
  }
  assert.equal(told(MANY).length, 2048)
  assert.deepEqual(
    told(`8 ${MANY.repeat(4)}`).filter((pid) => pid < 10),
    [8, 9],
  )
})

test('those of threads behind the 256th are asked for', () => {
  const task = (threads: number): Tree =>
    Object.fromEntries(
      Array.from({ length: threads }, (_, at) => [String(at + 4), { children: '' }]),
    )
  assert.deepEqual(childrenIn({ ...OWN, 4: { task: task(256) } }).childrenOf(4), [])
  assert.deepEqual(childrenIn({ ...OWN, 4: { task: task(257) } }).childrenOf(4), [8, 9])
})

test('a child of the running process is seen', async () => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  await once(child, 'spawn')
  assert.ok(openChildren(openProc('/proc'))(process.pid).includes(child.pid ?? 0))
  child.kill()
  await once(child, 'exit')
})
