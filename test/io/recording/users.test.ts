import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { NO_CONFIG } from '../../../src/core/config/config.ts'
import type { Worker } from '../../../src/core/work/jobs.ts'
import { startClock } from '../../../src/io/clock.ts'
import { say } from '../../../src/core/printable.ts'
import { openProc } from '../../../src/io/proc/proc.ts'
import { openRecorder } from '../../../src/io/recording/recorder.ts'
import { openRecording } from '../../../src/io/recording/replay.ts'
import { openWorld } from '../../../src/io/world.ts'
import { facts } from '../../support/knowledge.ts'
import { reportOf } from '../../support/report.ts'
import { makeTree, procTree } from '../../support/tree.ts'

const uid = process.getuid?.() ?? 0
const MAPS = { maps: ['r-xp /srv/own.so (deleted)'] }

test('a recording has the users of processes, and the names of those whom units work as', async () => {
  const tree = makeTree(procTree({ 4: { ...MAPS, uid: 1001 }, 5: MAPS, 6: { ...MAPS, uid: 0 } }))
  const passwd = [
    'root:x:0',
    'zoe:x:1000',
    'http:x:33',
    'mallory:x:1001',
    'yan:x:1002',
    'pia:x:1003',
    'ida:x:1004',
  ].join('\n')
  const root = makeTree({ etc: { passwd } })
  const recorder = openRecorder()
  const proc = openProc(tree, { observe: recorder.observe })
  const world = openWorld(proc, { root }, { uid, clock: startClock() })
  const files = { ...world.files, isOfRoot: (_: unknown, { pid }: { pid: number }) => pid === 4 }
  const told = facts({ Id: 'a.service', Names: 'a.service', User: 'http' })
  const systemctl = {
    show: async () => ({ facts: new Map([['a.service', told]]), limit: null }),
    programs: async () => [],
    version: async () => null,
    marked: async () => null,
  }
  const holder = { pid: 4, mounts: [], consoles: [], guests: [] }
  const holdings = {
    of: () => ({
      holders: [{ ...holder, terminals: [{ name: say`pts/0`, uid: 1002 }], locks: [3] }],
      unread: [],
      denied: [],
    }),
  }
  const logins = [{ terminal: 'tty3', uid: 1003 }]
  const locks = new Map([[4, [{ isBlocking: true, who: say`toy`, why: say`` }]]])
  const logind = {
    ...world.logind,
    consoleLogins: async () => logins,
    locksOf: async () => locks,
  }
  const worker: Worker = {
    pid: 5,
    comm: say`sh`,
    uid: 1004,
    startTicks: 2000,
    leadsSession: true,
    exe: '/usr/bin/bash',
  }
  const members = { ...world.members, workers: () => [worker] }
  const heard = recorder.listenTo({ ...world, files, systemctl, holdings, logind, members })
  const inspections = await heard.proc.walk().inspections()
  for (const one of inspections)
    if (one.kind === 'marked')
      for (const mapping of one.mappings) heard.files.isOfRoot(mapping, one.facts)
  heard.machine.userNames()
  heard.holdings.of('/system.slice/a.service')
  heard.members.workers('/system.slice/a.service', 4)
  await heard.logind.consoleLogins()
  await heard.logind.locksOf([4, 5])
  await heard.systemctl.show(['a.service'], 'system')
  const directory = join(makeTree({}), 'recording')
  const about = { version: '0.1.0', config: NO_CONFIG, report: reportOf(), uid }
  recorder.save(directory, { ...about, anonymize: false })
  const replayed = openRecording(directory).world
  const again = await replayed.proc.walk().inspections()
  assert.deepEqual(
    again.flatMap((one) => {
      if (one.kind !== 'marked') return []
      const { facts: read, mappings } = one
      return [[read.pid, read.uid, mappings.map((each) => replayed.files.isOfRoot(each, read))]]
    }),
    [
      [4, 1001, [true]],
      [5, null, [false]],
      [6, 0, [false]],
    ],
  )
  assert.deepEqual(
    [...replayed.machine.userNames()],
    [
      [33, 'http'],
      [1002, 'yan'],
      [1003, 'pia'],
      [1004, 'ida'],
    ],
  )
  assert.deepEqual(replayed.holdings.of('/system.slice/a.service'), holdings.of())
  assert.deepEqual(await replayed.logind.consoleLogins(), logins)
  assert.deepEqual(await replayed.logind.locksOf([4, 5]), new Map([...locks, [5, []]]))
  assert.equal(await replayed.logind.locksOf([4, 6]), null)
  assert.equal(
    (await replayed.systemctl.show(['a.service'], 'system')).facts.get('a.service')?.User,
    'http',
  )
})
