import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('../support/long-texts.ts', import.meta.url))

/** Far more than linear parsers take on a busy machine, far less than any other takes. */
const TIME_LIMIT_MS = 60_000

test('no parser takes more steps than a multiple of the length of what it reads', () => {
  const { stdout, stderr, signal } = spawnSync(process.execPath, ['--import', 'tsx', SCRIPT], {
    encoding: 'utf8',
    timeout: TIME_LIMIT_MS,
    killSignal: 'SIGKILL',
  })
  const done = stdout.split('\n').filter((line) => line !== '')
  assert.deepEqual([done.at(-1), signal, stderr], ['all', null, ''])
})
