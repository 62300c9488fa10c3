import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { inText, readHook } from './hook-output.ts'
import { whySkipped } from './host.ts'
import { addUser, mustRun } from './lab.ts'
import type { Lab } from './lab.ts'
import type { PackageSpec } from './packages.ts'
import {
  PACMAN,
  bootWithProgram,
  findingOf,
  giveBus,
  namesIn,
  packageFile,
  report,
  transaction,
} from './toys.ts'

const skip = whySkipped()

/** What it waits with starts at once, and so is never taken for a task of the service. */
const SCRIPT = { text: '#!/bin/sh\nsleep infinity\nexit 0\n', mode: 0o755 }
const unit = (...lines: readonly string[]) => ({ text: ['[Service]', ...lines, ''].join('\n') })
const SYSTEM = 'usr/lib/systemd/system'

/** Services of every sort whose packages have no library that could be replaced. */
const SORTS: Readonly<Record<string, PackageSpec['files']>> = {
  'toy-script': {
    'usr/bin/toy-script': SCRIPT,
    [`${SYSTEM}/toy-script.service`]: unit('Type=exec', 'ExecStart=/bin/toy-script'),
  },
  'toy-module': {
    'usr/share/toy-module/main.pl': { text: 'sleep 1 while 1;\n' },
    [`${SYSTEM}/toy-module.service`]: unit(
      'Type=exec',
      'ExecStart=-/usr/bin/perl /usr/share/toy-module/main.pl',
    ),
  },
  'toy-template': {
    'usr/bin/toy-template': SCRIPT,
    [`${SYSTEM}/toy-template@.service`]: unit('Type=exec', 'ExecStart=/usr/bin/toy-template %i'),
  },
  'toy-forking': {
    'usr/bin/toy-forking': SCRIPT,
    [`${SYSTEM}/toy-forking.service`]: unit(
      'Type=forking',
      'GuessMainPID=no',
      'ExecStart=/bin/sh -c "/usr/bin/toy-forking & exit 0"',
    ),
  },
  'toy-job': {
    [`${SYSTEM}/toy-job.service`]: unit(
      'Type=oneshot',
      'RemainAfterExit=yes',
      'ExecStart=/bin/true',
    ),
  },
  'toy-program': { 'usr/bin/toy-program': SCRIPT },
  'toy-unit': {
    [`${SYSTEM}/toy-unit.service`]: unit('Type=exec', 'ExecStart=/usr/bin/toy-program'),
  },
  'toy-wrapped': {
    'usr/bin/toy-wrapped': SCRIPT,
    [`${SYSTEM}/toy-wrapped.service`]: unit(
      'Type=exec',
      'ExecStart=/usr/bin/toy-wrapper 1000000 /usr/bin/toy-wrapped',
    ),
  },
  'toy-user': {
    'usr/bin/toy-user': SCRIPT,
    'usr/lib/systemd/user/toy-user.service': unit('Type=exec', 'ExecStart=/usr/bin/toy-user'),
  },
}
const PACKAGES = Object.keys(SORTS)
const SERVICES = [
  'toy-script.service',
  'toy-module.service',
  'toy-template@a.service',
  'toy-forking.service',
  'toy-unit.service',
  'toy-wrapped.service',
  'toy-job.service',
]
const VERSIONS = ['1.0-1', '1.1-1'] as const
const MANAGER = 'user@1000.service'
/** The log has whole seconds, and so the tests leave some between what must be told apart. */
const A_WHILE = ['sleep', '3.1']

