import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { whySkipped } from './host.ts'
import { mustRun } from './lab.ts'
import type { Lab } from './lab.ts'
import { PACMAN, bootWithProgram, packageFile, toyLibrary, transaction } from './toys.ts'

const REMOVE = [...PACMAN, '-R', 'stale-libs'] as const
const CONFIG = '/etc/stale-libs/config.toml'

describe('the package', { skip: whySkipped() }, () => {
  let lab: Lab

  before(async () => {
    lab = await bootWithProgram([
      { name: 'libtoy', files: { 'usr/lib/libtoy.so.1': toyLibrary() } },
    ])
    use()
  })
  after(() => lab.stop())

  /** Runs the program by hand and from its hook: whatever it leaves behind is there then. */
  const use = () => {
    mustRun(lab, ['stale-libs'])
    transaction(lab, [...PACMAN, '-U', packageFile('libtoy', '1.0-1')])
  }
  /** Returns what has the program's name, but for what belongs to pacman and to these tests. */
  const leftovers = () => {
    const others = ['/var/lib/pacman', '/var/cache/pacman', '/var/cache/stale-libs-ci']
    const prune = others.flatMap((path) => ['-path', path, '-prune', '-o'])
    const named = ['(', '-name', '*stale-libs', '-o', '-name', '*stale-libs.*', ')', '-print']
    return mustRun(lab, ['find', '/etc', '/opt', '/usr', '/var', ...prune, ...named])
      .split('\n')
      .filter((path) => path !== '')
  }

  test('leaves nothing behind when it is removed', () => {
    assert.ok(leftovers().includes('/etc/stale-libs'))
    mustRun(lab, REMOVE)
    assert.deepEqual(leftovers(), [])
  })

  test('leaves only a changed configuration behind, as pacman does', () => {
    mustRun(lab, ['sh', '-c', `${PACMAN.join(' ')} -U /srv/*.pkg.tar*`])
    lab.write(CONFIG, '[ignore]\nunits = ["a.service"]\n')
    use()
    mustRun(lab, REMOVE)
    assert.deepEqual(leftovers(), ['/etc/stale-libs'])
    assert.equal(mustRun(lab, ['ls', '-A', '/etc/stale-libs']), 'config.toml.pacsave\n')
  })
})
