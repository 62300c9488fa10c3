import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { BUNDLE, reportDocument } from '../support/bundle.ts'
import { restartedBy } from '../support/screen-parts.ts'
import { makeTree, procTree } from '../support/tree.ts'

/**
 * Loaded before the program. It holds up what Node's pool opens of maps, for so long or for ever;
 * in the latter case no thread begins either. It takes exec(3) away: Node has it from 22.15 on.
 */
const HELD_UP = `
  const fs = require('node:fs')
  const { open } = fs
  const { HELD_UP_MS } = process.env
  delete process.execve
  if (HELD_UP_MS === 'for ever')
    require('node:worker_threads').Worker = class {
      constructor() {
        throw Object.assign(new Error('no thread'), { code: 'EAGAIN' })
      }
    }
  fs.open = (path, flags, tell) => {
    if (!path.endsWith('/maps')) open(path, flags, tell)
    else if (HELD_UP_MS !== 'for ever') setTimeout(open, Number(HELD_UP_MS), path, flags, tell)
  }`

const STALE = { maps: ['r-xp /usr/lib/libz.so.1 (deleted)'], cgroup: '/system.slice/a.service' }

/** Looks at a tree of stale processes, of which the pool reads none in time. */
function scanHeldUp(heldUpMs: string, options: readonly string[]) {
  const directory = makeTree({
    ...procTree({ 4: STALE, 5: STALE, 6: STALE }),
    'held-up.cjs': HELD_UP,
  })
  const argv = ['-r', join(directory, 'held-up.cjs'), BUNDLE, '--proc', directory, ...options]
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, argv, {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', HELD_UP_MS: heldUpMs },
    timeout: 60_000,
  })
  assert.equal(stderr, '')
  return { status, signal, stdout }
}

const limitsIn = (stdout: string) => reportDocument(stdout).limits.map(({ code }) => code)

const JSON_FORMAT = ['--format', 'json', '--exit-code']

test('a complete look ends with its own status, also where the pool is late', () => {
  // Threads read all processes long before.
  const { status, signal, stdout } = scanHeldUp('1000', JSON_FORMAT)
  assert.deepEqual([status, signal], [1, null])
  assert.deepEqual(limitsIn(stdout), ['recorded-units'])
})

test('a hook ends with status 0, also where the pool is late', () => {
  const { status, signal, stdout } = scanHeldUp('1000', ['--hook'])
  assert.deepEqual([status, signal], [0, null])
  assert.deepEqual(restartedBy(stdout), ['a'])
})

test('only where a read is stuck for good does a signal end it', () => {
  const { status, signal, stdout } = scanHeldUp('for ever', JSON_FORMAT)
  assert.deepEqual([status, signal], [null, 'SIGUSR2'])
  assert.deepEqual(limitsIn(stdout), ['maps-stuck'])
})
