import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { mustRun, openSession } from './lab.ts'
import type { Lab, RunOptions } from './lab.ts'
import {
  MALLORY,
  REINSTALL,
  assertHookNames,
  assertReportNames,
  bootWithMallory,
} from './mallory.ts'
import {
  SILENT,
  assertRootDoesNotWait,
  assertWaits,
  endSilent,
  startSilent,
  startTrap,
  waitForSilent,
  whySkippedWithFuse,
} from './silent.ts'
import {
  LIBRARY,
  cautionCodes,
  findingOf,
  namesIn,
  report,
  service,
  start,
  transaction,
  waitUntilLoaded,
  waitUntilMapped,
  writeUnits,
} from './toys.ts'

const skip = whySkippedWithFuse()

const GONE = '/usr/local/bin/goner'
const SYSTEMCTL = '/usr/bin/systemctl'
/** What a look and a transaction may take; what is held up would take much longer, or for ever. */
const BOUND = { timeoutMs: 10_000 }
/** So many processes swap two files: whenever root looks, some have the one and some the other. */
const SWAPPING = '24'

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
    lab = await bootWithMallory('silent', 'mounts', 'swaps')
    session = openSession(lab, MALLORY.name)
    writeUnits(lab, {
      'stale.service': service(`User=${MALLORY.name}`, `WorkingDirectory=${MALLORY.home}`),
      'gone.service': `Type=exec\nPrivateTmp=yes\nExecStart=${GONE} infinity`,
      'sound.service': 'Type=exec\nExecStart=/usr/bin/sleep infinity',
    })
    start(lab, ['stale.service'])
    mustRun(lab, ['systemctl', 'start', 'sound.service'])
    // The first run after an installation reads what no cache has yet.
    transaction(lab, REINSTALL)
  })
  afterEach(() => {
    // First what others wait for: until then nothing else can end.
    endSilent(lab)
    lab.run(['pkill', '-KILL', '-x', 'mounts|swaps'])
    lab.run(['umount', '--lazy', MALLORY.home])
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
  /** Starts what the next transaction makes stale. */
  const startFresh = () => {
    mustRun(lab, ['systemctl', 'restart', 'stale.service'])
    waitUntilLoaded(lab, ['stale.service'])
  }
  /** Looks as the hook of a transaction, and by hand. */
  const assertNamed = () => {
    startFresh()
    assertHookNames(lab, 'stale.service', BOUND)
    const found = assertReportNames(lab, 'stale.service', BOUND)
    assert.ok(!namesIn(found).includes('sound.service'))
  }

  test('stacks thousands of mounts on one path', { timeout: 60_000 }, () => {
    startMounts('stacked', 9000, 1000)
    assertNamed()
  })

  test('has hundreds of processes that see very many mounts', { timeout: 120_000 }, () => {
    startMounts('doubled', 65_536, 1, 400)
    // To read all of these takes longer than root reads the mounts of users.
    for (let namespace = 0; namespace < 60; namespace++) startMounts('doubled', 8192, 10)
    const copy = 'cp /usr/bin/sleep "$1" && systemctl restart gone.service && rm "$1"'
    mustRun(lab, ['sh', '-c', copy, 'copy', GONE])
    assertNamed()
    const among = findingOf(report(lab, BOUND), 'gone.service')
    assert.ok(cautionCodes(among).includes('cannot-start'))
    assert.equal(among.command, null)
    lab.run(['pkill', '-KILL', '-x', 'mounts'])
    assert.deepEqual(among, findingOf(report(lab, BOUND), 'gone.service'))
    lab.run(['systemctl', 'stop', 'gone.service'])
  })

  test('maps a file of a silent server in the place of another', { timeout: 60_000 }, () => {
    // Both files have this path, in different namespaces: only their mounts differ.
    const file = '/mnt/overlay/x.so'
    mustRun(lab, ['install', '-d', '-o', MALLORY.name, '/mnt/overlay'])
    mustRun(lab, ['cp', LIBRARY, file], asMallory())
    const pid = startSilent(lab, ['lent', 'swaps', SWAPPING, file], asMallory())
    waitUntilMapped(lab, file, 1)
    mustRun(lab, ['rm', file], asMallory())
    for (let time = 0; time < 3; time++) assertNamed()
    assertRootDoesNotWait(lab)
    assertWaits(lab, `/proc/${pid}/fd/0`)
  })

  test('maps an older copy in the place of a replaced library', { timeout: 60_000 }, () => {
    const script =
      'exec <"$2"; echo opened\n' +
      'until [ -e "$2" ] && ! [ /proc/self/fd/0 -ef "$2" ]; do sleep 0.01; done\n' +
      'exec swaps "$@"'
    const running = 'until [ "$(pgrep -cx swaps)" = "$1" ]; do sleep 0.01; done'
    for (let time = 0; time < 6; time++) {
      startTrap(lab, ['sh', '-c', script, 'older', SWAPPING, LIBRARY], asMallory())
      // It takes the older copy away. The service starts right behind it, so that the file's own
      // time decides; and later than mallory's processes, so that these are looked at first.
      transaction(lab, REINSTALL, BOUND)
      mustRun(lab, ['sh', '-c', running, 'running', SWAPPING], BOUND)
      assertNamed()
      mustRun(lab, ['pkill', '-KILL', '-x', 'swaps'])
    }
  })

  test('mounts a silent server while root asks systemd', { timeout: 60_000 }, (t) => {
    const [real, armed, said] = [`${SYSTEMCTL}.real`, '/tmp/armed', '/tmp/served.said']
    // Root does what fusermount3(1) does for everybody where "user_allow_other" is set.
    const script =
      '#!/bin/sh\n' +
      `if [ "$2" = show ] && rm ${armed} 2>/dev/null; then\n` +
      `  setsid ${SILENT} mounted ${MALLORY.home} ${MALLORY.uid} >${said} 2>&1 </dev/null &\n` +
      `  until grep -q . ${said}; do sleep 0.01; done\n` +
      'fi\n' +
      `exec ${real} "$@"\n`
    mustRun(lab, ['mv', SYSTEMCTL, real])
    t.after(() => void lab.run(['mv', real, SYSTEMCTL]))
    lab.write(SYSTEMCTL, script, 0o755)
    startFresh()
    for (const assertNames of [assertHookNames, assertReportNames]) {
      mustRun(lab, ['touch', armed])
      assertNames(lab, 'stale.service', BOUND)
      waitForSilent(lab, said)
      assertRootDoesNotWait(lab)
      assertWaits(lab, MALLORY.home)
      endSilent(lab)
      mustRun(lab, ['umount', '--lazy', MALLORY.home])
      mustRun(lab, ['rm', said])
    }
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
