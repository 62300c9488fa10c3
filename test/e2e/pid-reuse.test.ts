import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { whySkipped } from './host.ts'

const INSIDE = fileURLToPath(new URL('pid-reuse-inside.ts', import.meta.url))

/**
 * In a process id namespace of its own, where the next id can be chosen; its first process reaps
 * orphans.
 */
test(
  'a process whose id another one has taken in the middle of a read is dropped',
  { skip: whySkipped() },
  () => {
    const script = '"$@" & wait $!'
    const node = [process.execPath, '--import', 'tsx', INSIDE]
    const { stdout, stderr } = spawnSync(
      'unshare',
      ['--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', script, 'sh', ...node],
      { encoding: 'utf8', timeout: 60_000, cwd: fileURLToPath(new URL('../..', import.meta.url)) },
    )
    assert.deepEqual(
      [stderr, JSON.parse(stdout)],
      ['', { isSameId: true, isOther: true, first: 'marked', second: 'gone', afterwards: 'clean' }],
    )
  },
)
