import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import {
  assertSaid,
  makeOld,
  renewedSince,
  staleLibs,
  statesOf,
  waitUntilRenewed,
} from './acting.ts'
import { whySkipped } from './host.ts'
import { addUser, mustRun, openSession } from './lab.ts'
import type { Lab, RunOptions } from './lab.ts'
import { libraryIn } from './packages.ts'
import { LIBRARY, bootWithProgram, giveBus, namesIn, replace, report, service } from './toys.ts'
import { waitUntilMapped, writeUnits } from './toys.ts'

const skip = whySkipped()

const ALICE = 1000
const OWN = 'own.service'
/** Is there while a service is to fail. */
const FAULT = '/srv/fault'
const UNITS: Readonly<Record<string, string>> = {
  'one.service': service(),
  'two.service': service(),
  // The table knows it by its name.
  'bluetooth.service': service(),
  'broken.service': service(`ExecStartPre=/bin/sh -c '[ ! -e ${FAULT} ]'`),
}
/** Fires at once. */
const NOW = '[Timer]\nOnCalendar=\nOnActiveSec=0\nRandomizedDelaySec=0\n'
const HOOK = [
  '[Trigger]',
  'Operation = Upgrade',
  'Type = Path',
  'Target = usr/lib/systemd/system/*',
  '[Action]',
  'When = PostTransaction',
  'Exec = /usr/bin/systemctl reload-or-restart --marked',
  '',
].join('\n')
const FIRES = /systemctl (?:enqueue-marked|reload-or-restart --marked)/

