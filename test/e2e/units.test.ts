import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  UNIT_PROPERTIES,
  isAnswerAbout,
  parseUnitFacts,
} from '../../src/core/systemd/unit-facts.ts'
import type { ReportDocument } from '../support/bundle.ts'
import { readHook } from './hook-output.ts'
import { whySkipped } from './host.ts'
import { mustRun } from './lab.ts'
import type { Lab } from './lab.ts'
import { libraryIn } from './packages.ts'
import {
  LIBRARY,
  hookAfter,
  bootWithProgram,
  cautionCodes,
  findingOf,
  makeTree,
  namesIn,
  replace,
  report,
  service,
  start,
  waitUntilLoaded,
  writeUnits,
} from './toys.ts'

const skip = whySkipped()

const CHILD = `/bin/sh -c '/usr/bin/sleep infinity & exec /usr/bin/sleep infinity'`
const JAILED = [
  'RootDirectory=/srv/jail',
  'BindReadOnlyPaths=/usr',
  'MountAPIVFS=yes',
  'PrivateDevices=yes',
]

/** What `systemctl restart` clears, with what makes each of them special. */
const RESTARTED: Readonly<Record<string, string>> = {
  '-dash.service': service(),
  'delegated.service': service(
    'Delegate=yes',
    `ExecStart=/bin/sh -c 'g=/sys/fs/cgroup$$(sed -n s/^0:://p /proc/self/cgroup); ` +
      `mkdir $$g/inner; echo $$$$ >$$g/inner/cgroup.procs; exec /usr/bin/sleep infinity'`,
  ),
  'dynamic-user.service': service('DynamicUser=yes'),
  'instance@a\\x2db.service': '',
  'jailed.service': service(...JAILED),
  'keep.service': service('KillMode=mixed', `ExecStart=${CHILD}`),
  'private-tmp.service': service('PrivateTmp=yes'),
  'private-users.service': service('PrivateUsers=yes'),
  'strict.service': service('ProtectSystem=strict', 'ProtectHome=yes', 'ProtectProc=invisible'),
  'toy\\x2ddash.service': service(),
  'worker.service': service(
    'Environment=LD_PRELOAD=',
    `ExecStart=/bin/sh -c 'LD_PRELOAD=${LIBRARY} /usr/bin/sleep infinity; true'`,
  ),
}

const TRANSIENT = ['adhoc.service', 'collected.service']

const OTHERS: Readonly<Record<string, string>> = {
  'instance@.service': service(),
  'gone.service': service(),
  'left.service': service('KillMode=process', `ExecStart=${CHILD}`),
  'leaves.service': service('KillMode=process', `ExecStart=${CHILD}`),
  'once.service': service('Type=oneshot', 'RemainAfterExit=yes', 'ExecStart=/usr/bin/true'),
  'once-left.service': service(
    'Type=oneshot',
    'RemainAfterExit=yes',
    `ExecStart=/bin/sh -c '/usr/bin/sleep infinity &'`,
  ),
  'job.service': service('Type=oneshot'),
  'refuses.service': `[Unit]\nRefuseManualStop=yes\n[Service]\n${service()}`,
  'stopped.service': service('KillMode=process', `ExecStart=${CHILD}`),
  'toyconn.socket': '[Socket]\nListenStream=/run/toyconn\nAccept=yes',
  'toyconn@.service': service('StandardInput=socket'),
  'current.service': 'ExecStart=/usr/bin/sleep infinity',
}

