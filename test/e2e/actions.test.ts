import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setInterval } from 'node:timers/promises'
import { staleLibs } from '../support/bundle.ts'
import type { ReportDocument } from '../support/bundle.ts'
import { readHand } from './hook-output.ts'
import { whySkipped } from './host.ts'
import { addUser, mustRun, openSession } from './lab.ts'
import type { Lab, RunOptions } from './lab.ts'
import { libraryIn } from './packages.ts'
import {
  LIBRARY,
  bootWithProgram,
  findingOf,
  giveBus,
  makeTree,
  replace,
  report,
  service,
  start,
  startInSession,
  waitUntilMapped,
  writeUnits,
} from './toys.ts'

const skip = whySkipped()

const SCHEMA = JSON.parse(
  readFileSync(new URL('../../share/stale-libs.schema.json', import.meta.url), 'utf8'),
)
const ACTIONS: readonly string[] = SCHEMA.$defs.action.enum

const MANAGER = 'user@1000.service'
const MANAGERS = ['user@0.service', MANAGER]
const GUEST = '/srv/guest'
const BUNDLE = '/usr/lib/stale-libs/stale-libs.js'
const RECORDING = '/root/recording'
const SLEEP = ['env', `LD_PRELOAD=${LIBRARY}`, 'sleep', 'infinity']
/** Outside of every session: beside PID 1. */
const BESIDE_INIT: RunOptions = { cgroup: '/init.scope' }

/** The tables know the last two by their names. */
const UNITS: Readonly<Record<string, string>> = {
  'restarted.service': service(),
  'job.service': service('Type=oneshot'),
  'bluetooth.service': service(),
  'qrtr-ns.service': service(),
}

