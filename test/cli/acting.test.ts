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
    ['--', '--hook', '--format=nagios', '--NAME'],
    { units: ['--hook', '--format=nagios', '--NAME'] },
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
  [['-yy'], { isYes: true }],
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
const DOES_NOTHING = '--dry-run does nothing, so --yes does not go with it'
const HELP = 'see stale-libs restart --help'

/** Wrong command lines, and the sentence about each. */
const WRONG: readonly (readonly [line: string, says: string])[] = [
  ['restart -x', `unknown option -x: ${HELP}`],
  ['restart -', `unknown option -: ${HELP}`],
  ['restart ---', `unknown option ---: ${HELP}`],
  ['restart -5', `unknown option -5: ${HELP}`],
  ['restart -y5', `unknown option -y5: ${HELP}`],
  ['restart --$0 nginx', `unknown option --$0: ${HELP}`],
  ['restart --NAME nginx', `unknown option --NAME: ${HELP}`],
  ['restart --dryRun', 'unknown option --dryRun. Did you mean --dry-run?'],
  ['restart --excpet a', 'unknown option --excpet. Did you mean --except?'],
  ['restart --no-yes', `unknown option --no-yes: ${HELP}`],
  ['restart --hook', '--hook does not go with restart'],
  ['restart --format nagios', '--format does not go with restart'],
  ['restart --all', '--all does not go with restart'],
  ['restart -a', '-a does not go with restart'],
  ['restart --system', '--system does not go with restart'],
  ['restart --of zoe', '--of does not go with restart'],
  ['restart --proc /proc', '--proc does not go with restart'],
  ['restart --root / --from a', '--root does not go with restart'],
  ['restart --clear', '--clear does not go with restart'],
  ['restart --yes=maybe', '--yes takes no value'],
  ['restart --yes=true', '--yes takes no value'],
  ['restart -y=maybe', '-y takes no value'],
  ['restart --dry-run=', '--dry-run takes no value'],
  ['restart --user=zoe', '--user takes no value'],
  ['restart --yes --dry-run', DOES_NOTHING],
  ['restart --dry-run -y nginx', DOES_NOTHING],
  ['restart --except', '--except needs a value: --except NAME'],
  ['restart --except --yes', '--except needs a value: --except NAME'],
  ['restart --except -- nginx', '--except needs a value: --except NAME'],
  ['restart --wait', '--wait needs a value: --wait SECONDS'],
  ['restart --wait=', `--wait "" ${WAIT}`],
  ['restart --wait 0', `--wait "0" ${WAIT}`],
  ['restart --wait -5', `--wait "-5" ${WAIT}`],
  ['restart --wait -', `--wait "-" ${WAIT}`],
  ['restart --wait --$0', '--wait needs a value: --wait SECONDS'],
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
  ['mark --list nginx', '--list shows all that is marked, and takes no NAME: "nginx"'],
  ['mark --list -- -x', '--list shows all that is marked, and takes no NAME: "-x"'],
  ['mark --yes --dry-run', DOES_NOTHING],
  ['mark --list=all', '--list takes no value'],
  ['mark --clear=nginx', '--clear takes no value'],
  ['mark --wait 5', '--wait does not go with mark'],
  ['mark --except a', '--except does not go with mark'],
  ['mark --proc /proc', '--proc does not go with mark'],
  ['scan --yes', '--yes goes only with restart and mark'],
  ['-y', '-y goes only with restart and mark'],
  ['explain nginx --dry-run', '--dry-run does not go with explain'],
  ['-- restart', 'scan takes no name: "restart": see stale-libs --help'],
]
for (const [line, says] of WRONG)
  test(`${line}: a sentence`, async () => {
    const command = await parseCommand(line.split(' '), '')
    assert.deepEqual(command, { kind: 'usage-error', message: says })
  })

test('a command that acts is never taken for a hook or for a plugin', () => {
  for (const verb of ['restart', 'mark', 'explain', 'record', 'sshd'])
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
    stderr: 'stale-libs: --hook does not go with restart\n',
  })
})
