import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ASKING_LIMIT_MS, LOOKING_LIMIT_MS } from '../../src/core/time-limits.ts'
import { openAsking, runProgram } from '../../src/io/program.ts'
import type { Asking } from '../../src/io/program.ts'

const SH = '/bin/sh'
const QUESTION: Asking = { maxBytes: 64 * 1024, encoding: 'utf8' }
const clockAt = (durationMs: number) => () => ({ at: new Date(0), durationMs })
const ask = (script: string, some: Partial<Asking> = {}) =>
  openAsking(clockAt(0))(SH, ['-c', script], { ...QUESTION, ...some })

test('what a program says is its answer, and how it ended is the reason for none', async () => {
  assert.deepEqual(await ask('echo said; echo wrong >&2'), { stdout: 'said\n' })
  assert.deepEqual(await ask('echo said; exit 3'), { error: 'status 3' })
  assert.deepEqual(await ask('kill -TERM $$'), { error: 'status SIGTERM' })
  const missing = await openAsking(clockAt(0))('/nowhere/at/all', [], QUESTION)
  assert.deepEqual(missing, { error: 'ENOENT' })
  assert.deepEqual(await ask("printf '\\303\\274'"), { stdout: 'ü' })
  assert.deepEqual(await ask("printf '\\303\\274'", { encoding: 'latin1' }), { stdout: 'Ã¼' })
})

test('it gets nothing on its standard input, and an environment that is fixed', async () => {
  assert.deepEqual(await ask('cat'), { stdout: '' })
  const environment = { XDG_RUNTIME_DIR: '/run/user/1' }
  const said = await openAsking(clockAt(0))('/usr/bin/env', [], { ...QUESTION, environment })
  const fixed = 'PATH=/usr/bin\nLC_ALL=C\nXDG_RUNTIME_DIR=/run/user/1\n'
  // While coverage is measured, Node gives each child of a test where to write it.
  const measured = process.env['NODE_V8_COVERAGE']
  const added = measured === undefined ? '' : `NODE_V8_COVERAGE=${measured}\n`
  assert.deepEqual(said, { stdout: `${fixed}${added}` })
})

test('an answer is bounded in bytes', async () => {
  assert.deepEqual(await ask('while :; do echo more; done'), { error: 'ENOBUFS' })
})

test('a program that says nothing is given up, and not waited for once more', async () => {
  const asking = openAsking(clockAt(0))
  const silent = ['-c', 'trap "" TERM; sleep 1000 & echo; wait'] as const
  assert.deepEqual(await asking(SH, silent, QUESTION), { error: 'ETIMEDOUT' })
  assert.deepEqual(await asking(SH, ['-c', 'echo said'], QUESTION), { error: 'ETIMEDOUT' })
})

test('one that goes on saying something is not silent', async () => {
  const script = 'for n in 1 2 3 4 5 6; do echo $n; sleep 0.5; done'
  assert.deepEqual(await ask(script), { stdout: '1\n2\n3\n4\n5\n6\n' })
})

test('nothing is asked when the time for a look is over', async () => {
  let now = 0
  const asking = openAsking(() => ({ at: new Date(0), durationMs: now }))
  const said = { stdout: 'said\n' }
  assert.deepEqual(await asking(SH, ['-c', 'echo said'], QUESTION), said)
  // Reading took all of its time: the first question that comes late still has its own.
  now = LOOKING_LIMIT_MS
  assert.deepEqual(await asking(SH, ['-c', 'echo said'], QUESTION), said)
  now = LOOKING_LIMIT_MS + ASKING_LIMIT_MS - 200
  const talking = ['-c', 'while :; do echo more; sleep 0.1; done']
  assert.deepEqual(await asking(SH, talking, QUESTION), { error: 'ETIMEDOUT' })
  now = LOOKING_LIMIT_MS + ASKING_LIMIT_MS
  assert.deepEqual(await asking('/bin/echo', ['said'], QUESTION), { error: 'ETIMEDOUT' })
})

/** Asks in a process of its own, which has inherited files, and prints the answer. */
const INSIDE = `
  import { openAsking } from '${fileURLToPath(new URL('../../src/io/program.ts', import.meta.url))}'
  const ask = openAsking(() => ({ at: new Date(), durationMs: 0 }))
  const question = { maxBytes: 65536, encoding: 'utf8' }
  const said = await ask('/bin/sh', ['-c', process.argv[1]], question)
  process.stdout.write(said.stdout ?? said.error)`

