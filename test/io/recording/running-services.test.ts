import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { RunningProcess } from '../../../src/core/advice/stale-process.ts'
import { NO_CONFIG } from '../../../src/core/config/config.ts'
import { ownerOf } from '../../../src/core/owner/owner.ts'
import { parseControlGroup } from '../../../src/core/proc/control-group.ts'
import { startClock } from '../../../src/io/clock.ts'
import { openProc } from '../../../src/io/proc/proc.ts'
import { openRecorder } from '../../../src/io/recording/recorder.ts'
import { openRecording } from '../../../src/io/recording/replay.ts'
import { openWorld } from '../../../src/io/world.ts'
import { reportOf } from '../../support/report.ts'
import { makeTree, procTree } from '../../support/tree.ts'

test('a recording has the text of a control group, and replays the path that it tells', async () => {
  const cgroup = parseControlGroup('12:cpu:/\n1:name=systemd:/system.slice/a.service\n0::/\n')
  const running: RunningProcess = {
    comm: 'a',
    startTicks: 1,
    cgroup,
    owner: ownerOf(cgroup.path),
    exe: '/usr/bin/a',
  }
  const uid = process.getuid?.() ?? 0
  const proc = openProc(makeTree(procTree({})))
  const world = openWorld(proc, { root: makeTree({}) }, { uid, clock: startClock() })
  const recorder = openRecorder()
  const ports = {
    units: () => ['a.service'],
    process: () => running,
    programs: () => [],
    arguments: () => [],
    unmet: () => [],
  }
  const asked = recorder.listenTo({ ...world, running: ports })
  await asked.proc.walk().inspections()
  assert.deepEqual(
    [asked.running.units('system'), asked.running.process(4)],
    [['a.service'], running],
  )
  const directory = join(makeTree({}), 'recording')
  const about = { version: '0.1.0', config: NO_CONFIG, report: reportOf(), uid }
  recorder.save(directory, { ...about, anonymize: false })
  const text = readFileSync(join(directory, 'recording.json'), 'utf8')
  assert.ok(text.includes(`"cgroup": ${JSON.stringify(cgroup.text)}`))
  const replayed = openRecording(directory).world.running
  assert.deepEqual(replayed.units('system'), ['a.service'])
  assert.deepEqual(replayed.process(4), running)
  assert.equal(replayed.process(5), null)
})
