import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { reportDocument } from '../support/bundle.ts'
import type { ReportDocument } from '../support/bundle.ts'
import { whySkipped } from './host.ts'
import { addUser, mustRun, openSession } from './lab.ts'
import type { Lab } from './lab.ts'
import { libraryIn } from './packages.ts'
import { SILENT, installProgram, startTrap, whySkippedWithFuse } from './silent.ts'
import {
  LIBRARY,
  bootWithProgram,
  cautionCodes,
  findingOf,
  giveBus,
  makeTree,
  replace,
  service,
  startInSession,
  waitUntilLoaded,
  waitUntilMapped,
  writeUnits,
} from './toys.ts'

const skip = whySkipped(['usr/bin/systemd-nspawn', 'usr/bin/script']) || whySkippedWithFuse()

const SERVICE = 'stale-libs-restart.service'
const TIMER = 'stale-libs-restart.timer'
const SHIPPED = '/usr/lib/systemd/system'
/** What `systemctl show` says of a unit with no job that has run, in either order. */
const ENDED = '^(Job= |Job=0 )?ActiveState=(inactive|failed)( Job=0?)?$'
const LOCK = '/var/lib/pacman/db.lck'
const ALICE = 1000
const GUEST = '/srv/guest'
/** The container has it, and the machine has none of the name. */
const OF_GUEST = '/opt/libguest.so.1'
const OF_USER = 'own.service'

/** Where files lie that a service has mapped: each place is hidden by another setting. */
const PLACES = ['/usr/lib', '/opt/x', '/home/alice/x', '/root/x', '/srv/x', '/var/lib/x'].map(
  (directory) => `${directory}/libplace.so.1`,
)
const SOCKET = '/tmp/.X11-unix/X7'
const SERVER = `/usr/bin/node -e "require('node:net').createServer(()=>{}).listen('${SOCKET}')"`
const WINDOW = `/usr/bin/node -e "require('node:net').connect('${SOCKET}').on('close',()=>process.exit())"`
const LOGIN =
  '/usr/bin/script -qc "exec systemd-run --quiet --scope --unit=of-login ' +
  `setpriv --reuid=${ALICE} sleep infinity" /dev/null`
const beside = (command: string) =>
  `ExecStart=/bin/sh -c '${command} >/dev/null & exec /usr/bin/sleep infinity'`

const UNITS: Readonly<Record<string, string>> = {
  'plain.service': service(),
  'sandbox.service': service(
    'DynamicUser=yes',
    'ProtectSystem=strict',
    'ProtectHome=yes',
    'PrivateTmp=yes',
    'PrivateDevices=yes',
    'PrivateUsers=yes',
  ),
  'rooted.service': service('RootDirectory=/srv/bound', 'BindReadOnlyPaths=/usr'),
  'places.service': `ExecStart=/usr/local/bin/holder ${PLACES.join(' ')}`,
  // Only the owner of the mapped file, in map_files, tells that it is not the user's own.
  'worker.service':
    `ExecStart=/bin/sh -c 'setpriv --reuid=${ALICE} --clear-groups env LD_PRELOAD=${LIBRARY} ` +
    "sleep infinity & exec /usr/bin/sleep infinity'",
  'screen.service': service(`ExecStart=${SERVER}`),
  'disk.service': service(beside(`${SILENT} served /mnt/disk`)),
  'terminal.service': service(beside(LOGIN)),
  'machine.service': service(
    'ExecStart=systemd-nspawn --quiet --bind-ro=/usr -D /srv/web /usr/bin/sleep infinity',
  ),
}
const REPLACED = [LIBRARY, ...PLACES, `${GUEST}${OF_GUEST}`]
const WITH_LIBRARY = Object.keys(UNITS).filter((unit) => unit !== 'places.service')
/** The cgroup of the login at the terminal that a service has the other end of. */
const OF_LOGIN = '/sys/fs/cgroup/system.slice/of-login.scope/cgroup.procs'

