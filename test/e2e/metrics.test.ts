import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { parseExposition } from '../support/exposition.ts'
import { EXPORTER, whyNot } from './exporter.ts'
import { whySkipped } from './host.ts'
import { addUser, mustRun, openSession } from './lab.ts'
import type { Lab } from './lab.ts'
import {
  LIBRARY,
  bootWithProgram,
  giveBus,
  replace,
  service,
  start,
  waitUntilMapped,
  writeUnits,
} from './toys.ts'
import { libraryIn } from './packages.ts'

const skip = whySkipped() || whyNot(EXPORTER)

const SERVICE = 'stale-libs-metrics.service'
const TIMER = 'stale-libs-metrics.timer'
const DIRECTORY = '/run/stale-libs'
const FILE = `${DIRECTORY}/stale-libs.prom`
const LOCK = '/var/lib/pacman/db.lck'
const ALICE = 1000
const PORT = 9100
const UNITS = {
  'plain.service': service(),
  'sandbox.service': service('DynamicUser=yes', 'ProtectSystem=strict', 'PrivateTmp=yes'),
}
/** The metrics that differ from one look to the next. */
const PASSING = /^stale_libs_(?:processes|scan_timestamp_seconds|scan_duration_seconds)$/
const SCRAPE =
  `fetch('http://127.0.0.1:${PORT}/metrics').then((answer) => answer.text())` +
  '.then((text) => process.stdout.write(text))'

