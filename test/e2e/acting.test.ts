import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { stageOf } from '../../src/core/act/progress.ts'
import type { UnitProgress } from '../../src/core/act/progress.ts'
import { openActing } from '../../src/io/act/acting.ts'
import type { Acting } from '../../src/io/act/acting.ts'
import { lastLines, settleJournal } from '../../src/io/act/journal.ts'
import type { Run } from '../../src/io/program.ts'
import { whySkipped } from './host.ts'
import { bootLab, mustRun } from './lab.ts'
import type { Lab } from './lab.ts'
import { writeUnits } from './toys.ts'

const SLEEP = 'ExecStart=/usr/bin/sleep infinity'
const UNITS: Readonly<Record<string, string>> = {
  'good.service': `Type=exec\n${SLEEP}`,
  'other.service': `Type=exec\n${SLEEP}`,
  'once.service': 'Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true',
  'refuses.service': `[Unit]\nRefuseManualStop=yes\n[Service]\n${SLEEP}`,
  'dies.service': `ExecStart=/bin/sh -c "test -e /run/well && exec sleep infinity; echo why; exit 3"`,
  'again.service':
    'ExecStart=/bin/sh -c "test -e /run/well && exec sleep infinity; exit 3"\n' +
    'Restart=always\nRestartSec=60',
  'slow.service':
    'Type=exec\nExecStartPre=/bin/sh -c "test -e /run/well || exec sleep infinity"\n' + SLEEP,
  'inactive.service': SLEEP,
}
const STARTED = Object.keys(UNITS).filter((unit) => unit !== 'inactive.service')

describe('what acts on a booted machine', { skip: whySkipped() }, () => {
  let lab: Lab
  let acting: Acting
  let run: Run

  before(async () => {
    lab = await bootLab()
    run = async (path, argv) => {
      const { status, stdout, stderr } = lab.run([path, ...argv])
      return { stdout, stderr, error: status === 0 ? null : `status ${status}` }
    }
    acting = openActing('system', run)
    lab.write('/run/well', '')
    writeUnits(lab, UNITS)
    mustRun(lab, ['systemctl', 'start', ...STARTED])
  })
  after(() => lab.stop())

  const stateOf = async (unit: string): Promise<UnitProgress> => {
    const state = (await acting.progress([unit]))?.get(unit)
    assert.ok(state)
    return state
  }

  test('all but the refused unit are restarted, and each is seen at its stage', async () => {
    const was = await acting.progress(STARTED)
    mustRun(lab, ['rm', '/run/well'])
    const begun = Date.now() / 1000 - 1
    const lines = await acting.restart(STARTED)
    assert.equal(lines.length, 1, lines.join('\n'))
    assert.match(lines[0] ?? '', /Operation refused, unit refuses\.service/)
    mustRun(lab, ['sh', '-c', 'until systemctl -q is-failed dies.service; do sleep 0.05; done'])
    const states = await acting.progress(STARTED)
    const stages = STARTED.map((unit) => {
      const [old, now] = [was?.get(unit), states?.get(unit)]
      return old && now ? stageOf(old, now) : null
    })
    assert.deepEqual(Object.fromEntries(STARTED.map((unit, at) => [unit, stages[at]])), {
      'good.service': 'done',
      'other.service': 'done',
      'once.service': 'done',
      'refuses.service': 'untouched',
      'dies.service': 'failed',
      'again.service': 'starting-again',
      'slow.service': 'waiting',
    })
    assert.deepEqual(states?.get('dies.service')?.mainExit, { kind: 'exited', number: 3 })
    assert.deepEqual(await acting.failed(), ['dies.service'])
    await settleJournal(run)
    const since = { seconds: begun, invocation: states?.get('dies.service')?.invocation ?? '' }
    assert.notEqual(since.invocation, '')
    assert.deepEqual(await lastLines('dies.service', 'system', since, run), ['why'])
    lab.write('/run/well', '')
  })

  test('a name has a unit, or none', async () => {
    const names = ['good.service', 'nowhere.service', 'getty@.service', 'good*', 'dbus.service']
    const known = await acting.identify(names)
    assert.deepEqual([...(known?.values() ?? [])].slice(0, 4), ['good.service', null, null, null])
  })

  test('a marker is set and taken back without a file; an inactive unit keeps none', async () => {
    const asked = ['good.service', 'inactive.service', 'nowhere.service']
    const refused = await acting.mark(asked, true)
    assert.deepEqual(
      refused.map(({ unit, why }) => [unit, why === null]),
      [
        ['inactive.service', true],
        ['nowhere.service', false],
      ],
    )
    const show = ['systemctl', 'show', '--property=Markers,DropInPaths', 'good.service']
    const marked = mustRun(lab, show).trim().split('\n').toSorted()
    assert.deepEqual(marked, ['DropInPaths=', 'Markers=needs-restart'])
    assert.equal(await acting.reload(), null)
    assert.match(mustRun(lab, show), /needs-restart/)
    assert.deepEqual(await acting.mark(['good.service'], false), [])
    assert.doesNotMatch(mustRun(lab, show), /needs-restart/)
    mustRun(lab, ['sh', '-c', 'test ! -e /run/systemd/system.control'])
  })

  test('systemd answers when it has executed itself anew, and restarts nothing', async () => {
    const was = await stateOf('good.service')
    assert.equal(await acting.reexecute(), null)
    assert.equal(stageOf(was, await stateOf('good.service')), 'untouched')
  })

  test('survivors of a soft reboot are told where systemd knows them', async () => {
    const version = Number(/\d+/.exec(mustRun(lab, ['systemctl', '--version']))?.[0])
    writeUnits(lab, {
      'stays.service':
        '[Unit]\nDefaultDependencies=no\nSurviveFinalKillSignal=yes\n' +
        `Conflicts=reboot.target\n[Service]\n${SLEEP}`,
      'ends.service': `[Unit]\nSurviveFinalKillSignal=yes\n[Service]\n${SLEEP}`,
    })
    mustRun(lab, ['systemctl', 'start', 'stays.service', 'ends.service'])
    assert.deepEqual(await acting.survivors(), version < 255 ? null : ['stays.service'])
  })
})