describe('a service whose own package was upgraded', { skip }, () => {
  let lab: Lab

  before(async () => {
    const specs = VERSIONS.flatMap((version) =>
      Object.entries(SORTS).map(([name, files]) => ({ name, version, files })),
    )
    const native = { 'usr/bin/toy-native': { copyOf: '/usr/bin/sleep' } }
    const file = unit('Type=exec', 'ExecStart=/usr/bin/toy-native infinity')
    const wrapper = { 'usr/bin/toy-wrapper': { copyOf: '/usr/bin/timeout' } }
    lab = await bootWithProgram([
      ...specs,
      { name: 'toy-wrapper', version: '1.0-1', files: wrapper },
      ...VERSIONS.map((version) => ({
        name: 'toy-native',
        version,
        files: { ...native, [`${SYSTEM}/toy-native.service`]: file },
      })),
    ])
    addUser(lab, 'alice', 1000)
    giveBus(lab)
    // logind ends the manager 10 seconds after its user has left (UserStopDelaySec= of
    // logind.conf(5)), and each systemctl --machine= is a login.
    mustRun(lab, ['loginctl', 'enable-linger', 'alice'])
    mustRun(lab, ['systemctl', 'start', MANAGER])
    install('1.0-1', ...PACKAGES, 'toy-native', 'toy-wrapper')
  })
  beforeEach(() => {
    install('1.0-1', ...PACKAGES, 'toy-native')
    mustRun(lab, ['systemctl', 'restart', ...SERVICES, 'toy-native.service'])
    alice('daemon-reload')
    alice('restart', 'toy-user.service')
    mustRun(lab, A_WHILE)
  })
  after(() => lab.stop())

  const install = (version: string, ...names: readonly string[]) =>
    transaction(lab, [...PACMAN, '-U', ...names.map((name) => packageFile(name, version))])
  const alice = (...words: readonly string[]) =>
    mustRun(lab, ['systemctl', '--user', '--machine=alice@', ...words])
  const named = () => namesIn(report(lab)).toSorted()

  test('is named by hand and by the hook, whatever runs it', () => {
    assert.deepEqual(named(), [])
    const lines = install('1.1-1', ...PACKAGES)
    assert.deepEqual(named(), [
      'toy-forking.service',
      'toy-module.service',
      'toy-script.service',
      'toy-template@a.service',
      'toy-unit.service',
      'toy-wrapped.service',
    ])
    const document = report(lab)
    const script = findingOf(document, 'toy-script.service')
    const { at, ...change } = script.package ?? { at: '' }
    assert.ok(Date.parse(at ?? '') > Date.parse(script.processes[0]?.startedAt ?? ''))
    assert.deepEqual(change, {
      name: 'toy-script',
      from: '1.0-1',
      to: '1.1-1',
      change: 'upgraded',
    })
    assert.deepEqual(
      [script.causes, script.action, script.files, script.processes[0]?.main],
      [['package-upgraded'], 'restart', [], true],
    )
    // root asks no user's manager, so only the user is told.
    const own = findingOf(report(lab, { uid: 1000 }), 'toy-user.service')
    assert.deepEqual([own.causes, own.action], [['package-upgraded'], 'user-restart'])
    assert.deepEqual(readHook(lines).named, named().map(inText))
    assert.match(
      mustRun(lab, ['stale-libs', 'explain', 'toy-script', '--facts']),
      /its own package/,
    )
  })

  test('is cleared by the command that is given', () => {
    install('1.1-1', 'toy-script', 'toy-module')
    for (const command of report(lab).commands) mustRun(lab, command)
    assert.deepEqual(named(), [])
  })

  test('and not when the same version came again', () => {
    install('1.0-1', ...PACKAGES)
    assert.deepEqual(named(), [])
  })

  test('and a downgrade is named too', () => {
    install('1.1-1', 'toy-script')
    mustRun(lab, A_WHILE)
    mustRun(lab, ['systemctl', 'restart', 'toy-script.service'])
    mustRun(lab, A_WHILE)
    install('1.0-1', 'toy-script')
    assert.equal(findingOf(report(lab), 'toy-script.service').package?.change, 'downgraded')
  })

  test('is named once where its program was replaced too', () => {
    install('1.1-1', 'toy-native')
    const finding = findingOf(report(lab), 'toy-native.service')
    assert.deepEqual(finding.causes, ['stale-files', 'package-upgraded'])
    assert.equal(finding.package?.to, '1.1-1')
  })

  test("and not when its program is another package's, which stayed", () => {
    install('1.1-1', 'toy-unit')
    assert.deepEqual(named(), [])
  })

  test('is named where a program of another package, which stayed, stands before its own', () => {
    const link = 'readlink /proc/$(systemctl show --value -p MainPID toy-wrapped)/exe'
    assert.equal(mustRun(lab, ['sh', '-c', link]).trim(), '/usr/bin/toy-wrapper')
    install('1.1-1', 'toy-wrapped')
    assert.deepEqual(named(), ['toy-wrapped.service'])
    for (const command of report(lab).commands) mustRun(lab, command)
    assert.deepEqual(named(), [])
  })

  test("and not when the administrator's own file stands before the package's", () => {
    mustRun(lab, ['cp', `/${SYSTEM}/toy-script.service`, '/etc/systemd/system/'])
    mustRun(lab, ['systemctl', 'daemon-reload'])
    install('1.1-1', 'toy-script')
    const names = named()
    mustRun(lab, ['rm', '/etc/systemd/system/toy-script.service'])
    mustRun(lab, ['systemctl', 'daemon-reload'])
    assert.deepEqual(names, [])
  })

  test('is hidden by rules for its unit and its package, and by the switch', () => {
    install('1.1-1', 'toy-script', 'toy-module')
    const withConfig = (text: string) => {
      lab.write('/etc/stale-libs/config.toml', text)
      const document = report(lab)
      mustRun(lab, ['rm', '/etc/stale-libs/config.toml'])
      return [namesIn(document), document.ignored.map(({ rule }) => rule)]
    }
    assert.deepEqual(withConfig('[ignore]\nunits = ["toy-s*"]\npackages = ["toy-m*"]\n'), [
      [],
      ['package:toy-m*', 'unit:toy-s*'],
    ])
    assert.deepEqual(withConfig('[causes]\npackage-upgraded = false\n'), [[], []])
  })
})