describe('the metrics of a machine', { skip }, () => {
  let lab: Lab

  before(async () => {
    lab = await bootWithProgram()
    lab.copyIn(libraryIn(lab.root, 'libz.so.1'), LIBRARY)
    lab.copyIn(EXPORTER, '/usr/local/bin/node_exporter')
    addUser(lab, 'alice', ALICE)
    giveBus(lab)
    writeUnits(lab, UNITS)
    start(lab, Object.keys(UNITS))
    const asAlice = { uid: ALICE, cgroup: openSession(lab, 'alice') }
    const loaded = ['env', `LD_PRELOAD=${LIBRARY}`, 'sleep', 'infinity']
    mustRun(lab, ['systemd-run', '--user', '--quiet', '--unit=own.service', ...loaded], asAlice)
    waitUntilMapped(lab, LIBRARY, 3)
    replace(lab, LIBRARY)
    // PID 1 and user managers have it.
    const shared = 'find -L /usr/lib -path "*/systemd/libsystemd-shared-*.so" | head -n 1'
    replace(lab, mustRun(lab, ['sh', '-c', shared]).trim())
  })
  after(() => lab?.stop())

  const waitUntil = (condition: string) =>
    mustRun(lab, ['sh', '-c', `until ${condition}; do sleep 0.02; done`], { timeoutMs: 10_000 })
  const show = (unit: string, property: string) =>
    mustRun(lab, ['systemctl', 'show', '--value', '-p', property, '--', unit]).trim()
  const stat = (format: string, ...paths: readonly string[]) =>
    mustRun(lab, ['stat', '-c', format, ...paths])
      .trim()
      .split('\n')
  /** Writes a drop-in, and loads it; returns what takes it back. */
  const edit = (unit: string, text: string) => {
    lab.write(`/run/systemd/system/${unit}.d/edited.conf`, text)
    mustRun(lab, ['systemctl', 'daemon-reload'])
    return () => {
      mustRun(lab, ['rm', '-r', `/run/systemd/system/${unit}.d`])
      mustRun(lab, ['systemctl', 'daemon-reload'])
    }
  }
  const lasting = (text: string) =>
    [...parseExposition(text)].filter(([name]) => !PASSING.test(name))
  const scrape = () => mustRun(lab, ['node', '-e', SCRAPE])

  test('are not written before somebody enables the timer, and at once then', () => {
    const stateOf = (unit: string) => lab.run(['systemctl', 'is-enabled', unit]).stdout.trim()
    assert.deepEqual([TIMER, SERVICE].map(stateOf), ['disabled', 'static'])
    assert.equal(lab.run(['test', '-e', DIRECTORY]).status, 1)
    mustRun(lab, ['systemctl', 'enable', '--now', '--quiet', TIMER])
    waitUntil(`[ -e ${FILE} ]`)
    assert.match(show(TIMER, 'TimersMonotonic'), /OnUnitActiveUSec=10min /)
    assert.deepEqual(stat('%a %U %G', DIRECTORY, FILE), ['755 root root', '644 root root'])
    assert.equal(mustRun(lab, ['ls', '-A', DIRECTORY]), 'stale-libs.prom\n')
    mustRun(lab, ['systemctl', 'disable', '--now', '--quiet', TIMER])
    waitUntil(`systemctl show -p ActiveState ${SERVICE} | grep -q =inactive`)
  })

  test('are those that are seen outside of the sandbox', () => {
    mustRun(lab, ['systemctl', 'start', SERVICE])
    const inside = lab.read(FILE)
    const look = ['stale-libs', '--format', 'prometheus']
    const outside = mustRun(lab, ['systemd-run', '--quiet', '--pipe', '--wait', ...look])
    assert.deepEqual(lasting(inside), lasting(outside))
    const units = parseExposition(inside).get('stale_libs_unit_stale')?.series.keys() ?? []
    const kinds = new Set([...units].map((labels) => /kind="([^"]*)"/.exec(labels)?.[1]))
    assert.deepEqual([...kinds].toSorted(), ['manager', 'service', 'user-manager', 'user-service'])
    assert.match(inside, /^stale_libs_scan_complete 1$/m)
  })

  test('are scraped from node_exporter, and change with what is restarted', () => {
    const collectors = ['--collector.disable-defaults', '--collector.textfile']
    const where = [`--collector.textfile.directory=${DIRECTORY}`, `--web.listen-address=:${PORT}`]
    const argv = ['/usr/local/bin/node_exporter', ...collectors, ...where]
    const unit = ['--quiet', '--unit=exporter.service', '-p', 'User=nobody']
    mustRun(lab, ['systemd-run', ...unit, ...argv])
    waitUntil(`bash -c ': </dev/tcp/127.0.0.1/${PORT}' 2>/dev/null`)
    const stale = (name: string) =>
      `stale_libs_unit_stale{action="restart",kind="service",unit="${name}.service"} 1`
    const old = scrape().split('\n')
    assert.ok(old.includes('node_textfile_scrape_error 0'))
    assert.deepEqual(
      ['plain', 'sandbox'].filter((name) => !old.includes(stale(name))),
      [],
    )
    mustRun(lab, ['systemctl', 'restart', 'plain.service'])
    assert.ok(scrape().includes(stale('plain')), 'the file stays as it is')
    mustRun(lab, ['systemctl', 'start', SERVICE])
    const text = scrape()
    assert.ok(text.includes('\nnode_textfile_scrape_error 0\n'))
    assert.deepEqual(
      [text.includes(stale('plain')), text.includes(stale('sandbox'))],
      [false, true],
    )
  })

  test('are not made while pacman works, and again when it has ended', () => {
    const [old] = stat('%i', FILE)
    lab.write(LOCK, '')
    mustRun(lab, ['systemctl', 'start', SERVICE])
    assert.equal(show(SERVICE, 'ConditionResult'), 'no')
    const often = 'OnActiveSec=\nOnActiveSec=0\nOnUnitActiveSec=100ms\nAccuracySec=1ms\n'
    const undo = edit(TIMER, `[Timer]\n${often}`)
    const tried = () => show(SERVICE, 'ConditionTimestampMonotonic')
    const first = tried()
    mustRun(lab, ['systemctl', 'start', TIMER])
    const isTriedAgain = (time: string) =>
      waitUntil(`! systemctl show -p ConditionTimestampMonotonic ${SERVICE} | grep -q =${time}$`)
    isTriedAgain(first)
    isTriedAgain(tried())
    assert.deepEqual(stat('%i', FILE), [old])
    mustRun(lab, ['rm', LOCK])
    waitUntil(`[ "$(stat -c %i ${FILE})" != ${old} ]`)
    mustRun(lab, ['systemctl', 'stop', TIMER])
    waitUntil(`systemctl show -p ActiveState ${SERVICE} | grep -q =inactive`)
    undo()
  })

  test('come from a service that writes to their directory alone, and has no network', () => {
    const script = [
      'for at in /etc /usr /var /var/lib/pacman /srv /tmp /home /root /run /run/user/0; do',
      '  touch $at/written 2>/dev/null && echo $at',
      'done',
      'for file in /sys/fs/cgroup/cgroup.procs /proc/sys/kernel/domainname; do',
      '  [ -w $file ] && echo $file',
      'done',
      `: </dev/tcp/127.0.0.1/${PORT} && echo network`,
      'touch $DIRECTORY/written && rm $DIRECTORY/written && echo directory',
    ]
    lab.write('/srv/acts', `exec 2>/dev/null\n${script.join('\n')}`)
    const said = '/run/systemd/said'
    const command = `ExecStart=\nExecStart=/bin/bash /srv/acts\nStandardOutput=truncate:${said}`
    const undo = edit(SERVICE, `[Service]\n${command}\n`)
    mustRun(lab, ['systemctl', 'start', SERVICE])
    assert.equal(lab.read(said), 'directory\n')
    undo()
  })

  test('go to another directory with two lines', () => {
    const other = '/var/lib/textfiles'
    mustRun(lab, ['install', '-d', other])
    const lines = `Environment=DIRECTORY=${other}\nReadWritePaths=${other}\n`
    const undo = edit(SERVICE, `[Service]\n${lines}`)
    const [old] = stat('%i', FILE)
    mustRun(lab, ['systemctl', 'start', SERVICE])
    assert.deepEqual(stat('%a %U', `${other}/stale-libs.prom`), ['644 root'])
    assert.deepEqual(stat('%i', FILE), [old])
    undo()
  })

  test('stay as they are, and the service has failed, where a look fails', () => {
    const [old] = stat('%i', FILE)
    const config = '/etc/stale-libs/config.toml'
    const text = lab.read(config)
    lab.write(config, '[ignore]\nunits = 1\n')
    assert.notEqual(lab.run(['systemctl', 'start', SERVICE]).status, 0)
    assert.equal(show(SERVICE, 'Result'), 'exit-code')
    assert.deepEqual(stat('%i', FILE), [old])
    lab.write(config, text)
    mustRun(lab, ['systemctl', 'start', SERVICE])
    assert.equal(show(SERVICE, 'Result'), 'success')
  })

  test('systemd finds nothing wrong with their units, and little that is exposed', () => {
    // No manual is installed on a small machine.
    const verified = lab.run(['systemd-analyze', 'verify', '--man=no', SERVICE, TIMER])
    assert.deepEqual(verified, { status: 0, stdout: '', stderr: '' })
    const words = ['security', '--offline=true', '--threshold=30', '--no-pager', SERVICE]
    const exposed = lab.run(['systemd-analyze', ...words])
    assert.equal(exposed.status, 0, exposed.stdout)
  })

  test('are taken away by systemctl clean', () => {
    mustRun(lab, ['systemctl', 'clean', '--what=runtime', SERVICE])
    assert.equal(lab.run(['test', '-e', DIRECTORY]).status, 1)
  })
})