describe('what is said of a unit', { skip }, () => {
  let lab: Lab
  let stale: ReportDocument
  let connection = ''
  let automatic = ''

  before(async () => {
    lab = await bootWithProgram()
    lab.copyIn(libraryIn(lab.root, 'libz.so.1'), LIBRARY)
    makeTree(lab, '/srv/jail')
    const { 'instance@a\\x2db.service': _, ...written } = RESTARTED
    writeUnits(lab, { ...written, ...OTHERS })
    start(lab, Object.keys(RESTARTED))
    waitUntilLoaded(lab, ['keep.service'], 2)
    start(lab, ['left.service', 'leaves.service', 'stopped.service'], 2)
    start(lab, ['gone.service', 'once-left.service', 'refuses.service'])
    mustRun(lab, ['systemctl', 'start', 'once', 'current', 'toyconn.socket'])
    mustRun(lab, ['systemctl', 'start', '--no-block', 'job'])
    startTransient()
    connection = connect()
    waitUntilLoaded(lab, ['job.service', ...TRANSIENT, automatic, 'adhoc.scope', connection])
    replace(lab, LIBRARY)
    mustRun(lab, ['systemctl', 'restart', 'left.service'])
    waitUntilLoaded(lab, ['left.service'], 2)
    mustRun(lab, ['systemctl', 'stop', 'stopped.service'])
    mustRun(lab, ['rm', '/etc/systemd/system/gone.service'])
    mustRun(lab, ['systemctl', 'daemon-reload'])
    stale = report(lab)
  })
  after(() => lab.stop())

  const startTransient = () => {
    const run = ['systemd-run', '--quiet', '-E', `LD_PRELOAD=${LIBRARY}`]
    mustRun(lab, [...run, '--unit=adhoc.service', 'sleep', 'infinity'])
    mustRun(lab, [...run, '--unit=collected.service', '--collect', 'sleep', 'infinity'])
    mustRun(lab, [...run, 'sleep', 'infinity'])
    const scope = `LD_PRELOAD=${LIBRARY} systemd-run --scope --unit=adhoc.scope sleep infinity`
    mustRun(lab, ['sh', '-c', `${scope} >/dev/null 2>&1 </dev/null &`])
    mustRun(lab, ['sh', '-c', 'until systemctl -q is-active adhoc.scope; do sleep 0.01; done'])
    automatic = unitsLike('run-*.service')
  }
  const connect = () => {
    const client = `require("net").connect("/run/toyconn").on("error", () => {})`
    mustRun(lab, ['sh', '-c', `setsid node -e '${client}' >/dev/null 2>&1 &`])
    const isThere = 'until systemctl -q is-active "toyconn@*.service"; do sleep 0.01; done'
    mustRun(lab, ['sh', '-c', isThere])
    return unitsLike('toyconn@*.service')
  }
  const unitsLike = (pattern: string) =>
    mustRun(lab, ['systemctl', 'list-units', '--plain', '--no-legend', pattern]).split(' ')[0] ?? ''
  const assertVerdict = (unit: string, action: string, caution: string) => {
    const finding = findingOf(stale, unit)
    assert.deepEqual([finding.action, ...cautionCodes(finding)], [action, caution])
    assert.ok(!stale.commands.flat().includes(unit))
    return finding
  }
  const restartable = [...Object.keys(RESTARTED), ...TRANSIENT, 'leaves.service'].toSorted()

  test('the command is for those that a restart clears, and no others', () => {
    assert.deepEqual(stale.commands, [['systemctl', 'restart', '--', ...restartable]])
    const names = mustRun(lab, ['stale-libs', '--format', 'names'])
    assert.deepEqual(names.trimEnd().split('\n'), restartable)
  })

  test('what systemd says of each unit that it knows is taken for an answer about that unit', () => {
    const names = (verb: string) =>
      mustRun(lab, ['systemctl', verb, '--all', '--plain', '--full', '--no-legend'])
        .split('\n')
        .map((line) => line.split(' ')[0] ?? '')
        .filter((name) => name !== '' && !name.includes('@.'))
    const units = [...new Set([...names('list-units'), ...names('list-unit-files')])]
    const properties = `--property=${UNIT_PROPERTIES.join(',')}`
    const told = parseUnitFacts(mustRun(lab, ['systemctl', 'show', properties, '--', ...units]))
    assert.ok(units.length > 100 && told.length === units.length)
    assert.deepEqual(
      told.filter((facts, at) => !isAnswerAbout(units[at] ?? '', facts)),
      [],
    )
  })

  test('a service is named with its main process and the library', () => {
    const { kind, action, clears, command, processes, files } = findingOf(stale, 'worker.service')
    assert.deepEqual([kind, action, clears], ['service', 'restart', true])
    assert.deepEqual(command, ['systemctl', 'restart', '--', 'worker.service'])
    assert.deepEqual(
      processes.map(({ comm, main }) => [comm, main]),
      [['sleep', false]],
    )
    assert.deepEqual(
      files.map(({ path, kind: what, state }) => [path, what, state]),
      [[LIBRARY, 'library', 'replaced']],
    )
    assert.ok(findingOf(stale, 'toy\\x2ddash.service').processes[0]?.main)
  })

  test('what a restart leaves alone is a finding of its own', () => {
    const leaves = stale.findings.filter(({ unit }) => unit === 'leaves.service')
    assert.deepEqual(
      leaves.map((one) => [one.action, one.clears, one.processes.length, ...cautionCodes(one)]),
      [
        ['restart', true, 1],
        ['manual', false, 1, 'below-main'],
      ],
    )
  })

  test('old processes that a restart has already left behind are not cleared by another', () => {
    const left = assertVerdict('left.service', 'manual', 'left-alone')
    assert.equal(left.command, null)
    assert.equal(left.processes.length, 1)
  })

  test('a stopped unit is not started for what it left behind', () => {
    assertVerdict('stopped.service', 'manual', 'unit-stopped')
  })

  test('a unit without a unit file is not restarted, as that would only stop it', () => {
    assertVerdict('gone.service', 'manual', 'unit-file-gone')
  })

  test('what systemd refuses to restart needs more', () => {
    const canSoftReboot =
      lab.run(['test', '-e', '/usr/lib/systemd/system/soft-reboot.target']).status === 0
    const action = canSoftReboot ? 'soft-reboot' : 'reboot'
    assertVerdict('refuses.service', action, 'systemd-refuses')
    const { status, stderr } = lab.run(['systemctl', 'restart', 'refuses.service'])
    assert.notEqual(status, 0)
    assert.match(stderr, /refused/)
  })

  test('an instance for one connection ends with it', () => {
    assert.match(connection, /^toyconn@.+\.service$/)
    assertVerdict(connection, 'wait', 'one-connection')
  })

  test('a oneshot is not run again', () => {
    assertVerdict('job.service', 'wait', 'running-job')
    assertVerdict('once-left.service', 'manual', 'oneshot-left-over')
    assert.ok(!namesIn(stale).includes('once.service'))
  })

  test('a scope cannot be restarted', () => {
    assertVerdict('adhoc.scope', 'manual', 'scope')
    assert.notEqual(lab.run(['systemctl', 'restart', 'adhoc.scope']).status, 0)
  })

  test("somebody's own command is not run again", () => {
    assertVerdict(automatic, 'manual', 'somebodys-command')
  })

  test('nothing is named that is not stale', () => {
    const unrestartable = ['adhoc.scope', automatic, connection, 'gone.service', 'job.service']
    const others = ['left.service', 'once-left.service', 'refuses.service', 'stopped.service']
    assert.deepEqual(
      namesIn(stale).toSorted(),
      [...restartable, 'leaves.service', ...unrestartable, ...others].toSorted(),
    )
    assert.deepEqual(stale.limits, [])
  })

  test('the printed command brings all of them back with the new library', () => {
    const printed = readHook(hookAfter(lab, [LIBRARY]))
    const old = pidsOf(restartable)
    assert.equal(printed.commands[0], 'stale-libs restart')
    mustRun(lab, ['sh', '-c', `${printed.commands[0]} --yes`])
    waitUntilLoaded(lab, restartable)
    const now = pidsOf(restartable)
    assert.ok(now.every((pid, index) => pid !== '0' && pid !== old[index]))
    const later = report(lab)
    assert.deepEqual(
      namesIn(later).filter((name) => restartable.includes(name)),
      ['leaves.service'],
    )
    const leaves = findingOf(later, 'leaves.service')
    assert.deepEqual([leaves.action, ...cautionCodes(leaves)], ['manual', 'left-alone'])
    assert.deepEqual(later.commands, [])
    assert.equal(mustRun(lab, ['stale-libs', '--format', 'names']), '')
  })

  const pidsOf = (units: readonly string[]) => {
    const shown = ['systemctl', 'show', '--value', '-p', 'MainPID', '--', ...units]
    return mustRun(lab, shown).trim().split(/\n+/)
  }
})
