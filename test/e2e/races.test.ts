import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { mustRun, openSession } from './lab.ts'
import type { Lab, RunOptions } from './lab.ts'
import {
  MALLORY,
  REINSTALL,
  assertHookNames,
  assertReportNames,
  bootWithMallory,
} from './mallory.ts'
import { startTrap, whySkippedWithCompiler } from './silent.ts'
import {
  findingOf,
  namesIn,
  report,
  service,
  start,
  transaction,
  waitUntilLoaded,
  writeUnits,
} from './toys.ts'

const skip = whySkippedWithCompiler()

const GONE = '/usr/local/bin/goner'
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
    lab = await bootWithMallory('mounts')
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
    const namespaces = ['unshare', '--user', '--map-root-user', '--mount']
    const argv = [...namespaces, 'mounts', ...words.map(String)]
    assert.equal(startTrap(lab, argv, asMallory()), 'ready\n')
  }
  /** Looks as the hook of a transaction, and by hand. */
  const assertNamed = () => {
    assertHookNames(lab, 'stale.service', BOUND)
    const found = assertReportNames(lab, 'stale.service', BOUND)
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
    const among = findingOf(report(lab, BOUND), 'gone.service')
    lab.run(['pkill', '-KILL', '-x', 'mounts'])
    assert.deepEqual(among, findingOf(report(lab, BOUND), 'gone.service'))
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