describe('the actions', { skip }, () => {
  let lab: Lab
  let session = ''
  let bus = ''
  let canSoftReboot = false
  let stale: ReportDocument

  before(async () => {
    lab = await bootWithProgram()
    lab.copyIn(libraryIn(lab.root, 'libz.so.1'), LIBRARY)
    bus = shown('dbus.service', 'Id')
    const target = '/usr/lib/systemd/system/soft-reboot.target'
    canSoftReboot = lab.run(['test', '-e', target]).status === 0
    const { 'job.service': _, ...services } = UNITS
    writeUnits(lab, UNITS)
    start(lab, Object.keys(services))
    mustRun(lab, ['systemctl', 'start', '--no-block', 'job.service'])
    startOfUser()
    startGuest()
    startInSession(lab, SLEEP, BESIDE_INIT)
    waitUntilMapped(lab, LIBRARY, Object.keys(UNITS).length + 5)
    replaceAll()
    stale = report(lab)
  })
  after(() => lab.stop())

  const shown = (unit: string, property: string) =>
    mustRun(lab, ['systemctl', 'show', '--value', '-p', property, '--', unit]).trim()
  const startOfUser = () => {
    addUser(lab, 'alice', 1000)
    giveBus(lab)
    mustRun(lab, ['systemctl', 'start', MANAGER])
    session = openSession(lab, 'alice')
    const asAlice = { uid: 1000, cgroup: session }
    startInSession(lab, SLEEP, asAlice)
    const run = ['systemd-run', '--user', '--quiet']
    const preloaded = ['-E', `LD_PRELOAD=${LIBRARY}`, 'sleep', 'infinity']
    mustRun(lab, [...run, '--unit=own.service', ...preloaded], asAlice)
    startInSession(lab, [...run, '--scope', '--unit=app-foo-1234.scope', ...SLEEP], asAlice)
  }
  const startGuest = () => {
    makeTree(lab, GUEST)
    mustRun(lab, ['install', '-D', LIBRARY, `${GUEST}/opt${LIBRARY}`])
    const enter = `mount --bind /usr usr && exec chroot . env LD_PRELOAD=/opt${LIBRARY} sleep infinity`
    const options = { cwd: GUEST }
    startInSession(lab, ['unshare', '--mount', '--pid', '--fork', 'sh', '-c', enter], options)
  }
  const replaceAll = () => {
    replace(lab, LIBRARY)
    replace(lab, `${GUEST}/opt${LIBRARY}`)
    replace(lab, mustRun(lab, ['readlink', `/proc/${shown(bus, 'MainPID')}/exe`]).trim())
    const core = 'grep -o "/.*/libsystemd-core-.*" /proc/1/maps | head -n 1'
    replace(lab, mustRun(lab, ['sh', '-c', core]).trim())
  }
  const verdictsIn = ({ findings }: ReportDocument) =>
    findings.map(({ kind, unit, action }) => `${action}: ${kind} ${unit}`).toSorted()
  const explain = (subject: string) => mustRun(lab, ['stale-libs', 'explain', subject, '--facts'])
  const name = (cgroup: string) => cgroup.split('/').at(-1)

  test('of the contract are all there, each with what needs it', () => {
    assert.deepEqual(
      verdictsIn(stale),
      [
        'restart: service restarted.service',
        'reexec: manager init.scope',
        'manual: process null',
        'wait: service job.service',
        'manual: service bluetooth.service',
        'reboot: service qrtr-ns.service',
        `${canSoftReboot ? 'soft-reboot' : 'reboot'}: service ${bus}`,
        'user-restart: user-service own.service',
        'close: app app-foo-1234.scope',
        `container: container ${name(lab.session)}`,
        `relogin: session ${name(session)}`,
        `relogin: session ${name(lab.session)}`,
        ...MANAGERS.map((unit) => `user-reexec: user-manager ${unit}`),
      ].toSorted(),
    )
    // Only the configuration says that nothing is to be done.
    const missing = ['none', ...(canSoftReboot ? [] : ['soft-reboot'])]
    const seen = new Set([...stale.findings.map(({ action }) => action), ...missing])
    assert.deepEqual([...seen].toSorted(), ACTIONS.toSorted())
  })

  test('have a command where one does it, and only the safe ones are offered as one', () => {
    const commands = [
      ['systemctl', 'daemon-reexec'],
      ['systemctl', 'restart', '--', 'restarted.service'],
    ]
    assert.deepEqual(stale.commands, commands)
    const verb = canSoftReboot ? 'soft-reboot' : 'reboot'
    assert.deepEqual(findingOf(stale, bus).command, ['systemctl', verb])
    // systemd can re-execute the manager of a user since 257.
    const without = stale.findings.filter(
      ({ command, action }) => command === null && action !== 'user-reexec',
    )
    assert.deepEqual([...new Set(without.map(({ action }) => action))].toSorted(), [
      'close',
      'container',
      'manual',
      'relogin',
      'user-restart',
      'wait',
    ])
    const unclear = stale.findings.filter(({ clears }) => !clears)
    // What keeps the PAM sessions of the managers stays.
    assert.deepEqual(
      unclear.map(({ action, unit }) => `${action} ${unit}`).toSorted(),
      MANAGERS.map((unit) => `user-reexec ${unit}`),
    )
  })

  test('are explained with what systemd says of the unit right now', () => {
    const pid = shown(bus, 'MainPID')
    const text = explain(bus)
    assert.equal(explain(pid), text)
    assert.ok(
      text.includes(`  PID ${pid} `) && text.includes(`  Because: every program on the system bus`),
    )
    const facts = [...text.matchAll(/^ {4}(\w+)=(.*)$/gm)]
    assert.ok(facts.length > 8)
    // Of command lines only the programs are kept.
    for (const [, property = '', value] of facts)
      if (!property.startsWith('Exec')) assert.equal(shown(bus, property), value)
    assert.match(explain('1'), /^ {2}Command: systemctl daemon-reexec$/m)
    const fresh = explain('systemd-logind')
    assert.match(fresh, /nothing to do\n.*PID \d+\n.*service systemd-logind\.service\n/)
  })

  test('are the same from a recording, on another machine', () => {
    mustRun(lab, ['stale-libs', 'record', RECORDING])
    const from = (format: string, directory: string) => ['--from', directory, '--format', format]
    const directory = mkdtempSync(join(tmpdir(), 'stale-libs-recording-'))
    try {
      const archive = mustRun(lab, ['sh', '-c', `tar -C ${RECORDING} -c . | base64`])
      execFileSync('tar', ['-C', directory, '-x'], { input: Buffer.from(archive, 'base64') })
      const bundle = join(directory, basename(BUNDLE))
      const files = mustRun(lab, ['ls', dirname(BUNDLE)])
        .trim()
        .split('\n')
        .filter((file) => /\.js(?:on)?$/.test(file))
      for (const file of files)
        writeFileSync(join(directory, file), lab.read(join(dirname(BUNDLE), file)))
      for (const format of ['json', 'text', 'names']) {
        const there = mustRun(lab, ['stale-libs', ...from(format, RECORDING)])
        const { stdout, stderr } = staleLibs(from(format, directory), { bundle })
        assert.equal(stdout, there, stderr)
      }
      const { stdout } = staleLibs(from('json', directory), { bundle })
      assert.equal(JSON.stringify(JSON.parse(stdout).findings), JSON.stringify(stale.findings))
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  test('are done by the printed commands, which touch nothing else', () => {
    const { commands } = readHand(mustRun(lab, ['stale-libs']))
    const [safe = '', costly] = commands
    assert.deepEqual([safe, costly], ['stale-libs restart', 'stale-libs restart bluetooth'])
    mustRun(lab, ['sh', '-c', `${safe} --yes`])
    const isDone = ({ action }: { readonly action: string }) =>
      action === 'reexec' || action === 'restart'
    const left = stale.findings.filter((finding) => !isDone(finding))
    assert.equal(JSON.stringify(report(lab).findings), JSON.stringify(left))
    assert.match(explain('1'), /: nothing to do$/m)
  })

  test('of a reboot clear what nothing else does', { timeout: 30_000 }, async ({ signal }) => {
    if (!canSoftReboot) {
      assert.notEqual(lab.run(['systemctl', 'soft-reboot']).status, 0)
      return
    }
    // Its first process is an init to the kernel, and SIGTERM does not end it.
    const guests = stale.findings.filter(({ kind }) => kind === 'container')
    const pids = guests.flatMap(({ processes }) => processes.map(({ pid }) => String(pid)))
    mustRun(lab, ['kill', '-KILL', ...pids])
    mustRun(lab, findingOf(report(lab), bus).command ?? [], BESIDE_INIT)
    const rebooted = 'systemctl show --value -p SoftRebootsCount; systemctl is-system-running'
    for await (const _ of setInterval(50, null, { signal })) {
      const { stdout } = lab.run(['sh', '-c', rebooted], BESIDE_INIT)
      // Degraded: the job did not end well.
      if (/^1\n(?:running|degraded)\n/.test(stdout)) break
    }
    assert.deepEqual(report(lab, BESIDE_INIT).findings, [])
  })
})
