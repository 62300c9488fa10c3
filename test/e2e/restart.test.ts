import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { assertSaid, makeOld, renewedSince, staleLibs, statesOf } from './acting.ts'
import { waitUntilRenewed } from './acting.ts'
import { whySkipped } from './host.ts'
import { addUser, mustRun } from './lab.ts'
import type { Lab, RunOptions } from './lab.ts'
import { libraryIn } from './packages.ts'
import { LIBRARY, bootWithProgram, namesIn, packageFile, replace, report } from './toys.ts'
import { PACMAN, service, waitUntilLoaded, writeUnits } from './toys.ts'

const skip = whySkipped()

const shell = (script: string) => `/bin/sh -c '${script}'`
/** Is there while services are to fail. */
const FAULT = '/srv/fault'
/** Lets the service end that hangs in its stop. */
const END = '/srv/end'
const HANGS = `trap "until [ -e ${END} ]; do sleep 0.1; done; exit 0" TERM; sleep infinity & wait`
/** Is made before each start, and gone when systemd calls that done. */
const COPY = '/usr/lib/libcopy.so.1'
const COPIED = [
  'Type=exec',
  `ExecStartPre=/usr/bin/cp ${LIBRARY} ${COPY}`,
  `ExecStart=/usr/bin/env LD_PRELOAD=${COPY}:${LIBRARY} sleep infinity`,
  `ExecStartPost=${shell(`until grep -q ${COPY} /proc/$MAINPID/maps; do sleep 0.01; done; rm ${COPY}`)}`,
].join('\n')
const UNITS: Readonly<Record<string, string>> = {
  'backend.service': service(),
  'frontend.service': `[Unit]\nRequires=backend.service\nAfter=backend.service\n[Service]\nExecStart=/usr/bin/sleep infinity`,
  'part.service': `[Unit]\nPartOf=backend.service\nAfter=backend.service\n[Service]\n${service()}`,
  // The table knows it by its name.
  'bluetooth.service': service(),
  'copied.service': COPIED,
  // The journal can be late on a busy machine. That it is waited for has a test of its own.
  'broken.service': service(
    `ExecStartPre=${shell(`[ ! -e ${FAULT} ] || { seq 6; echo unknown directive; sleep 0.5; exit 1; }`)}`,
  ),
  'short.service': service(
    'Type=simple',
    `ExecStart=${shell(`[ ! -e ${FAULT} ] || { sleep 0.3; exit 7; }; exec sleep infinity`)}`,
  ),
  'hanging.service': service('KillMode=mixed', 'TimeoutStopSec=30', `ExecStart=${shell(HANGS)}`),
  // It uses no old code, and outlives a soft reboot.
  'keeper.service': `[Unit]\nDefaultDependencies=no\nSurviveFinalKillSignal=yes\nConflicts=reboot.target\n[Service]\nExecStart=/usr/bin/sleep infinity`,
  'one.service': service(),
  'two.service': service(),
  'many@.service': service('ExecStop=/usr/bin/sleep 0.5'),
  'toyd.service': 'Type=exec\nExecStart=/usr/bin/toyd infinity',
}
const MANY = Array.from({ length: 20 }, (_, at) => `many@${at + 1}.service`).toSorted()
const versionOfToy = (version: string, program: string) => ({
  name: 'toyd',
  version,
  files: { 'usr/bin/toyd': { copyOf: `/usr/bin/${program}` } },
})

