import assert from 'node:assert/strict'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openDescriptors } from '../../../src/io/proc/descriptors.ts'
import { openProc } from '../../../src/io/proc/proc.ts'
import { makeTree, procTree } from '../../support/tree.ts'
import type { Tree } from '../../support/tree.ts'

function linksTo(open: number): Tree {
  return Object.fromEntries(Array.from({ length: open }, (_, at) => [at, { link: `/dev/${at}` }]))
}

/** Process 4 has so many open files. Process 5 has none that may be read, or so many. */
function treeWith(open: number, info: Tree = {}, openOfFive = 0) {
  const process = { maps: [], cgroup: '/system.slice/a.service' }
  const tree = procTree({ 4: process, 5: process })
  const four = { ...(tree['4'] as Tree), fd: linksTo(open), fdinfo: info }
  const fd = openOfFive === 0 ? {} : { fd: linksTo(openOfFive) }
  const five = { ...(tree['5'] as Tree), ...fd }
  const { directory } = openProc(makeTree({ ...tree, 4: four, 5: five }))
  // The tree belongs to whoever runs the test.
  return openDescriptors({ directory, holderOf: () => 'system' }, UNBOUNDED)
}

/** So no test depends on the speed of the machine that it runs on. */
const UNBOUNDED = { ofSystem: Infinity, ofUser: Infinity }

test('a process has its open files, by their numbers', () => {
  const { targets, isWhole } = treeWith(3).of(4)
  assert.deepEqual(
    [...targets].toSorted(([a], [b]) => a - b),
    [
      [0, '/dev/0'],
      [1, '/dev/1'],
      [2, '/dev/2'],
    ],
  )
  assert.equal(isWhole, true)
})

test('a process whose files may not be read, or that is gone, is not whole', () => {
  for (const pid of [5, 6])
    assert.deepEqual(treeWith(1).of(pid), { targets: new Map(), isWhole: false })
})

test('a process with more than 4,096 open files is not looked at', () => {
  assert.equal(treeWith(4096).of(4).targets.size, 4096)
  assert.deepEqual(treeWith(4097).of(4), {
    targets: new Map(),
    isWhole: false,
    leftOut: 'many',
  })
})

test('no more files are looked at than the share of the system has', () => {
  const descriptors = treeWith(4000)
  const looks = Array.from({ length: 14 }, () => descriptors.of(4))
  const times = (told: unknown) => Array.from({ length: 12 }, () => told)
  assert.deepEqual(
    looks.map(({ isWhole }) => isWhole),
    [...times(true), false, false],
  )
  assert.deepEqual(
    looks.map(({ leftOut }) => leftOut),
    [...times(undefined), 'share', 'share'],
  )
  // Process 5 has nothing that may be read, and that is not found out any more.
  assert.equal(descriptors.of(5).leftOut, 'share')
})

test('what was read of a process with too many open files is spent', () => {
  const descriptors = treeWith(4097, {}, 900)
  for (let look = 0; look < 12; look += 1) assert.equal(descriptors.of(4).leftOut, 'many')
  assert.equal(descriptors.of(5).leftOut, 'share')
})

test('a user whose open files took too long spends the time of nobody else', () => {
  const fd = linksTo(1)
  const directory = makeTree({ 4: { fd }, 5: { fd }, 6: { fd }, 7: { fd } })
  const holderOf = (pid: number) => (pid === 7 ? 'system' : pid === 6 ? 1001 : 1000)
  const { of } = openDescriptors({ directory, holderOf }, { ...UNBOUNDED, ofUser: 1e-9 })
  const leftOut = [4, 5, 5, 6, 7].map((pid) => of(pid).leftOut)
  assert.deepEqual(leftOut, [undefined, 'share', 'share', undefined, undefined])
})

test('the kernel says more of an open file, up to 4,096 bytes', () => {
  const descriptors = treeWith(1, { 0: 'pos:\t0\n', 1: 'x'.repeat(5000) })
  assert.equal(descriptors.info(4, 0), 'pos:\t0\n')
  assert.equal(descriptors.info(4, 1)?.length, 4096)
  assert.equal(descriptors.info(4, 2), null)
})

test('the open files of a running process are seen', () => {
  const path = join(makeTree({ d: {} }), 'd', 'caf\u00e9')
  writeFileSync(path, '')
  const file = openSync(path, 'r')
  const descriptors = openDescriptors(openProc('/proc'))
  const { targets, isWhole } = descriptors.of(process.pid)
  assert.equal(isWhole, true)
  assert.equal(targets.get(file), Buffer.from(path).toString('latin1'))
  assert.match(descriptors.info(process.pid, file) ?? '', /^pos:\t0\nflags:/)
  closeSync(file)
})
