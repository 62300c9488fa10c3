import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const noCheckout = existsSync(`${root}.git`) ? false : 'this is no checkout'

test('git keeps nothing that is ignored, and no link', { skip: noCheckout }, () => {
  // A checkout of another owner is none of git's business unless it is told so.
  const options = ['-c', 'safe.directory=*', '-C', root, 'ls-files', '--cached']
  const kept = (...more: readonly string[]) => {
    const { stdout, stderr, status } = spawnSync('git', [...options, ...more], { encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    return stdout.split('\n').filter(Boolean)
  }
  assert.deepEqual(kept('--ignored', '--exclude-standard'), [])
  const links = kept('--stage', ':!test/fixtures').filter((line) => line.startsWith('120000'))
  assert.deepEqual(links, [])
  assert.ok(kept().includes('package.json'))
})