describe('the maintenance window', { skip }, () => {
  let lab: Lab
  let outside: ReportDocument

  before(async () => {
    lab = await bootWithProgram()
    installProgram(lab, 'holder')
    installProgram(lab, 'silent')
    const library = libraryIn(lab.root, 'libz.so.1')
    for (const path of REPLACED) lab.copyIn(library, path)
    addUser(lab, 'alice', ALICE)
    giveBus(lab)
    for (const tree of ['/srv/bound', '/srv/web', GUEST]) makeTree(lab, tree)
    lab.write('/srv/web/etc/os-release', 'ID=toy\n')
    lab.write(`${GUEST}/etc/os-release`, 'ID=toy\n')
    mustRun(lab, ['mkdir', '-p', '/mnt/disk', '/mnt/said', '/mnt/silent', '/tmp/.X11-unix'])
    writeUnits(lab, { ...UNITS, 'window.service': `ExecStart=${WINDOW}` })
    mustRun(lab, ['systemctl', 'start', ...Object.keys(UNITS), `user@${ALICE}.service`])
    startWithoutUnits()
    waitUntilLoaded(lab, WITH_LIBRARY)
    // Those of the session and of the user's service besides.
    waitUntilMapped(lab, LIBRARY, WITH_LIBRARY.length + 2)
    waitUntilMapped(lab, PLACES.at(-1) ?? '', 1)
    waitUntilMapped(lab, OF_GUEST, 1)
    waitUntil(`[ -e ${SOCKET} ] && [ -e /run/systemd/machines/web ]`)
    waitUntil(`mountpoint -q /mnt/disk && pgrep -u alice -x sleep | grep -qxFf ${OF_LOGIN}`)
    mustRun(lab, ['systemctl', 'start', 'window.service'])
    waitUntil('grep -q " 03 .*X7$" /proc/net/unix')
    for (const path of REPLACED) replace(lab, path)
    // PID 1, user managers, journald and logind have it.
    const shared = 'find -L /usr/lib -path "*/systemd/libsystemd-shared-*.so" | head -n 1'
    replace(lab, mustRun(lab, ['sh', '-c', shared]).trim())
    outside = look('outside', `[Service]\nType=oneshot\nExecStart=\n`)
  })
  after(() => lab?.stop())

  const waitUntil = (condition: string) =>
    mustRun(lab, ['sh', '-c', `until ${condition}; do sleep 0.02; done`], { timeoutMs: 10_000 })
  const startWithoutUnits = () => {
    const asAlice = { uid: ALICE, cgroup: openSession(lab, 'alice') }
    const loaded = ['env', `LD_PRELOAD=${LIBRARY}`, 'sleep', 'infinity']
    startInSession(lab, loaded, asAlice)
    mustRun(lab, ['systemd-run', '--user', '--quiet', `--unit=${OF_USER}`, ...loaded], asAlice)
    const guest = ['systemd-nspawn', '--quiet', '--bind-ro=/usr', '--keep-unit', '--register=no']
    const words = ['/usr/bin/env', `LD_PRELOAD=${OF_GUEST}`, '/usr/bin/sleep', 'infinity']
    startInSession(lab, [...guest, '-D', GUEST, ...words])
    startTrap(lab, [SILENT, 'mounted', '/mnt/silent', String(ALICE)])
  }
  /** The unit file as shipped. */
  const shipped = () => lab.read(`${SHIPPED}/${SERVICE}`)
  const show = (unit: string, property: string) =>
    mustRun(lab, ['systemctl', 'show', '--value', '-p', property, '--', unit]).trim()
  /** Runs a unit file with another command, and returns what the command wrote. */
  const runAs = (name: string, file: string, command: string) => {
    assert.equal(file.match(/^ExecStart=/gm)?.length, 1)
    const written = `/mnt/said/${name}`
    const lines = `ExecStart=${command}\nStandardOutput=truncate:${written}`
    const unit = `${name}.service`
    lab.write(
      `/run/systemd/system/${unit}`,
      file.replace(/^ExecStart=.*$/m, () => lines),
    )
    mustRun(lab, ['systemctl', 'daemon-reload'])
    // A command that waits is disconnected where systemd starts itself anew.
    mustRun(lab, ['systemctl', '--no-block', 'start', unit])
    waitUntil(`systemctl show -p Job -p ActiveState ${unit} | xargs | grep -qE "${ENDED}"`)
    return { unit, status: Number(show(unit, 'ExecMainStatus')), written: lab.read(written) }
  }
  const look = (name: string, file: string) => {
    const { status, written } = runAs(name, file, '/usr/bin/stale-libs --format json')
    assert.equal(status, 0)
    return reportDocument(written)
  }
  /** All but what is of the moment. */
  const judged = ({ scan, ...rest }: ReportDocument) => {
    const { unreadable, complete } = scan
    return { ...rest, unreadable, complete }
  }

  test('sees in its sandbox what is seen outside of it', () => {
    assert.deepEqual(judged(look('inside', shipped())), judged(outside))
  })

  test('the sandbox of the metrics hides nothing either', () => {
    const file = lab.read(`${SHIPPED}/stale-libs-metrics.service`)
    assert.deepEqual(judged(look('metrics', file)), judged(outside))
  })

  test('is compared where there is something of each kind', () => {
    const kinds = new Set(outside.findings.map(({ kind }) => kind))
    assert.deepEqual([...kinds].toSorted(), [
      'container',
      'manager',
      'service',
      'session',
      'user-manager',
      'user-service',
    ])
    const codes = new Set(outside.findings.flatMap(cautionCodes))
    for (const code of ['serves-display', 'takes-mounts-away', 'hangs-up-terminals', 'ends-guests'])
      assert.ok(codes.has(code), `${code} is none of ${[...codes].join(', ')}`)
    const { files } = findingOf(outside, 'places.service')
    assert.deepEqual(
      files.map(({ path, state }) => [path, state]),
      PLACES.toSorted().map((path) => [path, 'replaced']),
    )
    assert.equal(findingOf(outside, 'worker.service').action, 'restart')
  })

  test('may ask systemd for all that a restart needs, and write nowhere but to /run', () => {
    const script = [
      'for word in reload reexec; do systemctl daemon-$word || echo $word; done',
      'systemctl --no-block restart -- plain.service || echo restart',
      'systemctl set-property --runtime plain.service Markers=+needs-restart || echo mark',
      'systemctl set-property --runtime plain.service Markers= || echo unmark',
      'journalctl -q --no-pager -n 1 | grep -q . || echo journal',
      'loginctl list-sessions >/dev/null && machinectl list >/dev/null || echo names',
      'flock /run/stale-libs-restart.lock true || echo lock',
      'for at in /etc /usr /var /srv /tmp /home /root /run/user/0; do',
      '  touch $at/written 2>/dev/null && echo $at',
      'done; true',
    ]
    lab.write('/srv/acts', script.join('\n'))
    const { status, written } = runAs('acts', shipped(), '/bin/sh /srv/acts')
    assert.deepEqual([status, written], [0, ''])
  })

  test('does nothing while pacman works', () => {
    lab.write(LOCK, '')
    mustRun(lab, ['systemctl', 'start', SERVICE])
    assert.equal(show(SERVICE, 'ConditionResult'), 'no')
    mustRun(lab, ['rm', LOCK])
    assert.equal(show(SERVICE, 'ExecMainStartTimestampMonotonic'), '0')
  })

  test('has failed where a restart failed', () => {
    const { unit, status } = runAs('failing', shipped(), "/bin/sh -c 'exit 4'")
    assert.equal(status, 4)
    assert.match(mustRun(lab, ['systemctl', '--failed', '--plain', '--no-legend']), /^failing/)
    mustRun(lab, ['systemctl', 'reset-failed', unit])
  })

  test('is not enabled by the installation, and comes every week where it is', () => {
    const stateOf = (unit: string) => lab.run(['systemctl', 'is-enabled', unit]).stdout.trim()
    assert.deepEqual([TIMER, SERVICE].map(stateOf), ['disabled', 'static'])
    assert.equal(show(TIMER, 'ActiveState'), 'inactive')
    mustRun(lab, ['systemctl', 'enable', '--now', '--quiet', TIMER])
    assert.equal(show(TIMER, 'Unit'), SERVICE)
    assert.match(show(TIMER, 'NextElapseUSecRealtime'), /^Sun .* 04:/)
    mustRun(lab, ['systemctl', 'disable', '--now', '--quiet', TIMER])
  })

  test('systemd finds nothing wrong with it, and little that it exposes', () => {
    // No manual is installed on a small machine.
    const verified = lab.run(['systemd-analyze', 'verify', '--man=no', SERVICE, TIMER])
    assert.deepEqual(verified, { status: 0, stdout: '', stderr: '' })
    const words = ['security', '--offline=true', '--threshold=25', '--no-pager', SERVICE]
    const exposed = lab.run(['systemd-analyze', ...words])
    assert.equal(exposed.status, 0, exposed.stdout)
  })
})
