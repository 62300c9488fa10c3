import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isForHook, isForMonitoring, parseCommand } from '../../src/cli/cli.ts'
import { DEFAULTS } from '../../src/cli/defaults.ts'
import type { Command } from '../../src/core/options.ts'
import { staleLibs } from '../support/bundle.ts'

type Of<Kind> = Extract<Command, { readonly kind: Kind }>

const RESTART: Of<'restart'> = {
  kind: 'restart',
  units: [],
  except: [],
  isUser: false,
  isYes: false,
  isDryRun: false,
  waitSeconds: 120,
  options: DEFAULTS,
}
const MARK: Of<'mark'> = {
  kind: 'mark',
  verb: 'set',
  units: [],
  isUser: false,
  isYes: false,
  isDryRun: false,
  options: DEFAULTS,
}

/** Command lines behind `restart`, and what is not as without any word. */
const RESTARTS: readonly (readonly [argv: readonly string[], means: Partial<Of<'restart'>>])[] = [
  [[], {}],
  [['nginx', 'sshd'], { units: ['nginx', 'sshd'] }],
  [['--', 'nginx'], { units: ['nginx'] }],
  [['nginx', '--', 'sshd'], { units: ['nginx', 'sshd'] }],
  [['--'], {}],
  [['--', '-x', '--yes', '-', '--', '-5'], { units: ['-x', '--yes', '-', '--', '-5'] }],
  [
    ['--', '--hook', '--format=nagios', '--UNIT'],
    { units: ['--hook', '--format=nagios', '--UNIT'] },
  ],
  [[''], { units: [''] }],
  [['', '--', ''], { units: ['', ''] }],
  [['a', 'a'], { units: ['a', 'a'] }],
  [['restart', 'scan', 'mark'], { units: ['restart', 'scan', 'mark'] }],
  [['true', '007', '0x10', '1e3'], { units: ['true', '007', '0x10', '1e3'] }],
  [
    ['a@b\\x2dc.service', '"q"', "'", 'a,b', '*'],
    { units: ['a@b\\x2dc.service', '"q"', "'", 'a,b', '*'] },
  ],
  [['\u001b[31m\n'], { units: ['\u001b[31m\n'] }],
  [['--except', 'a', '--except', 'b'], { except: ['a', 'b'] }],
  [['--except', 'a', 'b', '--except=c'], { except: ['a', 'c'], units: ['b'] }],
  [['--except', '', '--except=-x', '--except', 'true'], { except: ['', '-x', 'true'] }],
  [['--except', '-5'], { except: ['-5'] }],
  [['--user', 'nginx'], { isUser: true, units: ['nginx'] }],
  [['-y'], { isYes: true }],
  [['--yes', 'nginx'], { isYes: true, units: ['nginx'] }],
  [['--yes', 'true'], { isYes: true, units: ['true'] }],
  [['-y', 'false'], { isYes: true, units: ['false'] }],
  [['--yes', '-y', '--yes'], { isYes: true }],
  [['--dry-run'], { isDryRun: true }],
  [['--dry-run', 'false'], { isDryRun: true, units: ['false'] }],
  [['--dry-run', '--', '--yes'], { isDryRun: true, units: ['--yes'] }],
  [['--wait', '1'], { waitSeconds: 1 }],
  [['--wait=86400', 'a'], { waitSeconds: 86_400, units: ['a'] }],
  [
    ['--config', 'c.toml', '--log-level', 'debug'],
    { options: { ...DEFAULTS, config: 'c.toml', logLevel: 'debug' } },
  ],
]
for (const [argv, means] of RESTARTS)
  test(`restart ${JSON.stringify(argv)}`, async () => {
    assert.deepEqual(await parseCommand(['restart', ...argv], ''), { ...RESTART, ...means })
  })