describe('what others do later, or for themselves', { skip }, () => {
  let lab: Lab
  let session = ''

  before(async () => {
    lab = await bootWithProgram()
    lab.copyIn(libraryIn(lab.root, 'libz.so.1'), LIBRARY)
    writeUnits(lab, UNITS)
    addUser(lab, 'alice', ALICE)
    giveBus(lab)
    mustRun(lab, ['systemctl', 'start', `user@${ALICE}.service`])
    session = openSession(lab, 'alice')
    lab.write(`/etc/systemd/user/${OWN}`, `[Service]\n${service()}\n`)
    mustRun(lab, ['systemctl', '--user', 'daemon-reload'], asAlice())
  })
  afterEach(() => {
    mustRun(lab, ['systemctl', 'stop', ...Object.keys(UNITS)])
    mustRun(lab, ['systemctl', '--user', 'stop', OWN], asAlice())
  })
  after(() => lab?.stop())

  const asAlice = (): RunOptions => ({ uid: ALICE, cgroup: session })
  const old = (...units: readonly string[]) => makeOld(lab, units)
  const mark = (...words: readonly string[]) => staleLibs(lab, ['mark', ...words])
  const marked = (options?: RunOptions, units = Object.keys(UNITS)) => {
    const manager = options?.uid ? ['--user'] : []
    const markers = (unit: string) =>
      mustRun(lab, ['systemctl', ...manager, 'show', '--value', '-p', 'Markers', unit], options)
    return units.filter((unit) => markers(unit).trim() === 'needs-restart').toSorted()
  }
  const startOwn = () => {
    mustRun(lab, ['systemctl', '--user', 'start', OWN], asAlice())
    waitUntilMapped(lab, LIBRARY, 1)
    return statesOf(lab, [OWN], asAlice())
  }

  test('the safe ones are marked, listed, and restarted by what is printed', () => {
    const was = old('one.service', 'two.service', 'bluetooth.service')
    // Arch has it, and a small Debian does not.
    lab.write('/usr/share/libalpm/hooks/35-systemd-restart-marked.hook', HOOK)
    assertSaid(mark('--dry-run'), 0, 'one', 'two', 'This was a dry run.')
    assertSaid(mark(), 2, '--yes')
    assert.deepEqual(marked(), [])
    const said = mark('--yes')
    assertSaid(said, 0, 'one', 'two', 'The next upgrade')
    assert.deepEqual(marked(), ['one.service', 'two.service'])
    const list = mark('--list')
    assertSaid(list, 0, 'one', 'two')
    assert.deepEqual(renewedSince(lab, was), [])
    mustRun(lab, (FIRES.exec(list.text)?.[0] ?? 'false').split(' '))
    waitUntilRenewed(lab, was, ['one.service', 'two.service'])
    assert.deepEqual(marked(), [])
    assert.deepEqual(namesIn(report(lab)), ['bluetooth.service'])
    assert.doesNotMatch(mark('--list').text, /one|two/)
  })

  test('a mark is taken back', () => {
    const was = old('one.service', 'two.service')
    assertSaid(mark('one', '--yes'), 0, 'one')
    assert.deepEqual(marked(), ['one.service'])
    assertSaid(mark('two', '--yes'), 0, 'two')
    assertSaid(mark('--clear', '--dry-run'), 0, '2 units would no longer be marked')
    assert.deepEqual(marked(), ['one.service', 'two.service'])
    assertSaid(mark('one', '--clear', '--yes'), 0, 'one')
    assert.deepEqual(marked(), ['two.service'])
    assertSaid(mark('--clear', '--yes'), 0, 'two')
    assert.deepEqual(marked(), [])
    assertSaid(mark('--clear', '--yes'), 0)
    assert.deepEqual(renewedSince(lab, was), [])
  })

  test('a shell is told what restart and mark take, what is marked, and what is the own', () => {
    const was = { one: old('one.service', 'two.service', 'bluetooth.service'), own: startOwn() }
    replace(lab, LIBRARY)
    const told = (command: string, options?: RunOptions, ...words: readonly string[]) =>
      mustRun(lab, ['stale-libs', '--complete', command, ...words], options)
        .split('\n')
        .slice(0, -1)
    assert.deepEqual(told('restart'), ['bluetooth', 'one', 'two'])
    assert.deepEqual(told('mark'), ['one', 'two'])
    assert.deepEqual(told('clear'), [])
    assertSaid(mark('two', '--yes'), 0, 'two')
    assert.deepEqual(told('clear'), ['two'])
    assertSaid(mark('--clear', '--yes'), 0, 'two')
    assert.deepEqual(told('restart', asAlice(), '--user'), ['own'])
    assert.deepEqual(told('restart', undefined, '--user'), [])
    assert.deepEqual(renewedSince(lab, was.one), [])
    assert.deepEqual(renewedSince(lab, was.own, asAlice()), [])
  })

  test('nothing is marked of a list with one bad name, and nothing that costs something', () => {
    old('one.service', 'bluetooth.service')
    for (const words of [
      ['onee'],
      ['on*'],
      ['--', '-one'],
      [''],
      ['--user'],
      ['--list', '--clear'],
    ])
      assertSaid(mark('one', '--yes', ...words), 2)
    assertSaid(mark('bluetooth', '--yes'), 4, 'bluetooth', 'keyboards and mice')
    assertSaid(staleLibs(lab, ['mark', 'one', '--yes'], asAlice()), 2, 'stale-libs mark one')
    assert.deepEqual(marked(), [])
  })

  test('users restart and mark what is theirs, and root is refused', () => {
    const was = { one: old('one.service'), own: startOwn() }
    replace(lab, LIBRARY)
    assertSaid(staleLibs(lab, ['restart', '--user', '--yes']), 2, '--user')
    const own = (...words: readonly string[]) => staleLibs(lab, words, asAlice())
    assertSaid(own('restart', '--user', 'one', '--yes'), 2, '"one"')
    const other = own('restart', '--user', 'user@1000', '--yes')
    assertSaid(other, 2, '"user@1000"')
    assert.doesNotMatch(other.text, /mean user@1000/)
    assertSaid(own('mark', '--user', '--yes'), 0, 'own')
    assert.deepEqual(marked(asAlice(), [OWN]), [OWN])
    assertSaid(own('mark', '--user', '--clear', '--yes'), 0, 'own')
    assert.deepEqual(marked(asAlice(), [OWN]), [])
    assertSaid(own('restart', '--user', '--yes'), 0, '1 restarted')
    assert.deepEqual(renewedSince(lab, was.own, asAlice()), [OWN])
    assert.deepEqual(renewedSince(lab, was.one), [])
    assert.ok(!namesIn(report(lab)).includes(OWN))
  })

  test('the maintenance window restarts what is safe, and has failed where one failed', () => {
    const units = ['bluetooth.service', 'broken.service', 'one.service', 'two.service']
    const was = old(...units)
    mustRun(lab, ['touch', FAULT])
    lab.write('/run/systemd/system/stale-libs-restart.timer.d/now.conf', NOW)
    mustRun(lab, ['systemctl', 'daemon-reload'])
    mustRun(lab, ['systemctl', 'start', 'stale-libs-restart.timer'])
    const failed = 'until systemctl -q is-failed stale-libs-restart; do sleep 0.1; done'
    mustRun(lab, ['sh', '-c', failed])
    assert.deepEqual(renewedSince(lab, was), ['one.service', 'two.service'])
    assert.match(mustRun(lab, ['systemctl', '--failed']), /stale-libs-restart\.service/)
    const journal = mustRun(lab, ['journalctl', '-u', 'stale-libs-restart'])
    assert.match(journal, /broken failed and is NOT running/)
    mustRun(lab, ['systemctl', 'stop', 'stale-libs-restart.timer'])
    mustRun(lab, ['systemctl', 'reset-failed'])
  })
})
