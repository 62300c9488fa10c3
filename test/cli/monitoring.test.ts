import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { FORMATS } from '../../src/core/options.ts'
import { BUNDLE, staleLibs } from '../support/bundle.ts'
import { parseExposition } from '../support/exposition.ts'
import { makeRecording } from '../support/recording.ts'
import type { RecordedMachine } from '../support/recording.ts'
import { makeTree, procTree } from '../support/tree.ts'
import { printed } from '../support/printed.ts'
import type { UnitState } from '../../src/core/systemd/unit-states.ts'

const LIBC = 'r-xp /usr/lib/libc.so.6 (deleted)'
const A = { comm: 'a', maps: [LIBC], cgroup: '/system.slice/a.service' }
const SSHD = { comm: 'sshd', maps: [LIBC], cgroup: '/system.slice/sshd.service' }
const APP = { comm: 'x', maps: [LIBC], cgroup: '/user.slice/user-1000.slice/session-3.scope' }
const services = { transactionStart: 1, haveChanged: true }
const mixed = {
  processes: { 5: A, 6: SSHD, 7: APP },
  units: { 'a.service': {}, 'sshd.service': {} },
}

const MACHINES: readonly (readonly [
  fact: string,
  machine: RecordedMachine,
  argv: readonly string[],
  status: number,
  says: RegExp,
])[] = [
  [
    'nothing is stale',
    { processes: {} },
    [],
    0,
    /^OK - nothing uses old code in 1 process \| findings=0;/,
  ],
  [
    'a service is stale',
    { processes: { 5: A }, units: { 'a.service': {} } },
    [],
    1,
    /^WARNING - 1 finding: restart 1 service \| findings=1;0;;0 [^]*\na\.service: restart \(libc\.so\.6\)\n$/,
  ],
  [
    'a lifeline is stale',
    mixed,
    [],
    2,
    /^CRITICAL - 1 important service uses old code; 3 findings: [^|\n]* \| [^]*\nsshd\.service: restart \(libc\.so\.6\) \(important\)\na\.service/,
  ],
  [
    'a process could not be read',
    { processes: {}, denied: 4 },
    [],
    3,
    /^UNKNOWN - nothing uses old code in 1 process that could be read \(1 note\) \|/,
  ],
  [
    'the lifeline is ignored',
    mixed,
    ['--ignore-unit', 'sshd.service'],
    1,
    /^WARNING [^]* ignored=1;/,
  ],
  [
    'all of it is ignored',
    mixed,
    ['--ignore-path', '*', '--all'],
    0,
    /^OK [^]*\nIgnored by path:\*: sshd\.service\n/,
  ],
  [
    'only users are looked at',
    mixed,
    ['--user'],
    1,
    /^WARNING - 1 finding: log out and in again \|/,
  ],
  ['only the system is looked at', mixed, ['--system'], 2, / findings=2;/],
  ['--exit-code is given too', { processes: {} }, ['--exit-code'], 0, /^OK/],
  [
    'a lifeline has failed',
    {
      processes: {},
      services: {
        ...services,
        states: {
          at: 100,
          units: [
            printed<UnitState>({
              unit: 'sshd.service',
              isFailed: true,
              result: 'exit-code',
              busName: '',
              since: 50,
            }),
          ],
          busNames: [],
          isBusSilent: false,
        },
      },
    },
    [],
    2,
    /^CRITICAL - 1 service to look at \|[^]*\nsshd\.service failed since/,
  ],
  [
    'systemd gave no answer',
    { processes: {}, services: { ...services, states: null } },
    [],
    3,
    /^UNKNOWN/,
  ],
]
for (const [fact, machine, argv, status, says] of MACHINES)
  test(`--format nagios ends with ${status} when ${fact}`, () => {
    const outcome = staleLibs(['--format', 'nagios', '--from', makeRecording(machine), ...argv])
    assert.deepEqual([outcome.status, outcome.stderr], [status, ''])
    assert.match(outcome.stdout, says)
  })

