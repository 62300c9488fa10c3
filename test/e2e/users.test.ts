import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { reportDocument } from '../support/bundle.ts'
import type { FindingDocument } from '../support/bundle.ts'
import { inText, readHand, readHook } from './hook-output.ts'
import { labRoot, whySkipped } from './host.ts'
import { addUser, mustRun, openSession } from './lab.ts'
import type { Lab, RunOptions } from './lab.ts'
import { libraryIn } from './packages.ts'
import {
  LIBRARY,
  hookAfter,
  bootWithProgram,
  cautionCodes,
  findingOf,
  giveBus,
  namesIn,
  replace,
  report,
  service,
  waitUntilLoaded,
  writeUnits,
} from './toys.ts'

const skip = whySkipped()
/** systemd 256 has the first run0(1). */
const hasRun0 = existsSync(join(labRoot(), 'usr/bin/run0'))

const ALICE = { uid: 1000, name: 'alice' }
const OWN = ['own-too.service', 'own.service']
const MANAGER = 'user@1000.service'
const MANAGER_GROUP = `/user.slice/user-1000.slice/${MANAGER}`

describe('users', { skip }, () => {
  let lab: Lab
  let session = ''

  before(async () => {
    lab = await bootWithProgram()
    lab.copyIn(libraryIn(lab.root, 'libz.so.1'), LIBRARY)
    addUser(lab, ALICE.name, ALICE.uid)
    giveBus(lab)
    mustRun(lab, ['systemctl', 'start', MANAGER])
    session = openSession(lab, ALICE.name)
    writeUnits(lab, { 'one.service': service() })
    for (const unit of OWN) startOwn(unit)
  })
  beforeEach(() => {
    mustRun(lab, ['systemctl', 'restart', 'one.service'])
    mustRun(lab, ['systemctl', '--user', 'restart', ...OWN], asAlice())
    waitUntilLoaded(lab, ['one.service'])
    for (const unit of OWN) waitUntilMapped(ownPid(unit))
  })
  after(() => lab.stop())

  const asAlice = (): RunOptions => ({ uid: ALICE.uid, cgroup: session })
  const sessionName = () => `session ${/session-(\w+)\.scope/.exec(session)?.[1]}`
  const waitUntilMapped = (pid: string) =>
    mustRun(lab, ['sh', '-c', `until grep -qs ${LIBRARY} /proc/${pid}/maps; do sleep 0.01; done`])
  const startOwn = (unit: string) => {
    const preload = ['-E', `LD_PRELOAD=${LIBRARY}`]
    const argv = ['systemd-run', '--user', '--quiet', `--unit=${unit}`, ...preload]
    mustRun(lab, [...argv, 'sleep', 'infinity'], asAlice())
  }
  const ownPid = (unit: string) =>
    mustRun(
      lab,
      ['systemctl', '--user', 'show', '--value', '-p', 'MainPID', unit],
      asAlice(),
    ).trim()
  const startInSession = () => {
    const script = `LD_PRELOAD=${LIBRARY} sleep infinity >/dev/null 2>&1 </dev/null & echo $!`
    const pid = mustRun(lab, ['sh', '-c', script], asAlice()).trim()
    waitUntilMapped(pid)
    return pid
  }
  const hook = (env: RunOptions['env'] = {}, changed = LIBRARY) =>
    readHook(hookAfter(lab, [changed], env))

  test("root is told of users' services, and has nothing to paste", () => {
    replace(lab, LIBRARY)
    mustRun(lab, ['systemctl', 'restart', 'one.service'])
    const finding = findingOf(report(lab), 'own.service')
    assert.deepEqual([finding.kind, finding.action], ['user-service', 'user-restart'])
    assert.deepEqual([finding.user, finding.command, finding.cautions], [ALICE, null, []])
    for (const wrong of [undefined, '1001', '', '1000x', '-1', '0 --help']) {
      const { groups, commands } = hook(wrong === undefined ? {} : { SUDO_UID: wrong })
      assert.deepEqual([Object.keys(groups), commands], [['As alice'], []])
      assert.match(groups['As alice'] ?? '', /^2 services: (?:run0 )?stale-libs$/)
    }
  })

  test('whoever became root is told how to ask for the own services, and can do what that prints', () => {
    replace(lab, LIBRARY)
    mustRun(lab, ['systemctl', 'restart', 'one.service'])
    const asSudo = { SUDO_UID: '1000' }
    const { groups, typed } = hook(asSudo)
    assert.deepEqual(groups, { Restart: `yours: ${OWN.map(inText).toSorted().join(', ')}` })
    const command = 'stale-libs restart --user'
    assert.deepEqual(typed, [command])
    const byHand = readHand(mustRun(lab, ['stale-libs'], { env: asSudo })).groups['As alice'] ?? ''
    for (const unit of OWN) assert.match(byHand, new RegExp(`\\b${inText(unit)} `))
    assert.ok(byHand.includes(command), byHand)
    const withoutRuntime = ['env', '-u', 'XDG_RUNTIME_DIR', ...command.split(' '), '--yes']
    const old = OWN.map(ownPid)
    mustRun(lab, withoutRuntime, asAlice())
    assert.ok(OWN.map(ownPid).every((pid, index) => pid !== '0' && pid !== old[index]))
    assert.deepEqual(namesIn(report(lab)), [])
  })

  test('users are told of their own, with a command that they can run', () => {
    replace(lab, LIBRARY)
    const finding = findingOf(report(lab, asAlice()), 'own.service')
    assert.deepEqual(finding.command, ['systemctl', '--user', 'restart', '--', 'own.service'])
    mustRun(lab, finding.command ?? [], asAlice())
    assert.deepEqual(namesIn(report(lab, asAlice())), ['own-too.service'])
  })

  const MARKS: readonly (readonly [unit: string, asked: 'root' | 'alice', also: string])[] = [
    ['one.service', 'root', 'own.service'],
    ['own.service', 'alice', 'own-too.service'],
  ]
  for (const [unit, who, also] of MARKS)
    test(`${who} is told of a mark, and what is printed does what it is for`, () => {
      const [options, scope] = who === 'root' ? [{}, []] : [asAlice(), ['--user']]
      const mark = ['systemctl', ...scope, 'set-property', '--runtime', unit]
      mustRun(lab, [...mark, 'Markers=+needs-restart'], options)
      replace(lab, LIBRARY)
      const stale = report(lab, options)
      const { markers, command } = findingOf(stale, unit)
      assert.deepEqual(markers, ['needs-restart'])
      assert.deepEqual(command, ['systemctl', ...scope, 'restart', '--', unit])
      assert.equal(findingOf(stale, also).markers, undefined)
      const said = (argv: readonly string[]) => {
        const text = mustRun(lab, ['stale-libs', ...argv], options).replaceAll(/\s+/g, ' ')
        const marked =
          /is marked: systemd restarts it w.*?: (systemctl (?:--user )?[a-z-]+(?: --marked)?)/
        return marked.exec(text)?.[1] ?? ''
      }
      const printedCommand = said([])
      assert.equal(said(['explain', unit]), printedCommand)
      mustRun(lab, printedCommand.split(' '), options)
      assert.ok(!namesIn(report(lab, options)).includes(unit))
      assert.ok(namesIn(report(lab, options)).includes(also))
    })

  const leftOverPids = (finding: FindingDocument) =>
    cautionCodes(finding).includes('below-main') ? finding.processes.map(({ pid }) => `${pid}`) : []

  test("what a user's own manager says decides", () => {
    const run = ['systemd-run', '--user', '--quiet', '-E', `LD_PRELOAD=${LIBRARY}`]
    const child = '/usr/bin/sleep infinity & exec /usr/bin/sleep infinity'
    const leaves = ['--unit=leaves.service', '-p', 'KillMode=process', '/bin/sh', '-c', child]
    const job = ['--unit=job.service', '--no-block', '-p', 'Type=oneshot', 'sleep', 'infinity']
    for (const argv of [leaves, job]) mustRun(lab, [...run, ...argv], asAlice())
    const loaded = `until [ "$(cat /proc/[0-9]*/maps 2>/dev/null | grep -c "r-x.*${LIBRARY}$")" -ge 6 ]; do sleep 0.01; done`
    mustRun(lab, ['sh', '-c', loaded], { timeoutMs: 10_000 })
    replace(lab, LIBRARY)
    const own = report(lab, asAlice())
    const verdicts = own.findings.map((one) => [one.name, one.action, ...cautionCodes(one)])
    assert.deepEqual(verdicts, [
      ['job.service', 'wait', 'running-job'],
      ['leaves.service', 'user-restart', 'runs-again'],
      ['leaves.service', 'manual', 'below-main'],
      ['own-too.service', 'user-restart', 'runs-again'],
      ['own.service', 'user-restart', 'runs-again'],
    ])
    // root does not ask it.
    const { action, cautions } = findingOf(report(lab), 'job.service')
    assert.deepEqual([action, cautions], ['user-restart', []])
    mustRun(lab, ['systemctl', '--user', 'stop', 'leaves.service', 'job.service'], asAlice())
    mustRun(lab, ['kill', ...own.findings.flatMap(leftOverPids)])
  })

  test('users see what they may see, and are told that it is not all', () => {
    replace(lab, LIBRARY)
    assert.deepEqual(namesIn(report(lab)), ['one.service', ...OWN])
    const seen = report(lab, asAlice())
    assert.deepEqual(namesIn(seen), OWN)
    assert.equal(seen.scan.complete, false)
    assert.ok(seen.scan.unreadable > 3)
    assert.deepEqual(
      seen.limits.map(({ code, count }) => [code, count]),
      [['maps-denied', seen.scan.unreadable]],
    )
    const text = mustRun(lab, ['stale-libs'], asAlice())
    assert.match(
      text.replaceAll(/\s+/g, ' '),
      /^Only your own \d+ programs were looked at; \d+ others need root: (?:run0 )?stale-libs /,
    )
    assert.equal(mustRun(lab, ['stale-libs', '--format', 'names'], asAlice()), '')
  })

  test('users are told that hidepid hides processes from them', () => {
    replace(lab, LIBRARY)
    const hidden = 'mount -t proc -o hidepid=2 proc /proc && exec "$@"'
    const drop = ['setpriv', '--reuid=1000', '--regid=1000', '--clear-groups']
    const scan = [...drop, 'stale-libs', '--format', 'json']
    const argv = ['unshare', '--mount', 'sh', '-c', hidden, 'hidepid', ...scan]
    const seen = reportDocument(mustRun(lab, argv))
    assert.deepEqual(
      seen.limits.map(({ code }) => code),
      ['processes-hidden'],
    )
    assert.equal(seen.scan.complete, false)
    assert.deepEqual(namesIn(seen), OWN)
  })

  test('a session is to be left and entered again, by nobody but the user', () => {
    const pid = startInSession()
    replace(lab, LIBRARY)
    const found = report(lab).findings.find(({ kind }) => kind === 'session') as FindingDocument
    assert.equal(found.name, sessionName())
    assert.deepEqual([found.user, found.action, found.command], [ALICE, 'relogin', null])
    const { groups, commands } = hook()
    assert.ok(groups['Log out']?.startsWith(`${sessionName()} of alice`), groups['Log out'])
    assert.doesNotMatch(commands.join('\n'), /session|loginctl/)
    mustRun(lab, ['kill', pid])
  })

  test('what a user has opened is to be closed, by nobody but the user', () => {
    const scope = [
      'systemd-run',
      '--user',
      '--scope',
      '--unit=app-toy-1.scope',
      'sleep',
      'infinity',
    ]
    const script = `LD_PRELOAD=${LIBRARY} "$@" >/dev/null 2>&1 </dev/null &`
    mustRun(lab, ['sh', '-c', script, 'open', ...scope], asAlice())
    const group = `/sys/fs/cgroup${MANAGER_GROUP}/app.slice/app-toy-1.scope/cgroup.procs`
    mustRun(lab, ['sh', '-c', `until grep -qs . ${group}; do sleep 0.01; done`])
    waitUntilMapped(lab.read(group).trim())
    replace(lab, LIBRARY)
    const { kind, name, user, action, command } = findingOf(report(lab), 'app-toy-1.scope')
    assert.deepEqual([kind, name, user], ['app', 'toy', ALICE])
    assert.deepEqual([action, command], ['close', null])
    mustRun(lab, ['systemctl', '--user', 'stop', 'app-toy-1.scope'], asAlice())
  })

  test('what dbus-broker started for a user is to be closed, under its own name', () => {
    const unit = 'dbus-:1.2-org.example.Maps@0.service'
    const run = ['systemd-run', '--user', '--quiet', `--unit=${unit}`, '-p', 'KillMode=process']
    mustRun(lab, [...run, '-E', `LD_PRELOAD=${LIBRARY}`, 'sleep', 'infinity'], asAlice())
    waitUntilMapped(ownPid(unit))
    replace(lab, LIBRARY)
    for (const options of [{}, asAlice()]) {
      const found = findingOf(report(lab, options), unit)
      assert.deepEqual([found.kind, found.name], ['user-service', 'org.example.Maps'])
      assert.deepEqual([found.action, found.command], ['close', null])
      assert.deepEqual(cautionCodes(found), ['started-by-bus'])
    }
    mustRun(lab, ['systemctl', '--user', 'stop', unit], asAlice())
  })

  test('what dbus-daemon started is not the bus, and asks for no reboot', (t) => {
    const isBroker = lab.run(['pgrep', '-x', 'dbus-broker']).status === 0
    if (isBroker) return t.skip('dbus-broker gives each program a unit of its own')
    const policy = '<policy context="default"><allow send_destination="lab.Sys"/></policy>'
    lab.write('/etc/dbus-1/system.d/lab.conf', `<busconfig>${policy}</busconfig>`)
    const exec = `/usr/bin/env LD_PRELOAD=${LIBRARY} /usr/bin/sleep infinity`
    const activated = (name: string) => `[D-BUS Service]\nName=${name}\nUser=root\nExec=${exec}\n`
    lab.write('/usr/share/dbus-1/system-services/lab.Sys.service', activated('lab.Sys'))
    lab.write('/usr/share/dbus-1/services/lab.Own.service', activated('lab.Own'))
    mustRun(lab, ['systemctl', 'reload', 'dbus.service'])
    // Neither takes its name, so nobody answers.
    const call = ['timeout', '1', 'busctl']
    lab.run([...call, 'call', 'lab.Sys', '/', 'a.b', 'C'])
    lab.run([...call, '--user', 'call', 'lab.Own', '/', 'a.b', 'C'], asAlice())
    replace(lab, LIBRARY)
    const onBus = (options: RunOptions, kind: string) =>
      report(lab, options)
        .findings.filter((one) => one.unit === 'dbus.service' && one.kind === kind)
        .map((one) => [one.name, one.action, one.command, ...cautionCodes(one)])
    assert.deepEqual(onBus({}, 'service'), [['sleep', 'manual', null, 'started-by-bus']])
    assert.deepEqual(onBus(asAlice(), 'user-service'), [['sleep', 'close', null, 'started-by-bus']])
    const { findings } = report(lab)
    const pids = findings.flatMap(({ unit, processes }) =>
      unit === 'dbus.service' ? processes.map(({ pid }) => String(pid)) : [],
    )
    assert.equal(pids.length, 2)
    mustRun(lab, ['kill', ...pids])
    return undefined
  })

  test('your own session is yours, to a program of sudo and su too', () => {
    const pid = startInSession()
    replace(lab, LIBRARY)
    const nameIn = (argv: readonly string[], options: RunOptions) =>
      readHand(mustRun(lab, argv, options)).groups['Log out']?.split(/ {2,}/)[0]
    const asRoot = { cgroup: session }
    assert.equal(nameIn(['stale-libs'], asAlice()), 'your session')
    assert.equal(nameIn(['su', '-', '-c', 'stale-libs'], asRoot), 'your session')
    assert.equal(nameIn(['stale-libs'], {}), `${sessionName()} of alice`)
    mustRun(lab, ['kill', pid])
  })

  test('systemd itself and the managers of users execute themselves anew', () => {
    const library = ['sh', '-c', 'grep -o "/.*/libsystemd-core-.*" /proc/1/maps | head -n 1']
    const core = mustRun(lab, library).trim()
    replace(lab, core)
    const stale = report(lab)
    const manager = findingOf(stale, 'init.scope')
    assert.deepEqual([manager.kind, manager.action], ['manager', 'reexec'])
    assert.deepEqual(manager.command, ['systemctl', 'daemon-reexec'])
    assert.deepEqual(stale.commands, [['systemctl', 'daemon-reexec']])
    const ofAlice = stale.findings.filter(({ unit }) => unit === MANAGER)
    assert.deepEqual(
      ofAlice.map((one) => [
        one.kind,
        one.action,
        one.user?.name,
        one.clears,
        ...cautionCodes(one),
      ]),
      [['user-manager', 'user-reexec', 'alice', false, 'holder-stays']],
    )
    assert.deepEqual(ofAlice[0]?.processes.map(({ comm }) => comm).toSorted(), [
      '(sd-pam)',
      'systemd',
    ])
    const { named, groups, commands } = hook({}, core)
    assert.deepEqual(named, ['systemd'])
    assert.match(groups['As alice'] ?? groups['As others'] ?? '', /^[12] services?\b.*: /)
    assert.deepEqual(commands, ['systemctl daemon-reexec'])
    const pid = lab.read(`/sys/fs/cgroup${MANAGER_GROUP}/init.scope/cgroup.procs`)
    mustRun(lab, ['sh', '-c', commands.join()])
    // Before systemd 257 the user's own run has the command, and root's has none.
    const ofRoot = ofAlice[0]?.command ?? null
    if (ofRoot === null) {
      const own = report(lab, asAlice()).findings.find(({ action }) => action === 'user-reexec')
      assert.deepEqual(own?.command, ['systemctl', '--user', 'daemon-reexec'])
      mustRun(lab, own?.command ?? [], asAlice())
    } else mustRun(lab, ofRoot)
    assert.equal(lab.read(`/sys/fs/cgroup${MANAGER_GROUP}/init.scope/cgroup.procs`), pid)
    // The holders of the PAM sessions are as old as the logins.
    const later = report(lab)
    const rest = later.findings.filter(({ action, user }) => action !== 'user-reexec' || user?.uid)
    assert.deepEqual([...new Set(rest.map(({ action }) => action))], ['relogin'])
    assert.deepEqual([...new Set(rest.flatMap(cautionCodes))], ['ends-at-logout'])
    assert.deepEqual(later.commands, [])
    assert.deepEqual(hook({}, core).commands, [])
    mustRun(lab, ['systemctl', 'is-active', 'one.service', MANAGER])
  })

  // It replaces what the bus of the system has too.
  test('no logout ends the bus of a user who lingers', () => {
    const call = ['busctl', '--user', 'list']
    const pid = () =>
      mustRun(lab, ['systemctl', '--user', 'show', '-P', 'MainPID', 'dbus'], asAlice())
    mustRun(lab, call, asAlice())
    const expat = `grep -om1 "/.*/libexpat[^ ]*" /proc/${pid().trim()}/maps`
    replace(lab, mustRun(lab, ['sh', '-c', expat]).trim())
    const said = (options: RunOptions = {}) => {
      const bus = report(lab, options).findings.find(
        ({ kind, unit }) => kind === 'user-service' && unit?.startsWith('dbus'),
      )
      return bus && [bus.action, bus.command, ...cautionCodes(bus)]
    }
    assert.deepEqual(said(), ['relogin', null, 'sensitive'])
    mustRun(lab, ['loginctl', 'enable-linger', ALICE.name])
    for (const options of [{}, asAlice()])
      assert.deepEqual(said(options), ['manual', null, 'lingers'])
    mustRun(lab, ['loginctl', 'disable-linger', ALICE.name])
  })

  // It replaces the C library, so it is the last test.
  const testRun0 = hasRun0 ? test : async () => undefined
  void testRun0('the session of run0 is one thing with yours', () => {
    const libc = mustRun(lab, ['sh', '-c', 'grep -om1 "/.*/libc.so.6" /proc/1/maps']).trim()
    const inside = `cp -a ${libc} ${libc}.new; mv ${libc}.new ${libc}; stale-libs --all --no-color; cat /proc/self/cgroup`
    const call = `run0 sh -c "${inside}"`
    const said = mustRun(lab, ['script', '-qc', call, '/dev/null'])
    const [, own = ''] = /\/session-(\w+)\.scope\r?$/m.exec(said) ?? []
    const [, mine = ''] = /session-(\w+)\.scope/.exec(lab.session) ?? []
    assert.ok(own !== '' && own !== mine, said)
    assert.match(said, /^(?:Log out| {7}) {6}your session /m)
    for (const id of [own, mine]) assert.doesNotMatch(said, new RegExp(`session ${id} `))
  })
})