/** Command lines behind `mark`, and what is not as without any word. */
const MARKS: readonly (readonly [argv: readonly string[], means: Partial<Of<'mark'>>])[] = [
  [[], {}],
  [['nginx', '--', '-x', ''], { units: ['nginx', '-x', ''] }],
  [['--clear'], { verb: 'clear' }],
  [['--clear', 'true', '--yes'], { verb: 'clear', units: ['true'], isYes: true }],
  [['--list'], { verb: 'list' }],
  [['--list', '--user'], { verb: 'list', isUser: true }],
  [['--list', '--config=c'], { verb: 'list', options: { ...DEFAULTS, config: 'c' } }],
  [['--user', '-y', 'a'], { isUser: true, isYes: true, units: ['a'] }],
  [['--dry-run', 'a'], { isDryRun: true, units: ['a'] }],
]
for (const [argv, means] of MARKS)
  test(`mark ${JSON.stringify(argv)}`, async () => {
    assert.deepEqual(await parseCommand(['mark', ...argv], ''), { ...MARK, ...means })
  })

test('options may stand in front of the command', async () => {
  const command = { ...RESTART, isUser: true, isYes: true, units: ['a'] }
  assert.deepEqual(await parseCommand(['--user', '-y', 'restart', 'a'], ''), command)
})

const WAIT = 'is not a whole number of seconds from 1 to 86400'
const NO_VALUE = 'this option takes no value'
const DOES_NOTHING = '--dry-run does nothing, so --yes does not go with it'

/** Wrong command lines, and the sentence about each. */
const WRONG: readonly (readonly [line: string, says: string])[] = [
  ['restart -x', 'Unknown argument: -x'],
  ['restart -', 'Unknown argument: -'],
  ['restart ---', 'Unknown argument: ---'],
  ['restart -5', 'Unknown argument: -5'],
  ['restart --$0 nginx', 'Unknown argument: $0'],
  ['restart --UNIT nginx', 'Unknown argument: UNIT'],
  ['restart --dryRun', 'Unknown argument: dryRun'],
  ['restart --no-yes', 'Unknown argument: no-yes'],
  ['restart --hook', 'Unknown argument: hook'],
  ['restart --format nagios', 'Unknown argument: format'],
  ['restart --all', 'Unknown argument: all'],
  ['restart --system', 'Unknown argument: system'],
  ['restart --proc /proc', 'Unknown argument: proc'],
  ['restart --root / --from a', 'Unknown arguments: root, from'],
  ['restart --clear', 'Unknown argument: clear'],
  ['restart --yes=maybe', `--yes=maybe: ${NO_VALUE}`],
  ['restart --yes=true', `--yes=true: ${NO_VALUE}`],
  ['restart -y=maybe', `-y=maybe: ${NO_VALUE}`],
  ['restart -yy', `-yy: ${NO_VALUE}`],
  ['restart -y5', `-y5: ${NO_VALUE}`],
  ['restart --dry-run=', `--dry-run=: ${NO_VALUE}`],
  ['restart --user=zoe', `--user=zoe: ${NO_VALUE}`],
  ['restart --yes --dry-run', DOES_NOTHING],
  ['restart --dry-run -y nginx', DOES_NOTHING],
  ['restart --except', 'Not enough arguments following: except'],
  ['restart --except -', 'Not enough arguments following: except'],
  ['restart --except --yes', 'Not enough arguments following: except'],
  ['restart --except -- nginx', 'Not enough arguments following: except'],
  ['restart --wait', 'Not enough arguments following: wait'],
  ['restart --wait=', `--wait "" ${WAIT}`],
  ['restart --wait 0', `--wait "0" ${WAIT}`],
  ['restart --wait -5', `--wait "-5" ${WAIT}`],
  ['restart --wait -', `--wait "-" ${WAIT}`],
  ['restart --wait --$0', 'Unknown argument: $0'],
  ['restart --wait 86401', `--wait "86401" ${WAIT}`],
  ['restart --wait 1.5', `--wait "1.5" ${WAIT}`],
  ['restart --wait 1e3', `--wait "1e3" ${WAIT}`],
  ['restart --wait 0x10', `--wait "0x10" ${WAIT}`],
  ['restart --wait 5min', `--wait "5min" ${WAIT}`],
  ['restart --wait nginx', `--wait "nginx" ${WAIT}`],
  ['restart --wait 99999999999999999999', `--wait "99999999999999999999" ${WAIT}`],
  ['restart --wait 5 --wait 6', '--wait is given more than once'],
  ['restart --config=', '--config "" names no file'],
  ['restart --config a --config b', '--config is given more than once'],
  ['mark --clear --list', '--list does not go with --clear'],
  ['mark --list --yes', '--list does not go with --yes'],
  ['mark --list -y', '--list does not go with --yes'],
  ['mark --list --dry-run', '--list does not go with --dry-run'],
  ['mark --list nginx', '--list shows all that is marked, and takes no UNIT: "nginx"'],
  ['mark --list -- -x', '--list shows all that is marked, and takes no UNIT: "-x"'],
  ['mark --yes --dry-run', DOES_NOTHING],
  ['mark --list=all', `--list=all: ${NO_VALUE}`],
  ['mark --clear=nginx', `--clear=nginx: ${NO_VALUE}`],
  ['mark --wait 5', 'Unknown argument: wait'],
  ['mark --except a', 'Unknown argument: except'],
  ['mark --proc /proc', 'Unknown argument: proc'],
  ['scan --yes', 'Unknown argument: yes'],
  ['-y', 'Unknown argument: yes'],
  ['explain nginx --dry-run', 'Unknown argument: dry-run'],
  ['nginx restart', 'Unknown arguments: nginx, restart'],
  ['-- restart', 'Unknown argument: restart'],
]
for (const [line, says] of WRONG)
  test(`${line}: a sentence`, async () => {
    const command = await parseCommand(line.split(' '), '')
    assert.deepEqual(command, { kind: 'usage-error', message: says })
  })