const calm = makeTree(procTree({ 4: { maps: [] } }))
const wrongConfig = join(makeTree({ 'c.toml': '[ignore]\nunit = 1\n' }), 'c.toml')
const FAILURES: readonly (readonly [argv: readonly string[], says: RegExp])[] = [
  [['--nope'], /^UNKNOWN - unknown option --nope: see stale-libs --help\n$/],
  [['--hook=1'], /^UNKNOWN - --hook takes no value/],
  [['--a|b'], /^UNKNOWN - unknown option --a\\x7cb/],
  [
    ['--proc', calm, '--config', '/nonexistent'],
    /^UNKNOWN - Cannot use "\/nonexistent": it cannot be read: ENOENT\n$/,
  ],
  [
    ['--proc', calm, '--config', wrongConfig],
    /^UNKNOWN - Cannot use ".*c\.toml", line 2: ignore\.unit: /,
  ],
  [['--proc', '/etc/passwd'], /^UNKNOWN - Cannot read "\/etc\/passwd": not a directory\n$/],
  [['--from', '/nonexistent'], /^UNKNOWN - No recording in "\/nonexistent" /],
  [
    ['--proc', calm, '--output', '/nonexistent/a'],
    /^UNKNOWN - Cannot write "\/nonexistent\/a": ENOENT\n$/,
  ],
]
/** Titles do not change from run to run. */
const withoutPlaces = (argv: readonly string[]) =>
  argv.join(' ').replaceAll(calm, 'TREE').replaceAll(wrongConfig, 'CONFIG')
for (const [argv, says] of FAILURES)
  for (const format of [['--format', 'nagios'], ['--format=nagios']])
    test(`${format.join(' ')} is UNKNOWN with ${JSON.stringify(withoutPlaces(argv))}`, () => {
      const { status, stdout, stderr } = staleLibs([...argv, ...format])
      assert.deepEqual([status, stderr], [3, ''])
      assert.match(stdout, says)
      assert.equal(stdout.split('\n').length, 2)
    })

test('--format nagios that cannot answer at all says so on standard error, with 3', () => {
  const script = '"$@" >/dev/full'
  const argv = ['-c', script, 'sh', process.execPath, BUNDLE, '--format', 'nagios', '--nope']
  const { status, stderr } = spawnSync('/bin/sh', argv, { encoding: 'utf8' })
  assert.deepEqual(
    [status, stderr],
    [3, 'stale-libs: unknown option --nope: see stale-libs --help\n'],
  )
})

test('a value that is called nagios is none of its business', () => {
  const { status, stdout } = staleLibs(['--ignore-unit', 'nagios', '--nope'])
  assert.deepEqual([status, stdout], [2, ''])
})

test('a hook goes with none of the other formats', () => {
  for (const format of FORMATS.filter((name) => name !== 'text')) {
    const { status, stdout, stderr } = staleLibs(['--hook', '--format', format])
    assert.deepEqual([status, stdout], [0, ''])
    assert.match(stderr, /--hook does not go with --format/)
  }
})

test('--format prometheus counts what --format json lists', () => {
  const from = makeRecording(mixed)
  const { status, stdout, stderr } = staleLibs(['--format', 'prometheus', '--from', from])
  assert.deepEqual([status, stderr], [0, ''])
  const metrics = parseExposition(stdout)
  const valueOf = (name: string, labels = '') =>
    metrics.get(`stale_libs_${name}`)?.series.get(labels)
  assert.equal(valueOf('findings', '{kind="service",action="restart"}'), 2)
  assert.equal(valueOf('findings', '{kind="session",action="relogin"}'), 1)
  assert.equal(valueOf('unit_stale', '{unit="sshd.service",kind="service",action="restart"}'), 1)
  assert.equal(valueOf('processes_stale'), 3)
  assert.equal(valueOf('scan_timestamp_seconds'), Date.parse('2026-11-23T07:18:43.120Z') / 1000)
  assert.equal(staleLibs(['--format', 'prometheus', '--exit-code', '--from', from]).status, 1)
  const ofUsers = staleLibs(['--format', 'prometheus', '--user', '--from', from]).stdout
  assert.match(ofUsers, /^stale_libs_processes_stale 1$/m)
  const ignored = staleLibs(['--format', 'prometheus', '--ignore-unit', '*', '--from', from]).stdout
  assert.match(ignored, /^stale_libs_findings_ignored 3$/m)
})

test('--output makes a file that others can read, and leaves the old one when the scan fails', () => {
  const directory = makeTree({ 'a.prom': 'old\n' })
  const file = join(directory, 'a.prom')
  chmodSync(file, 0o600)
  const argv = ['--format', 'prometheus', '--output', file]
  assert.equal(staleLibs([...argv, '--proc', '/nonexistent']).status, 3)
  assert.equal(readFileSync(file, 'utf8'), 'old\n')
  const proc = makeTree(procTree({ 5: A }))
  const shell = 'umask 022 && exec "$@"'
  const words = ['-c', shell, 'sh', process.execPath, BUNDLE, ...argv, '--proc', proc]
  const { status, stdout } = spawnSync('/bin/sh', words, { encoding: 'utf8' })
  assert.deepEqual([status, stdout], [0, ''])
  assert.equal((statSync(file).mode & 0o777).toString(8), '644')
  assert.deepEqual(readdirSync(directory), ['a.prom'])
  assert.ok(parseExposition(readFileSync(file, 'utf8')).size > 10)
})
