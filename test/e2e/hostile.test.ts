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
import {
  SILENT,
  assertWaits,
  endSilent,
  mappedBy,
  startSilent,
  waitForSilent,
  whySkippedWithFuse,
} from './silent.ts'
import {
  LIBRARY,
  giveBus,
  service,
  start,
  transaction,
  waitUntilLoaded,
  writeUnits,
} from './toys.ts'

const skip = whySkippedWithFuse()

const MANAGER = `user@${MALLORY.uid}.service`
const SERVED = '/srv/served'
/** What a transaction and a run by hand may take; a look that waits would take for ever. */
const SOON = { timeoutMs: 5000 }

/** A unit that is stale, and has a process in it that is not: one whose root nobody may look at. */
const worksForUsers = (said: string) =>
  `/bin/sh -c '${SILENT} root >${said} & exec /usr/bin/sleep infinity'`

/** What mallory does, each returning the paths where a look waits. */
type Trap = (lab: Lab, mallory: RunOptions) => readonly string[]

const TRAPS: Readonly<Record<string, Trap>> = {
  'is the root directory of a stale process': (lab, mallory) => [
    `/proc/${startSilent(lab, ['root', LIBRARY], mallory)}/root`,
  ],
  'has a file that is mapped and gone': (lab, mallory) => [
    mappedBy(lab, startSilent(lab, ['mapped'], mallory)),
  ],
  'is the root directory of a fresh process in a stale service': (lab) => {
    mustRun(lab, ['systemctl', 'start', 'jobs.service'])
    waitUntilLoaded(lab, ['jobs.service'])
    return [`/proc/${waitForSilent(lab, '/tmp/jobs.said')}/root`]
  },
  'is the root directory of a fresh process in a stale service of a user': (lab, mallory) => {
    mustRun(lab, ['systemctl', '--user', 'start', 'jobs.service'], mallory)
    const loaded = `until grep -qs "${LIBRARY}$" $(grep -ls ${MANAGER}/app.slice/jobs /proc/[0-9]*/cgroup | sed s/cgroup$/maps/); do sleep 0.01; done`
    mustRun(lab, ['sh', '-c', loaded], { timeoutMs: 10_000 })
    return [`/proc/${waitForSilent(lab, '/tmp/own-jobs.said')}/root`]
  },
  'is mounted for everybody, and has a file that is mapped and gone': (lab) => {
    const pid = startSilent(lab, ['mounted', SERVED, String(MALLORY.uid)])
    return [mappedBy(lab, pid), `${SERVED}/x.so`, `${SERVED}/x.so (deleted)`]
  },
  'is no longer mounted, and has a file that is mapped and gone': (lab) => [
    mappedBy(lab, startSilent(lab, ['unmounted', SERVED, String(MALLORY.uid)])),
  ],
}

describe('a file system that a user serves, and whose server is silent', { skip }, () => {
  let lab: Lab
  let session = ''

  before(async () => {
    lab = await bootWithMallory('silent')
    giveBus(lab)
    mustRun(lab, ['systemctl', 'start', MANAGER])
    session = openSession(lab, MALLORY.name)
    mustRun(lab, ['mkdir', SERVED])
    const [system, own] = [worksForUsers('/tmp/jobs.said'), worksForUsers('/tmp/own-jobs.said')]
    lab.write('/etc/systemd/user/jobs.service', `[Service]\n${service(`ExecStart=${own}`)}\n`)
    mustRun(lab, ['systemctl', '--user', 'daemon-reload'], asMallory())
    writeUnits(lab, {
      'one.service': service(),
      'jobs.service': service(`User=${MALLORY.name}`, `ExecStart=${system}`),
    })
    start(lab, ['one.service'])
    // The first run after an installation reads what no cache has yet.
    transaction(lab, REINSTALL)
  })
  beforeEach(() => {
    mustRun(lab, ['systemctl', 'restart', 'one.service'])
    waitUntilLoaded(lab, ['one.service'])
  })
  afterEach(() => {
    // First what others wait for: until then nothing else can end.
    endSilent(lab)
    lab.run(['systemctl', 'stop', 'jobs.service'])
    lab.run(['systemctl', '--user', 'stop', 'jobs.service'], asMallory())
    lab.run(['umount', '--lazy', SERVED])
    lab.run(['sh', '-c', 'rm -f /tmp/*.said /var/lib/pacman/db.lck'])
  })
  after(() => lab?.stop())

  const asMallory = (): RunOptions => ({ uid: MALLORY.uid, cgroup: session })
  /** Whatever a run has started beside the services. */
  const leftOver = () => {
    // Written so that no pattern finds the shell that it stands in.
    const script =
      'for pid in $(pgrep -x "node|systemctl|busctl|loginctl|timeout|pacman"; pgrep -f "[/]stale-libs")\n' +
      'do tr "\\0" " " <"/proc/$pid/cmdline" && echo "($pid)"; done 2>/dev/null; true'
    return mustRun(lab, ['sh', '-c', script])
      .split('\n')
      .filter((line) => line !== '')
  }

  for (const [how, set] of Object.entries(TRAPS))
    test(`${how}: nobody waits for it`, { timeout: 60_000 }, () => {
      for (const path of set(lab, asMallory())) assertWaits(lab, path)
      assertHookNames(lab, 'one.service', SOON)
      assert.deepEqual(leftOver(), [])
      assert.equal(lab.run(['test', '-e', '/var/lib/pacman/db.lck']).status, 1)
      assertReportNames(lab, 'one.service', SOON)
      assert.deepEqual(leftOver(), [])
    })
})