test('a command that acts is never taken for a hook or for a plugin', () => {
  for (const verb of ['restart', 'mark', 'explain', 'record'])
    for (const words of [
      ['--hook', '--format', 'nagios'],
      ['--', '--hook', '--format=nagios'],
    ]) {
      assert.equal(isForHook([verb, ...words]), false)
      assert.equal(isForMonitoring([verb, ...words]), false)
    }
  assert.equal(isForHook(['--', '--hook']), false)
  assert.equal(isForMonitoring(['--', '--format=nagios']), false)
  assert.equal(isForHook(['scan', '--hook', '--', 'x']), true)
  assert.equal(isForMonitoring(['scan', '--format', 'nagios', '--', 'x']), true)
  assert.deepEqual(staleLibs(['restart', '--hook']), {
    status: 2,
    stdout: '',
    stderr: 'stale-libs: Unknown argument: hook: see stale-libs --help\n',
  })
})

const NOT_IN_HELP = /--(?:proc|root|from|hook)\b|\[(?:boolean|string|array|default|choices)/

test('each command that acts has a help of its own, on one screen', () => {
  const every = ['user', 'yes', 'dry-run', 'config', 'log-level']
  for (const [verb, last, options] of [
    ['restart', /or another unit failed\. More: man stale-libs\n$/, ['except', 'wait', ...every]],
    ['mark', /4 a unit could not be marked\. More: man stale-libs\n$/, ['clear', 'list', ...every]],
  ] as const) {
    const { status, stdout, stderr } = staleLibs([verb, '--help'])
    assert.deepEqual([status, stderr], [0, ''])
    assert.deepEqual(staleLibs(['--help', verb, 'nginx']).stdout, stdout)
    assert.ok(stdout.startsWith(`stale-libs ${verb} [UNIT]...\n\n`))
    assert.match(stdout, last)
    const lines = stdout.trimEnd().split('\n')
    assert.ok(lines.length <= 23 && lines.every((line) => line.length <= 80))
    const shown = [...stdout.matchAll(/^ {2}(?: {4}|-y, )--([a-z-]+) /gm)].map(([, name]) => name)
    assert.deepEqual(shown.toSorted(), options.toSorted())
    assert.match(stdout, /^ {2}-y, --yes {14}do not ask$/m)
    assert.doesNotMatch(stdout, NOT_IN_HELP)
  }
  assert.match(staleLibs(['restart', '--version']).stdout, /^\d/)
  const { stdout } = staleLibs(['--help'])
  assert.match(stdout, /^ {2}stale-libs restart \[UNIT\.\.\] +restart what is safe, or UNIT; asks/m)
  assert.match(stdout, /^ {2}stale-libs mark \[UNIT\.\.\] +mark what is safe, or UNIT, to restart/m)
  assert.match(stdout, /4 restart or mark did not do all of it/)
})
