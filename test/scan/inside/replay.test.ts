import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_CONFIG } from '../../../src/core/config/config.ts'
import { explanationsOf } from '../../../src/core/explain/resolve.ts'
import { ownerOf } from '../../../src/core/owner/owner.ts'
import { say } from '../../../src/core/printable.ts'
import { renderExplanations } from '../../../src/render/explain/explain.ts'
import { scan } from '../../../src/scan/scan.ts'
import { knownOf } from '../../support/known.ts'
import type { RecordedMachine } from '../../support/recording.ts'
import { optionsOf, worldOf } from '../../support/world.ts'

const GROUP = '/system.slice/a.service'
const MACHINE: RecordedMachine = {
  processes: { 10: { maps: ['r-xp /usr/lib/libz.so.1 (deleted)'], cgroup: GROUP } },
  units: { 'a.service': {} },
  users: { 1000: 'zoe' },
}
const HOLDER = {
  pid: 11,
  mounts: [say`/media/zoe/My stick`],
  terminals: [{ name: say`pts/3`, uid: 1000 }],
  consoles: [],
  guests: [{ runtime: 'nspawn', name: say`web` } as const],
}

async function scanned(some: Partial<RecordedMachine>) {
  const world = worldOf({ ...MACHINE, ...some })
  const asker = { version: '0.1.0', environment: {} }
  const found = await scan(world, optionsOf(), NO_CONFIG, asker, () => {})
  const explained = explanationsOf(['10'], found, knownOf(new Map([[10, ownerOf(GROUP)]])))
  assert.ok(!('nearest' in explained))
  const [finding] = found.report.findings
  return {
    verdict: [finding?.action, finding?.cautions.map(({ code }) => code)],
    lines: renderExplanations(explained, true, { width: 80 }),
  }
}

test('a recording that was made before these questions gives what it gave', async () => {
  assert.deepEqual((await scanned({})).verdict, ['restart', []])
})

test('what a group holds decides in a replay too, and explain names all of it', async () => {
  const holding = { holders: [HOLDER], unread: [12], denied: [13] }
  const { verdict, lines } = await scanned({ holdings: { [GROUP]: holding } })
  assert.deepEqual(verdict, ['manual', ['ends-guests']])
  for (const line of [
    '  PID 11 serves a file system: "/media/zoe/My stick"',
    '  PID 11 has the other end of: pts/3 (zoe)',
    '  PID 11 runs: container web',
    '  PID 12 has more open files than are looked at',
    '  PID 13 has open files, sockets or children that could not be read',
  ])
    assert.ok(
      lines.some((one) => one === line),
      line,
    )
})

test('a lock decides in a replay too, by what logind said of it', async () => {
  const holder = { pid: 11, mounts: [], terminals: [], consoles: [], guests: [], locks: [3] }
  const holding = { holders: [holder], unread: [], denied: [] }
  const lock = { isBlocking: true, who: say`toy`, why: say`a b` }
  const saying = (locks: RecordedMachine['locks']) =>
    scanned({ holdings: { [GROUP]: holding }, ...(locks && { locks }) })
  const { verdict, lines } = await saying({ 11: [lock] })
  assert.deepEqual(verdict, ['manual', ['blocks-shutdown']])
  assert.ok(lines.some((line) => line === '  Asked not to be interrupted: toy ("a b")'))
  assert.deepEqual((await saying({ 11: [{ ...lock, isBlocking: false }] })).verdict[0], 'restart')
  for (const silent of [undefined, { 11: null }, { 11: [] }]) {
    const unknown = await saying(silent)
    assert.deepEqual(unknown.verdict, ['manual', ['blocks-shutdown']])
    const line = '  Asked not to be interrupted: purpose not known'
    assert.ok(unknown.lines.some((one) => one === line))
  }
})

test('too many open files are said in explain, and change nothing', async () => {
  const holding = { holders: [], unread: [10], denied: [] }
  const { verdict, lines } = await scanned({ holdings: { [GROUP]: holding } })
  assert.deepEqual(verdict, ['restart', []])
  assert.ok(lines.some((line) => line === '  PID 10 has more open files than are looked at'))
})

test('the login at the console of a unit decides in a replay too', async () => {
  const units = { 'a.service': { TTYPath: '/dev/tty3', TTYVHangup: 'yes' } }
  const logins = [{ terminal: 'tty3', uid: 1000 }]
  const { verdict, lines } = await scanned({ units, consoleLogins: logins })
  assert.deepEqual(verdict, ['manual', ['hangs-up-terminals']])
  assert.ok(lines.some((line) => line === '  Hangs up with it: tty3 (zoe)'))
  assert.deepEqual((await scanned({ units, consoleLogins: null })).verdict[0], 'manual')
  assert.deepEqual((await scanned({ units, consoleLogins: [] })).verdict[0], 'restart')
})
