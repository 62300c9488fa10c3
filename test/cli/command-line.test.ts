import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { EVERYDAY, parseCommand } from '../../src/cli/cli.ts'
import { staleLibs } from '../support/bundle.ts'
import { makeTree, procTree } from '../support/tree.ts'

const manifest = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string }

/** Bad command lines, and what the one line on standard error says. */
const BAD: readonly (readonly [argv: readonly string[], says: RegExp])[] = [
  [['--nope'], /Unknown argument: nope/],
  [['nope'], /Unknown argument: nope/],
  [['scan', 'nope'], /Unknown argument: nope/],
  [['scan', '--', 'nope'], /Unknown argument: nope/],
  [['--all=maybe'], /--all=maybe: this option takes no value/],
  [['--no-hook'], /Unknown arguments?: no-hook/],
  [['--format', 'xml'], /format.*"xml".*"text", "json", "names"/],
  [['--format'], /Not enough arguments following: format/],
  [['--format', 'json', '--format', 'text'], /--format is given more than once/],
  [['--hook.x=1'], /Unknown argument/],
  [['--color', 'blue'], /color.*"blue"/],
  [['--log-level', 'loud'], /log-level.*"loud"/],
  [['--ignore-unit', 'a[b'], /--ignore-unit "a\[b": the "\[" at position 2 has no "\]"/],
  [['--ignore-unit', ''], /--ignore-unit "": it is empty/],
  [['--ignore-unit', 'a/b'], /--ignore-unit "a\/b": the name of a unit has no "\/"/],
  [['--ignore-path', 'usr/lib/*'], /--ignore-path "usr\/lib\/\*": it must begin with "\/" or "\*"/],
  [['--ignore-path', '/[a'], /--ignore-path "\/\[a": the "\[" at position 2/],
  [['--proc', 'proc'], /--proc "proc" is not an absolute path/],
  [['--root='], /--root "" is not an absolute path|Not enough arguments/],
  [['--output='], /--output "" names no file|Not enough arguments/],
  [['--system', '--user'], /system.*user.*mutually exclusive/],
  [['-'], /Unknown argument: -:/],
  [['---', 'x'], /Unknown argument: ---:/],
  [['--=x'], /Unknown argument: --:/],
  [['-5'], /Unknown argument: -5:/],
  [['--$0', 'x'], /Unknown argument: \$0:/],
  [['--_', 'x'], /Unknown argument: _:/],
  [['--constructor', 'x'], /Unknown argument: constructor:/],
  [['--exitCode'], /Unknown argument: exitCode:/],
  [['--help=maybe'], /--help=maybe: this option takes no value/],
  [['--all', 'true'], /Unknown argument: true:/],
  [['--', 'explain', 'x'], /Unknown argument: explain:/],
  [['explain', '--UNIT', 'a'], /Unknown argument: UNIT:/],
  [['explain', 'a', '--config', 'b', '--config', 'c'], /--config is given more than once/],
  [['record', '--DIR=a'], /Unknown argument: DIR:/],
  [['--\u001b[31m'], /Unknown argument: \\x1b\[31m/],
]
for (const [argv, says] of BAD) {
  test(`stale-libs ${JSON.stringify(argv.join(' '))} is a usage error of one line`, () => {
    const { status, stdout, stderr } = staleLibs(argv)
    assert.deepEqual([status, stdout], [2, ''])
    assert.match(stderr, says)
    assert.match(stderr, /^stale-libs: [^\n]*: see stale-libs --help\n$/)
  })
}

test('what is run every day means what yargs makes of it', async () => {
  for (const { line } of EVERYDAY)
    assert.deepEqual(await parseCommand(line, ''), await parseCommand(['scan', ...line], ''))
  assert.equal((await parseCommand(['--format json'], '')).kind, 'usage-error')
})

test('a hook ends with 0 even when its command line is wrong', () => {
  const { status, stderr } = staleLibs(['--hook', '--format', 'json'])
  assert.equal(status, 0)
  assert.equal(
    stderr,
    '  stale-libs: --hook does not go with --format json: see stale-libs --help\n',
  )
})

test('--version is the version of the package', () => {
  assert.deepEqual(staleLibs(['--version']), {
    status: 0,
    stdout: `${manifest.version}\n`,
    stderr: '',
  })
})

test('--help goes to standard output, within 80 columns, in English everywhere', () => {
  const { status, stdout, stderr } = staleLibs(['--help'], { env: { LC_ALL: 'de_DE.UTF-8' } })
  assert.deepEqual([status, stderr], [0, ''])
  assert.match(stdout, /^Usage: stale-libs \[command\] \[options\]\n/)
  assert.match(stdout, /Exit status: 0 looked/)
  assert.ok(stdout.split('\n').every((line) => line.length <= 80))
  assert.equal(staleLibs(['scan', '--help']).status, 0)
})

const NO_PROC: readonly (readonly [fact: string, directory: () => string, says: RegExp])[] = [
  ['missing', () => '/nonexistent', /Cannot read "\/nonexistent": ENOENT/],
  ['a file', () => '/etc/passwd', /Cannot read "\/etc\/passwd": not a directory/],
  ['empty', () => makeTree({}), /Cannot scan ".*": not a proc file system/],
  ['no proc file system', () => makeTree({ etc: {}, 'a.txt': '' }), /not a proc file system/],
  [
    'a directory with numbers for names',
    () => makeTree({ '1': {}, '22': { x: '' } }),
    /not a proc file system/,
  ],
]
for (const [fact, directory, says] of NO_PROC) {
  test(`--proc that is ${fact} is never "nothing stale"`, () => {
    const proc = directory()
    const { status, stdout, stderr } = staleLibs(['--proc', proc])
    assert.deepEqual([status, stdout], [3, ''])
    assert.match(stderr, says)
    assert.equal(stderr.split('\n').length, 2)
    assert.equal(staleLibs(['--hook', '--proc', proc]).status, 0)
  })
}

test('--log-level writes JSON lines to standard error and nothing else to standard output', () => {
  const proc = makeTree(
    procTree({ 7: { maps: ['r-xp /usr/lib/a.so (deleted)'], cgroup: '/system.slice/a.service' } }),
  )
  const quiet = staleLibs(['--proc', proc])
  const { stdout, stderr } = staleLibs(['--proc', proc, '--log-level', 'debug'])
  assert.equal(quiet.stderr, '')
  assert.equal(stdout, quiet.stdout)
  const [first] = stderr
    .split('\n')
    .map((line) => (line === '' ? null : (JSON.parse(line) as Record<string, unknown>)))
  assert.equal(first?.['pid'], 7)
  assert.equal('hostname' in (first ?? {}), false)
})
