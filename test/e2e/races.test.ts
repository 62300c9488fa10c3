import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { reportDocument } from '../support/bundle.ts'
import { readHook } from './hook-output.ts'
import { addUser, mustRun, openSession } from './lab.ts'
import type { Lab, RunOptions } from './lab.ts'
import { installProgram, whySkippedWithCompiler } from './silent.ts'
import {
  PACMAN,
  bootWithProgram,
  findingOf,
  namesIn,
  packageFile,
  service,
  start,
  toyLibrary,
  transaction,
  waitUntilLoaded,
  writeUnits,
} from './toys.ts'

const skip = whySkippedWithCompiler()

const MALLORY = { name: 'mallory', uid: 1001 }
const GONE = '/usr/local/bin/goner'
const REINSTALL = [...PACMAN, '-U', packageFile('libtoy', '1.0-1')]
/** What a look and a transaction may take; what is held up would take much longer. */
const BOUND = { timeoutMs: 10_000 }

/** Where mallory waits for a recording of root's, each a script that prints the directory. */
const LEADS: Readonly<Record<string, string>> = {
  'a directory': 'mkdir -p ~/own && echo ~/own',
  'a directory in /tmp': 'mkdir -p /tmp/own && echo /tmp/own',
  'a link in /tmp': 'mkdir -p ~/own && ln -sfn ~/own /tmp/link && echo /tmp/link',
}

describe('a user who is in the way of what root does', { skip }, () => {
  let lab: Lab
  let session = ''

  before(async () => {
    const libtoy = { name: 'libtoy', files: { 'usr/lib/libtoy.so.1': toyLibrary() } }
    lab = await bootWithProgram([libtoy])
    mustRun(lab, REINSTALL)
    installProgram(lab, 'mounts')
    addUser(lab, MALLORY.name, MALLORY.uid)
    session = openSession(lab, MALLORY.name)
    writeUnits(lab, {
      'stale.service': service(),
      'gone.service': `Type=exec\nPrivateTmp=yes\nExecStart=${GONE} infinity`,
      'sound.service': 'Type=exec\nExecStart=/usr/bin/sleep infinity',
    })
    start(lab, ['stale.service'])
    mustRun(lab, ['systemctl', 'start', 'sound.service'])
    // The first run after an installation reads what no cache has yet.
    transaction(lab, REINSTALL)
  })
  beforeEach(() => {
    mustRun(lab, ['systemctl', 'restart', 'stale.service'])
    waitUntilLoaded(lab, ['stale.service'])
  })
  afterEach(() => {
    lab.run(['pkill', '-KILL', '-x', 'mounts'])
    lab.run(['sh', '-c', 'rm -f /tmp/tmp.* /var/lib/pacman/db.lck'])
  })
  after(() => lab?.stop())

  const asMallory = (): RunOptions => ({ uid: MALLORY.uid, cgroup: session })
  /** Starts `mounts.c` in namespaces of mallory's own. */
  const startMounts = (...words: readonly (string | number)[]) => {
    const script =
      'said=$(mktemp)\n' +
      'setsid unshare --user --map-root-user --mount mounts "$@" >"$said" 2>&1 </dev/null &\n' +
      'until grep -q . "$said"; do sleep 0.01; done; cat "$said"'
    const argv = ['sh', '-c', script, 'mounts', ...words.map(String)]
    assert.equal(mustRun(lab, argv, asMallory()), 'ready\n')
  }
  /** Looks as the hook of a transaction, and by hand. */
  const assertNamed = () => {
    const lines = transaction(lab, REINSTALL, BOUND)
    const { labels, commands } = readHook(lines)
    assert.ok(labels.includes('stale.service'), lines.join('\n'))
    assert.match(commands['Restart the services:'] ?? '', /\bstale\.service\b/)
    const found = reportDocument(mustRun(lab, ['stale-libs', '--format', 'json'], BOUND))
    const restart = ['systemctl', 'restart', '--', 'stale.service']
    assert.deepEqual(findingOf(found, 'stale.service').command, restart)
    assert.ok(!namesIn(found).includes('sound.service'))
  }

  test('stacks thousands of mounts on one path', { timeout: 60_000 }, () => {
    startMounts('stacked', 9000, 1000)
    assertNamed()
  })

  test('has hundreds of processes that see very many mounts', { timeout: 60_000 }, () => {
    startMounts('doubled', 65_536, 1, 400)
    const copy = 'cp /usr/bin/sleep "$1" && systemctl restart gone.service && rm "$1"'
    mustRun(lab, ['sh', '-c', copy, 'copy', GONE])
    assertNamed()
    const look = () => reportDocument(mustRun(lab, ['stale-libs', '--format', 'json'], BOUND))
    const among = findingOf(look(), 'gone.service')
    lab.run(['pkill', '-KILL', '-x', 'mounts'])
    assert.deepEqual(among, findingOf(look(), 'gone.service'))
    lab.run(['systemctl', 'stop', 'gone.service'])
  })

  for (const [how, set] of Object.entries(LEADS))
    test(`owns ${how}: root records nothing there`, { timeout: 60_000 }, () => {
      const directory = mustRun(lab, ['sh', '-c', set], asMallory()).trim()
      const { status, stderr } = lab.run(['stale-libs', 'record', directory], BOUND)
      assert.equal(status, 3, stderr)
      assert.match(stderr, /^stale-libs: Cannot record to "[^\n]*\n$/)
      assert.equal(mustRun(lab, ['find', '-L', directory, '-mindepth', '1']), '')
    })
})
