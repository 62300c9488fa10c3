import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('../support/long-texts.ts', import.meta.url))

/**
 * Far more time of a processor than linear parsers take, far less than any other takes. A clock
 * would measure how busy the machine is.
 */
const CPU_SECONDS = 60

test('no parser takes more steps than a multiple of the length of what it reads', () => {
  const limited = ['-c', `ulimit -t ${CPU_SECONDS} && exec "$@"`, 'sh']
  const node = [process.execPath, '--import', 'tsx', SCRIPT]
  const { stdout, stderr, signal } = spawnSync('/bin/sh', [...limited, ...node], {
    encoding: 'utf8',
  })
  const done = stdout.split('\n').filter((line) => line !== '')
  assert.deepEqual([done.at(-1), signal, stderr], ['all', null, ''])
})
