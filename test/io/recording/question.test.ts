import assert from 'node:assert/strict'
import { test } from 'node:test'
import { count, flag, WRONG } from '../../../src/core/recording/schema.ts'
import { CallLog } from '../../../src/io/recording/call-log.ts'
import { later, many, manyLater, single, unasked } from '../../../src/io/recording/question.ts'
import { QUESTIONS } from '../../../src/io/recording/questions.ts'

/** Stands for a recording: answers go through JSON as in a file. */
function reopened(log: CallLog): CallLog {
  const again = new CallLog()
  for (const [question, key, answer] of log.calls())
    again.note(question, key, JSON.parse(JSON.stringify(answer)))
  return again
}

test('a question with one answer a call replays it by its key', async () => {
  const log = new CallLog()
  const question = single((name: string) => name, count, 0)
  const asked = question.listen((name) => name.length, 'port.length', log)
  assert.deepEqual([asked('a'), asked('abc')], [1, 3])
  const replay = question.replay('port.length', reopened(log))
  assert.deepEqual([replay('a'), replay('abc'), replay('not asked')], [1, 3, 0])
  const slow = later((name: string) => name, count, 0)
  assert.equal(await slow.listen(async (name) => name.length, 'port.slow', log)('ab'), 2)
  assert.equal(await slow.replay('port.slow', reopened(log))('ab'), 2)
  assert.equal(await slow.replay('port.slow', reopened(log))('abc'), 0)
})

test('a question about many items replays each by itself, also in other company', async () => {
  const log = new CallLog()
  const parts = {
    key: (item: string) => item,
    parts: (answer: readonly string[]) => (item: string) => answer.includes(item),
    whole: (all: readonly (readonly [string, boolean])[]) =>
      all.flatMap(([item, isIn]) => (isIn ? [item] : [])),
    schema: flag,
    otherwise: false,
  }
  const isShort = (items: readonly string[]) => items.filter(({ length }) => length < 3)
  const asked = many(parts).listen(isShort, 'port.short', log)
  assert.deepEqual(asked(['a', 'abc', 'ab']), ['a', 'ab'])
  const replay = many(parts).replay('port.short', reopened(log))
  assert.deepEqual(replay(['abc', 'ab', 'not asked']), ['ab'])
  const slow = manyLater(parts)
  await slow.listen(async (items) => isShort(items), 'port.slow', log)(['a'])
  assert.deepEqual(await slow.replay('port.slow', reopened(log))(['a', 'b']), ['a'])
})

test('a question that no stage asks is not recorded', () => {
  const log = new CallLog()
  const question = unasked((): number => 7)
  assert.equal(question.listen(() => 8, 'port.inner', log)(), 8)
  assert.deepEqual(
    [log.calls(), question.replay('port.inner', log)(), log.wasAsked('port.inner')],
    [[], 7, false],
  )
  assert.equal(question.schema(7), WRONG)
})

test('the answer to a call that was not recorded claims nothing', async () => {
  const { files, packages, machine, systemctl, services, world } = QUESTIONS
  const log = new CallLog()
  const kind = 'library' as const
  const mapping = { address: '', device: '', inode: '', path: '/usr/lib/x.so', kind }
  const copy = { path: '/usr/lib/x.so', state: 'replaced' as const, startedAt: null }
  const facts = { pid: 4 } as Parameters<ReturnType<typeof files.lookAt.replay>>[1]
  assert.equal(files.lookAt.replay('files.lookAt', log)(mapping, facts).now, 'unknown')
  assert.deepEqual(
    (await packages.changes.replay('packages.changes', log)([copy], new Date(0), null))
      .attributions,
    [{ kind: 'unknown' }],
  )
  assert.deepEqual(machine.missing.replay('machine.missing', log)(['/a']), [])
  assert.equal((await systemctl.show.replay('systemctl.show', log)(['a'], 'system')).facts.size, 0)
  assert.equal(await services.states.replay('services.states', log)(), null)
  const host = { hostname: null, kernelRelease: null, bootSeconds: null }
  assert.equal(await world.bootFacts.replay('world.bootFacts', log)(host), null)
})

test('facts of another unit than the one that was asked are no answer', async () => {
  const { show } = QUESTIONS.systemctl
  const log = new CallLog()
  const facts = { Id: 'b.service', Names: 'b.service' }
  log.note('systemctl.show', 'a.service', { facts, limit: null })
  const answer = await show.replay('systemctl.show', log)(['a.service'], 'system')
  assert.deepEqual([answer.facts.size, answer.limit], [0, 'systemctl-failed'])
})