function asked(script: string): string {
  // A gap above 15 keeps Node itself from closing what comes behind it.
  const open = 'exec 200</dev/null 30</dev/null 17</dev/null 5</dev/null; exec "$@"'
  const node = ['--import', 'tsx', '--input-type=module', '-e', INSIDE, script]
  const argv = ['-c', open, 'bash', process.execPath, ...node]
  const { stdout, stderr } = spawnSync('/bin/bash', argv, { encoding: 'utf8', timeout: 60_000 })
  assert.equal(stderr, '')
  return stdout
}

test('it has no file of ours but its three pipes, also none above a gap', () => {
  const files = asked('for file in /proc/$$/fd/*; do readlink "$file" || :; done')
    .trim()
    .split('\n')
  assert.deepEqual(
    files.map((file) => file.replace(/^(?:pipe|socket):.*$/, 'pipe')),
    ['pipe', 'pipe', 'pipe'],
  )
  assert.match(asked('test ! -e /proc/$$/fd/200 && test -e /proc/$PPID/fd/0 && echo gone'), /gone/)
})

test('it leads a session of its own, without a terminal', () => {
  // `pid (comm) state ppid pgrp session tty`: proc_pid_stat(5).
  const [pid, group, session, terminal] = asked(
    'read -r pid _ _ _ group session terminal _ </proc/$$/stat; echo $pid $group $session $terminal',
  )
    .trim()
    .split(' ')
  assert.deepEqual([group, session, terminal], [pid, pid, '0'])
  const [, , , , , ours] = readFileSync('/proc/self/stat', 'latin1').split(' ')
  assert.notEqual(session, ours)
})

test(
  'what it leaves behind with its pipe is not waited for, and ends with it',
  { timeout: 20_000 },
  async () => {
    const asking = openAsking(clockAt(LOOKING_LIMIT_MS - 1000))
    const said = await asking(SH, ['-c', 'sleep 987654 & exit 0'], QUESTION)
    assert.deepEqual(said, { error: 'ETIMEDOUT' })
    const isLeft = () =>
      readdirSync('/proc').some((pid) => commandLineOf(pid) === 'sleep\x00987654\x00')
    // A signal takes its time.
    while (isLeft()) await setTimeout(10)
  },
)

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return ''
  }
}

test('when the time for a look is over, no program is started', async () => {
  let now = LOOKING_LIMIT_MS
  const late = openAsking(() => ({ at: new Date(0), durationMs: now }))
  assert.deepEqual(await late('/nowhere/at/all', [], QUESTION), { error: 'ENOENT' })
  now += ASKING_LIMIT_MS
  assert.deepEqual(await late('/nowhere/at/all', [], QUESTION), { error: 'ETIMEDOUT' })
})

const act = (script: string, limitMs = 20_000) => runProgram(SH, ['-c', script], { limitMs })

test('a program that acts has its errors told, also where it did well', async () => {
  const both = { stdout: 'said\n', stderr: 'wr\xc3\xbcng\n' }
  const script = "echo said; printf 'wr\\303\\274ng\\n' >&2"
  assert.deepEqual(await act(script), { ...both, error: null })
  assert.deepEqual(await act(`${script}; exit 5`), { ...both, error: 'status 5' })
  const missing = await runProgram('/nowhere/at/all', [], { limitMs: 1000 })
  assert.deepEqual(missing, { stdout: '', stderr: '', error: 'ENOENT' })
})

test('of its errors the first 64 KiB are kept', async () => {
  const { stderr, error } = await act(
    'printf x >&2; sleep 0.2; head -c 1000000 /dev/zero | tr "\\0" x >&2',
  )
  assert.equal(error, null)
  assert.equal(stderr, 'x'.repeat(64 * 1024))
})

test('a program that acts may be silent as long as its own limit', async () => {
  assert.deepEqual(await act('sleep 2.5; echo said'), { stdout: 'said\n', stderr: '', error: null })
  const late = await act('echo begun; echo wrong >&2; sleep 1000', 500)
  assert.deepEqual(late, { stdout: 'begun\n', stderr: 'wrong\n', error: 'ETIMEDOUT' })
})

test('it has one file more where it is given one', async () => {
  const file = openSync('/etc/passwd', 'r')
  const { stdout } = await runProgram(SH, ['-c', 'readlink /proc/$$/fd/3'], { limitMs: 1000, file })
  closeSync(file)
  assert.equal(stdout, '/etc/passwd\n')
})
