import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { whySkipped } from './host.ts'
import { addUser, mustRun } from './lab.ts'
import type { Lab } from './lab.ts'
import { libraryIn } from './packages.ts'
import { installProgram, SILENT, whySkippedWithFuse } from './silent.ts'
import {
  LIBRARY,
  bootWithProgram,
  cautionCodes,
  findingOf,
  makeTree,
  replace,
  report,
  service,
  start,
  writeUnits,
} from './toys.ts'

const skip = whySkipped(['usr/bin/systemd-nspawn', 'usr/bin/script']) || whySkippedWithFuse()

/** A login whose processes are in a scope of their own: the unit has the master, and no more. */
const login = (scope: string) =>
  `/usr/bin/script -qc "exec systemd-run --quiet --scope --unit=${scope} ` +
  `setpriv --reuid=1000 sleep infinity" /dev/null`
/** Runs beside a main process that holds nothing. */
const beside = (command: string) =>
  `ExecStart=/bin/sh -c '${command} >/dev/null & exec /usr/bin/sleep infinity'`
const served = (directory: string) => `${SILENT} served ${directory}`
const LOGINS = ['of-group', 'of-main', 'of-kept']
const NSPAWN = 'systemd-nspawn --quiet --bind-ro=/usr -D /srv/web /usr/bin/sleep infinity'

const UNITS: Readonly<Record<string, string>> = {
  'plain.service': service(),
  'disk.service': service(beside(served('/mnt/disk'))),
  'needed.service': service(),
  'terminal.service': service(beside(login('of-group'))),
  'terminal-main.service': service('KillMode=process', `ExecStart=${login('of-main')}`),
  'machine.service': service(`ExecStart=${NSPAWN}`),
}
/** What their restarts leave alone. */
const KEPT: Readonly<Record<string, string>> = {
  'disk-kept.service': service('KillMode=process', beside(served('/mnt/kept'))),
  'terminal-kept.service': service('KillMode=process', beside(login('of-kept'))),
}

describe('what a restart would take from others', { skip }, () => {
  let lab: Lab

  before(async () => {
    lab = await bootWithProgram()
    lab.copyIn(libraryIn(lab.root, 'libz.so.1'), LIBRARY)
    addUser(lab, 'zoe', 1000)
    installProgram(lab, 'silent')
    makeTree(lab, '/srv/web')
    lab.write('/srv/web/etc/os-release', 'ID=toy\n')
    mustRun(lab, ['mkdir', '/mnt/disk', '/mnt/kept'])
    lab.write('/etc/systemd/system/disk.service.d/a.conf', '[Unit]\nPartOf=needed.service\n')
    writeUnits(lab, { ...UNITS, ...KEPT })
    start(lab, [...Object.keys(UNITS), ...Object.keys(KEPT)])
    for (const path of ['/mnt/disk', '/mnt/kept']) await until(() => isMounted(path))
    for (const scope of LOGINS) await until(() => worker(scope) !== '')
    await until(() => lab.run(['test', '-e', '/run/systemd/machines/web']).status === 0)
    replace(lab, LIBRARY)
  })
  after(() => lab.stop())

  const until = async (isSo: () => boolean) => {
    for (let tries = 0; !isSo(); tries += 1) {
      assert.ok(tries < 200, 'it never was so')
      await new Promise((resolve) => {
        setTimeout(resolve, 20)
      })
    }
  }
  const isMounted = (path: string) => lab.run(['stat', `${path}/x.so`]).status === 0
  /** The process of a login; empty where there is none. */
  const worker = (scope: string) => {
    const group = `/sys/fs/cgroup/system.slice/${scope}.scope/cgroup.procs`
    return lab.run(['sh', '-c', `pgrep -u zoe -x sleep | grep -xFf ${group}`]).stdout.trim()
  }
  const lives = (pid: string) => lab.run(['test', '-e', `/proc/${pid}/exe`]).status === 0
  const leaderOfMachine = () =>
    /^LEADER=(\d+)$/m.exec(lab.read('/run/systemd/machines/web'))?.[1] ?? assert.fail('no leader')
  const sentences = (unit: string) => {
    const { action } = findingOf(report(lab), unit)
    const explained = mustRun(lab, ['stale-libs', 'explain', unit])
    return [action, /^ {2}Because: (.*)$/m.exec(explained)?.[1] ?? '']
  }

  test('a mounted file system is named, by its mount point where the kernel tells', () => {
    const tells = lab.run(['sh', '-c', 'grep -qs fuse_connection /proc/[0-9]*/fdinfo/*'])
    const what = tells.status === 0 ? '/mnt/disk' : 'mount point unknown'
    assert.deepEqual(sentences('disk.service'), [
      'manual',
      `a restart disconnects file systems that it serves: ${what}`,
    ])
    assert.deepEqual(sentences('needed.service'), ['manual', 'a restart takes disk.service along'])
  })

  test('who works at a terminal whose other end a unit has is named, wherever that is', () => {
    for (const unit of ['terminal.service', 'terminal-main.service']) {
      const [action, text = ''] = sentences(unit)
      assert.equal(action, 'manual')
      assert.match(text, /^a restart hangs up pts\/\d+ \(zoe\), and ends what runs there$/)
    }
  })

  test('a machine that a service started is named, though it has a scope of its own', () => {
    assert.deepEqual(sentences('machine.service'), ['manual', 'a restart stops container web'])
    const explained = mustRun(lab, ['stale-libs', 'explain', 'machine'])
    assert.match(explained, /^ {2}PID \d+ runs: container web$/m)
  })

  test('the printed command takes nothing from anybody', () => {
    const { commands, findings } = report(lab)
    const [command = [], ...rest] = commands
    assert.deepEqual(rest, [])
    assert.deepEqual(command.slice(3), [
      'disk-kept.service',
      'plain.service',
      'terminal-kept.service',
    ])
    const workers = LOGINS.map(worker)
    mustRun(lab, command)
    assert.ok(isMounted('/mnt/disk') && isMounted('/mnt/kept'))
    assert.ok(workers.every(lives))
    assert.ok(findings.some((one) => cautionCodes(one).includes('ends-guests')))
  })

  test('what was said would have been lost', async () => {
    const lost = [worker('of-group'), worker('of-main'), leaderOfMachine()]
    mustRun(lab, ['systemctl', 'restart', 'terminal.service', 'terminal-main.service'])
    mustRun(lab, ['systemctl', 'restart', 'machine.service'])
    mustRun(lab, ['systemctl', 'stop', 'disk.service'])
    assert.match(lab.run(['stat', '/mnt/disk']).stderr, /not connected/)
    await until(() => !lost.some(lives))
  })
})
