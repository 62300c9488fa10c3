import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lastLines, settleJournal } from '../../../src/io/act/journal.ts'
import { runningOf } from '../../support/ask.ts'

const FIXED = ['--quiet', '--no-pager', '--output=cat', '--since=@100']

const since = (seconds: number, invocation = '') => ({ seconds, invocation })

test('what the program wrote itself comes first', async () => {
  const { run, called } = runningOf(() => 'nginx: [emerg] \x1b[31munknown\n\nend\n')
  assert.deepEqual(await lastLines('nginx.service', 'system', since(100.9), run), [
    'nginx: [emerg] \\x1b[31munknown',
    'end',
  ])
  assert.deepEqual(
    called.map(({ path, argv }) => [path, ...argv]),
    [['/usr/bin/journalctl', ...FIXED, '_SYSTEMD_UNIT=nginx.service']],
  )
})

test('a program that wrote nothing leaves what systemd says', async () => {
  const { run, called } = runningOf(({ argv }) =>
    argv.includes('--unit=a.service') ? 'Failed to start a.service.\n' : '',
  )
  assert.deepEqual(await lastLines('a.service', 'system', since(100), run), [
    'Failed to start a.service.',
  ])
  assert.equal(called.length, 2)
})

test('what the failed start said comes before what the stop said', async () => {
  const id = 'a'.repeat(32)
  const start = ['_SYSTEMD_UNIT=a.service', `_SYSTEMD_INVOCATION_ID=${id}`]
  const says = (text: string) =>
    runningOf(({ argv }) => (argv.at(-1) === start[1] ? text : 'Received signal 15\n'))
  const [spoke, silent] = [says('bad option\n'), says('')]
  assert.deepEqual(await lastLines('a.service', 'system', since(100, id), spoke.run), [
    'bad option',
  ])
  assert.deepEqual(await lastLines('a.service', 'system', since(100, id), silent.run), [
    'Received signal 15',
  ])
  assert.deepEqual(
    silent.called.map(({ argv }) => argv.slice(FIXED.length)),
    [start, start.slice(0, 1)],
  )
})

test("a unit of a user's manager is found by other fields", async () => {
  const { run, called } = runningOf(() => '')
  assert.deepEqual(await lastLines('a.service', 1000, since(100), run), [])
  assert.deepEqual(
    called.map(({ argv }) => argv.slice(FIXED.length)),
    [['_SYSTEMD_USER_UNIT=a.service', '_UID=1000'], ['--user-unit=a.service']],
  )
})

test('no more than the last lines are told, also of one long entry', async () => {
  const text = Array.from({ length: 200 }, (_, at) => `line ${at}\n`).join('')
  const { run } = runningOf(() => text)
  const lines = ['line 195', 'line 196', 'line 197', 'line 198', 'line 199']
  assert.deepEqual(await lastLines('a.service', 'system', since(100), run), lines)
})

test('a journal that cannot be asked to settle is read as it is', async () => {
  const { run, called } = runningOf(() => ({ stdout: '', error: '1' }))
  await settleJournal(run)
  assert.deepEqual(
    called.map(({ path, argv }) => [path, ...argv]),
    [['/usr/bin/journalctl', '--quiet', '--sync']],
  )
})

test('without a journal there are no lines', async () => {
  const { run } = runningOf(() => ({ stdout: 'half', error: 'ETIMEDOUT' }))
  assert.deepEqual(await lastLines('a.service', 'system', since(100), run), [])
  const { run: never, called } = runningOf(() => 'x')
  assert.deepEqual(await lastLines('a*.service', 'system', since(100), never), [])
  assert.deepEqual(called, [])
})
