import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WorkList } from '../../../src/io/reading/work-list.ts'

test('each process is taken once, in their order, by whoever reads', () => {
  const list = WorkList.of([11, 12, 13])
  const thread = new WorkList(list.shared)
  assert.deepEqual([list.take('pool'), thread.take('thread'), list.take('pool')], [0, 1, 2])
  assert.deepEqual([list.take('pool'), thread.take('thread')], [null, null])
  assert.deepEqual(
    [0, 1, 2, 3].map((at) => thread.pid(at)),
    [11, 12, 13, 0],
  )
  assert.deepEqual([list.inPool, list.isAnyLeft, list.areAllEnded], [2, false, false])
})

test('the first who ends a process says how it ended', () => {
  const list = WorkList.of([11, 12])
  list.take('pool')
  assert.equal(list.ending(0), null)
  assert.equal(list.end(0, 'marked'), true)
  for (const kind of ['clean', 'marked', 'gone'] as const) assert.equal(list.end(0, kind), false)
  assert.deepEqual([list.ending(0), list.ended, list.marked], ['marked', 1, 1])
  assert.equal(list.ending(1), null)
})

test('a thread takes over what waits in the pool, and whoever is first ends it', () => {
  const list = WorkList.of([11, 12, 13])
  list.take('pool')
  list.take('thread')
  assert.equal(list.takeOver(), 0)
  assert.equal(list.takeOver(), null)
  assert.equal(list.inPool, 0)
  assert.equal(list.end(0, 'clean'), true)
  assert.equal(list.end(0, 'denied'), false)
  assert.equal(list.ending(0), 'clean')
})

test('when reading is closed, nothing is taken, ended or read on', () => {
  const list = WorkList.of([11, 12, 13])
  list.take('pool')
  assert.equal(list.noteRead(), true)
  list.close()
  assert.deepEqual([list.take('pool'), list.takeOver(), list.isAnyLeft], [null, null, false])
  assert.deepEqual([list.end(0, 'clean'), list.ending(0), list.ended], [false, null, 0])
  assert.equal(list.noteRead(), false)
})

test('every part and every end of a process is a move', () => {
  const list = WorkList.of([11])
  list.take('pool')
  list.noteRead()
  assert.equal(list.moves, 1)
  list.end(0, 'empty')
  assert.deepEqual([list.moves, list.areAllEnded, list.length], [2, true, 1])
  list.enterThread()
  list.enterThread()
  list.leaveThread()
  assert.equal(list.threads, 1)
})