describe('restart', { skip }, () => {
  let lab: Lab

  before(async () => {
    lab = await bootWithProgram([versionOfToy('1.0-1', 'sleep'), versionOfToy('2.0-1', 'false')])
    lab.copyIn(libraryIn(lab.root, 'libz.so.1'), LIBRARY)
    addUser(lab, 'alice', 1000)
    writeUnits(lab, UNITS)
  })
  afterEach(() => {
    mustRun(lab, ['touch', END])
    const all = Object.keys(UNITS).map((unit) => unit.replace('@', '@*'))
    mustRun(lab, ['systemctl', 'stop', ...all])
    mustRun(lab, ['systemctl', 'reset-failed'])
    mustRun(lab, ['rm', '-f', FAULT, END])
  })
  after(() => lab?.stop())

  const old = (...units: readonly string[]) => makeOld(lab, units)
  const restart = (...words: readonly string[]) => staleLibs(lab, ['restart', ...words])
  const renewed = (since: ReturnType<typeof old>) => renewedSince(lab, since)
  const shown = (unit: string, property: string) =>
    mustRun(lab, ['systemctl', 'show', '--value', '-p', property, unit]).trim()

  test('shows what it would do, and does nothing without a yes', () => {
    const was = old('one.service', 'two.service', 'bluetooth.service')
    const shownFirst = restart('--dry-run')
    assertSaid(shownFirst, 0, 'bluetooth', 'keyboards and mice', 'This was a dry run.')
    assert.match(shownFirst.text, /systemctl (?:--no-block )?restart (?:-- )?one\S* two\S*/)
    assertSaid(restart(), 2, '--yes')
    assertSaid(restart('one', 'bluetooth'), 2, '--yes')
    const full = lab.run(['sh', '-c', 'stale-libs restart --yes >/dev/full'])
    assert.equal(full.status, 3, full.stderr)
    assert.deepEqual(renewed(was), [])
  })

  test('calls nothing clear that the configuration hides, and says that pacman works', () => {
    old('one.service', 'two.service')
    const [config, lock] = ['/etc/stale-libs/config.d/hide.toml', '/var/lib/pacman/db.lck']
    lab.write(config, '[ignore]\nunits = ["one.service"]\n')
    mustRun(lab, ['touch', lock])
    assertSaid(restart('--dry-run'), 0, 'restart two', 'pacman has its database locked')
    assertSaid(restart('one'), 0, 'was not seen to use old code', 'hides 1 that uses it')
    mustRun(lab, ['rm', config, lock])
  })

  test('restarts twenty at once, and looks again', () => {
    const was = old(...MANY, 'one.service', 'bluetooth.service')
    assertSaid(restart('--yes', '--except', 'one'), 0, '20 restarted', '2 left', 'bluetooth')
    assert.deepEqual(renewed(was), MANY)
    assert.deepEqual(namesIn(report(lab)), ['bluetooth.service', 'one.service'])
    const said = restart('--yes', '--except', 'one')
    assertSaid(said, 0, 'bluetooth')
    assert.doesNotMatch(said.text, /\d restarted/)
  })

  test('restarts what is named, as it is now on disk, and systemd what depends on it', () => {
    mustRun(lab, ['systemctl', 'start', 'frontend.service'])
    const units = ['backend.service', 'bluetooth.service', 'part.service', 'one.service']
    const was = { ...old(...units), ...statesOf(lab, ['frontend.service']) }
    const text = `[Service]\n${service('Environment=NEW=1')}\n`
    lab.write('/etc/systemd/system/bluetooth.service', text)
    assert.equal(shown('bluetooth.service', 'NeedDaemonReload'), 'yes')
    const said = restart('backend', 'bluetooth', '--yes')
    assertSaid(said, 0, 'frontend', 'part', 'keyboards and mice', '2 restarted')
    assertSaid(said, 0, 'systemctl daemon-reload')
    assert.match(lab.read(`/proc/${shown('bluetooth.service', 'MainPID')}/environ`), /\0NEW=1\0/)
    const done = ['backend.service', 'bluetooth.service', 'frontend.service', 'part.service']
    assert.deepEqual(renewed(was), done)
    assert.deepEqual(namesIn(report(lab)), ['one.service'])
  })

  test('says what failed, also a moment after its start, and that it does not run', () => {
    const was = old('one.service', 'broken.service', 'short.service')
    mustRun(lab, ['touch', FAULT])
    const said = restart('--yes')
    assertSaid(said, 4, '1 restarted and looked at again, 2 failed')
    assertSaid(said, 4, 'broken failed and is NOT running', 'unknown directive')
    assertSaid(said, 4, 'short failed and is NOT running', 'exit status 7')
    assertSaid(said, 4, 'journalctl -eu broken', 'journalctl -eu short')
    assert.doesNotMatch(said.text, /pacman/)
    assert.deepEqual(renewed(was), ['one.service'])
    assert.equal(shown('short.service', 'ActiveState'), 'failed')
    assertSaid(restart('broken', '--yes'), 0, 'broken does not run', 'systemctl status broken')
  })

  test('says what a unit wrote last, also where the journal reads it late', () => {
    old('broken.service')
    mustRun(lab, ['touch', FAULT])
    const late =
      'pkill -STOP -x systemd-journal; exec >/dev/null 2>&1; ' +
      '(timeout 20 sh -c "until pgrep -x journalctl; do sleep 0.01; done"; sleep 0.5; ' +
      'pkill -CONT -x systemd-journal) &'
    mustRun(lab, ['sh', '-c', late])
    assertSaid(restart('--yes', 'broken'), 4, 'broken failed', 'unknown directive')
  })

  test('names the way back where the own program was upgraded', () => {
    mustRun(lab, [...PACMAN, '-U', packageFile('toyd', '1.0-1')])
    mustRun(lab, ['cp', packageFile('toyd', '1.0-1'), '/var/cache/pacman/pkg/'])
    mustRun(lab, ['systemctl', 'start', 'toyd.service'])
    // The log counts in seconds: what starts in that of the installation may be older than it.
    mustRun(lab, ['sleep', '1'])
    mustRun(lab, [...PACMAN, '-U', packageFile('toyd', '2.0-1')])
    const said = restart('toyd', '--yes')
    const cached = '/var/cache/pacman/pkg/toyd-1.0-1-any.pkg.tar'
    assertSaid(said, 4, 'toyd failed and is NOT running', cached)
    const [, file = ''] = /pacman -U[ \\]*(\/\S*)/.exec(said.text) ?? []
    mustRun(lab, [...PACMAN, '-U', file])
    mustRun(lab, ['systemctl', 'start', 'toyd'])
    assert.equal(shown('toyd.service', 'ActiveState'), 'active')
  })

  test('waits no longer than it is told, and cancels nothing', () => {
    const was = old('one.service', 'hanging.service')
    assertSaid(restart('--yes', '--wait', '2'), 4, '1 restarted', 'hanging')
    assert.deepEqual(renewed(was), ['one.service'])
    assert.match(mustRun(lab, ['systemctl', 'list-jobs']), /hanging\.service +restart +running/)
    mustRun(lab, ['touch', END])
    waitUntilRenewed(lab, was, ['hanging.service'])
    assert.deepEqual(namesIn(report(lab)), [])
  })

  test('says that a restart did not renew it, and does it no second time', () => {
    const was = old('copied.service')
    assertSaid(restart('--yes'), 4, 'restart did not renew copied', COPY)
    assert.deepEqual(renewed(was), ['copied.service'])
    const again = statesOf(lab, ['copied.service'])
    for (const words of [[], ['copied']]) {
      const said = restart('--yes', ...words)
      assert.match(said.text, /restart did not renew it: copied/)
      assert.notEqual(said.status, 2)
    }
    assert.deepEqual(statesOf(lab, ['copied.service']), again)
  })

  test('lets systemd execute itself anew first', () => {
    const core = 'grep -o "/.*/libsystemd-core-.*[^)]$" /proc/1/maps | head -n 1'
    replace(lab, mustRun(lab, ['sh', '-c', core]).trim())
    const was = old('one.service')
    assertSaid(restart('--yes'), 0, 'systemctl daemon-reexec', '1 restarted')
    assert.deepEqual(renewed(was), ['one.service'])
    assert.equal(mustRun(lab, ['sh', '-c', 'grep -c "(deleted)" /proc/1/maps || :']), '0\n')
  })

  test('restarts nothing that only a reboot renews', () => {
    const bus = shown('dbus.service', 'Id')
    const program = mustRun(lab, ['readlink', `/proc/${shown(bus, 'MainPID')}/exe`]).trim()
    replace(lab, program)
    mustRun(lab, ['systemctl', 'start', 'keeper.service'])
    const isTold = Number(/\d+/.exec(mustRun(lab, ['systemctl', '--version']))?.[0]) >= 255
    const was = statesOf(lab, [bus])
    for (const words of [[], [bus], ['dbus']]) {
      const said = restart('--yes', ...words)
      assert.equal(said.text.includes('A soft reboot does not end keeper: a reboot does.'), isTold)
      assert.match(said.text, /reboot/)
      assert.match(said.text, /dbus/)
      assert.doesNotMatch(said.text, /systemctl (?:--no-block )?restart/)
    }
    assert.deepEqual(statesOf(lab, [bus]), was)
    mustRun(lab, ['sh', '-c', 'mv "$1" "$1.new" && mv "$1.new" "$1"', 'keep', program])
  })

  const WRONG: readonly (readonly [words: readonly string[], ...says: readonly string[]])[] = [
    [['onee'], 'no unit is called "onee". Did you mean one? Nothing was restarted'],
    [['many@'], 'many@'],
    [['on*'], 'on*'],
    [['--', '--force'], '--force'],
    [['']],
    [['--except', 'onee'], '"onee"'],
    [['--user'], '--user'],
  ]
  test('does nothing of a list with one bad name', () => {
    const was = old('one.service', 'two.service')
    for (const [words, ...says] of WRONG) {
      const said = restart('two', '--yes', ...words)
      assertSaid(said, 2, ...says)
      assert.ok(said.text.startsWith('stale-libs: '), said.text)
    }
    assert.deepEqual(renewed(was), [])
  })

  test('has nothing to do for what uses no old code', () => {
    const was = old('one.service')
    mustRun(lab, ['systemctl', 'restart', 'one.service'])
    waitUntilLoaded(lab, ['one.service'])
    const fresh = statesOf(lab, ['one.service'])
    assertSaid(restart('one', '--yes'), 0, 'one')
    assertSaid(restart('--yes'), 0)
    assert.deepEqual(renewed(fresh), [])
    assert.deepEqual(renewed(was), ['one.service'])
  })

  test('tells a user what root would do', () => {
    const was = old('one.service')
    const alice: RunOptions = { uid: 1000 }
    const said = staleLibs(lab, ['restart', 'one', '--yes'], alice)
    assertSaid(said, 2, 'stale-libs restart one --yes')
    assert.deepEqual(renewed(was), [])
    lab.write('/usr/bin/doas', '#!/bin/sh\n', 0o755)
    try {
      const line = ': doas stale-libs restart one --yes'
      assertSaid(staleLibs(lab, ['restart', 'one', '--yes'], alice), 2, line)
      const env = { DOAS_USER: 'alice' }
      const marked = staleLibs(lab, ['mark', 'one', '--yes'], { env })
      assertSaid(marked, 0, 'now: doas systemctl ', ': doas stale-libs mark --clear')
      mustRun(lab, ['stale-libs', 'mark', '--clear'])
    } finally {
      mustRun(lab, ['rm', '/usr/bin/doas'])
    }
  })

  test('does nothing where systemd is not booted', () => {
    const was = old('one.service')
    const hidden = 'mount -t tmpfs none /run/systemd && exec stale-libs restart one --yes'
    const { status, stderr } = lab.run(['unshare', '--mount', 'sh', '-c', hidden])
    assert.equal(status, 3, stderr)
    assert.match(stderr, /systemd does not run here/)
    assert.deepEqual(renewed(was), [])
  })
})
