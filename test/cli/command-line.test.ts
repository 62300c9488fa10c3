import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { EVERYDAY, parseCommand } from '../../src/cli/cli.ts'
import { problemOfNode } from '../../src/cli/node-version.ts'
import { COMMANDS, VERBS } from '../../src/cli/declare.ts'
import { staleLibs } from '../support/bundle.ts'
import { makeTree, procTree } from '../support/tree.ts'

const manifest = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string }

const FORMS = 'text, json, names, prometheus, nagios'
const SEE = ': see stale-libs --help'

/** Wrong command lines, and the one line about each. */
const BAD: readonly (readonly [argv: readonly string[], says: string])[] = [
  [['--jsn'], 'unknown option --jsn. Did you mean --json?'],
  [['-json'], 'unknown option -json. Did you mean --json?'],
  [['--complete', 'all'], '--complete: "all" is none of explain, restart, mark, clear'],
  [['--complete=mark', '--json'], '--complete does not go with --json'],
  [['explain', '--complete', 'mark', 'a'], '--complete does not go with explain'],
  [['--JSON'], 'unknown option --JSON. Did you mean --json?'],
  [['--colour'], 'unknown option --colour. Did you mean --color?'],
  [['--colour', 'always'], 'unknown option --colour. Did you mean --color?'],
  [['--colour=always'], 'unknown option --colour. Did you mean --color?'],
  [['--versoin'], 'unknown option --versoin. Did you mean --version?'],
  [['--hlep'], 'unknown option --hlep. Did you mean --help?'],
  [['--exitCode'], 'unknown option --exitCode. Did you mean --exit-code?'],
  [['--ignore', 'a'], 'unknown option --ignore. Did you mean --ignore-path or --ignore-unit?'],
  [['--no-hook'], `unknown option --no-hook${SEE}`],
  [['--nope'], `unknown option --nope${SEE}`],
  [['--hook.x=1'], 'unknown option --hook.x. Did you mean --hook?'],
  [['-x'], `unknown option -x${SEE}`],
  [['-aqx'], `unknown option -aqx${SEE}`],
  [['-'], `unknown option -${SEE}`],
  [['---', 'x'], `unknown option ---${SEE}`],
  [['--=x'], `unknown option --${SEE}`],
  [['-5'], `unknown option -5${SEE}`],
  [['--$0', 'x'], `unknown option --$0${SEE}`],
  [['--_', 'x'], `unknown option --_${SEE}`],
  [['--constructor', 'x'], `unknown option --constructor${SEE}`],
  [['--__proto__=x'], `unknown option --__proto__${SEE}`],
  [['--\u001b[31m'], String.raw`unknown option --\x1b[31m` + SEE],
  [['explain', '--NAME', 'a'], 'unknown option --NAME: see stale-libs explain --help'],
  [['record', '--DIR=a'], 'unknown option --DIR: see stale-libs record --help'],
  [['explian'], 'unknown command "explian". Did you mean explain?'],
  [['explian', 'sshd'], 'unknown command "explian". Did you mean explain?'],
  [['restrat', 'nginx'], 'unknown command "restrat". Did you mean restart?'],
  [['help'], 'unknown command "help". Did you mean --help?'],
  [['version'], 'unknown command "version". Did you mean --version?'],
  [['explain'], 'explain what? A unit, a PID, a package or a file: stale-libs explain sshd'],
  [['explain', ''], 'explain what? A unit, a PID, a package or a file: stale-libs explain sshd'],
  [[''], 'explain what? A unit, a PID, a package or a file: stale-libs explain sshd'],
  [
    ['explain', 'pkg:'],
    'explain what? A unit, a PID, a package or a file: stale-libs explain sshd',
  ],
  [
    ['explain', 'sshd', ''],
    'explain what? A unit, a PID, a package or a file: stale-libs explain sshd',
  ],
  [
    ['explain', '--', ''],
    'explain what? A unit, a PID, a package or a file: stale-libs explain sshd',
  ],
  [['scan', 'nope'], 'scan takes no name: "nope". Did you mean stale-libs explain nope?'],
  [['scan', '--', 'nope'], 'scan takes no name: "nope". Did you mean stale-libs explain nope?'],
  [['--', 'explain', 'x'], `scan takes no name: "explain"${SEE}`],
  [['--all', 'sshd'], '--all does not go with a name. Did you mean stale-libs explain sshd?'],
  [['sshd', '-q'], '-q does not go with a name. Did you mean stale-libs explain sshd?'],
  [['explain', 'sshd', '--json'], '--json does not go with explain'],
  [['--wait', '5'], '--wait goes only with restart'],
  [['record'], 'record to where? A new directory: stale-libs record DIR'],
  [['record', 'a', 'b'], 'record takes one directory, and "b" is another'],
  [['record', ''], 'record: the name of the directory is empty'],
  [['--user', 'zoe'], '--user takes no value. Did you mean --of zoe?'],
  [['scan', '--user', 'zoe'], '--user takes no value. Did you mean --of zoe?'],
  [['--user=zoe'], '--user takes no value. Did you mean --of zoe?'],
  [['--user='], '--user takes no value'],
  [['--all=maybe'], '--all takes no value'],
  [['--help=maybe'], '--help takes no value'],
  [['--format', 'yaml'], `--format: "yaml" is none of ${FORMS}`],
  [['--format', 'jsn'], `--format: "jsn" is none of ${FORMS}. Did you mean json?`],
  [['--format='], `--format: "" is none of ${FORMS}`],
  [['--format'], `--format needs a value: ${FORMS}`],
  [['--format', '--all'], `--format needs a value: ${FORMS}`],
  [['--of'], '--of needs a value: --of NAME'],
  [['--of='], '--of "" names no user'],
  [['--color', 'blue'], '--color: "blue" is none of auto, always, never'],
  [
    ['--log-level', 'loud'],
    '--log-level: "loud" is none of fatal, error, warn, info, debug, trace, silent',
  ],
  [['--format', 'json', '--format', 'text'], '--format is given more than once'],
  [['explain', 'a', '--config', 'b', '--config', 'c'], '--config is given more than once'],
  [['--ignore-unit', 'a[b'], '--ignore-unit "a[b": the "[" at position 2 has no "]"'],
  [['--ignore-unit', ''], '--ignore-unit "": it is empty'],
  [['--ignore-unit', 'a/b'], '--ignore-unit "a/b": the name of a unit has no "/"'],
  [['--ignore-path', 'usr/*'], '--ignore-path "usr/*": it must begin with "/" or "*"'],
  [['--ignore-path', '/[a'], '--ignore-path "/[a": the "[" at position 2 has no "]"'],
  [['--proc', 'proc'], '--proc "proc" is not an absolute path'],
  [['--root='], '--root "" is not an absolute path'],
  [['--output='], '--output "" names no file'],
  [['--output', '-'], '--output - names no file: without it, all goes to standard output'],
  [['--system', '--user'], '--system does not go with --user'],
  [['--system', '--of', 'zoe'], '--system does not go with --of'],
  [['--json', '--format', 'text'], '--json does not go with --format text'],
  [['--no-color', '--color=always'], '--no-color does not go with --color always'],
  [['-q', '--json'], '--quiet does not go with --format json'],
  [['-q', '--format', 'prometheus'], '--quiet does not go with --format prometheus'],
]
for (const [argv, says] of BAD) {
  test(`stale-libs ${JSON.stringify(argv.join(' '))} is a mistake of one line`, () => {
    const stderr = `stale-libs: ${says}\n`
    assert.deepEqual(staleLibs(argv), { status: 2, stdout: '', stderr })
  })
}

/** Two command lines that mean the same. */
const SAME: readonly (readonly [argv: readonly string[], other: readonly string[]])[] = [
  [
    ['-a', '-q'],
    ['--all', '--quiet'],
  ],
  [['-qa'], ['--quiet', '--all']],
  [['--json'], ['--format', 'json']],
  [
    ['--json', '--format=json'],
    ['--format', 'json'],
  ],
  [['--no-color'], ['--color', 'never']],
  [['--no-color', '--color', 'never'], ['--color=never']],
  [
    ['--of', '1000'],
    ['--user', '--of=1000'],
  ],
  [['sshd'], ['explain', 'sshd']],
  [
    ['sshd', '4'],
    ['explain', 'sshd', '4'],
  ],
  [
    ['--facts', 'sshd'],
    ['explain', '--facts', 'sshd'],
  ],
  [
    ['--', '-x'],
    ['scan', '--', '-x'],
  ],
  [
    ['explain', '--', 'a'],
    ['explain', 'a'],
  ],
  [['mark.service'], ['explain', 'mark.service']],
  [['-h'], ['--help']],
  [['--jsn', '-h'], ['--help']],
  [['sshd', '--help'], ['--help']],
  [['-V'], ['--version']],
  [['restart', '-V'], ['--version']],
  [
    ['restart', 'nginx', '-h'],
    ['--help', 'restart'],
  ],
  [
    ['scan', '-ah'],
    ['scan', '--help'],
  ],
]
for (const [argv, other] of SAME)
  test(`${argv.join(' ')} is ${other.join(' ')}`, async () => {
    assert.deepEqual(await parseCommand(argv, '1'), await parseCommand(other, '1'))
  })

test('what is run every day means what yargs makes of it', async () => {
  for (const { line } of EVERYDAY)
    assert.deepEqual(await parseCommand(line, ''), await parseCommand(['scan', ...line], ''))
  assert.equal((await parseCommand(['--format json'], '')).kind, 'usage-error')
})

test('a hook ends with 0 even when its command line is wrong', () => {
  const { status, stderr } = staleLibs(['--hook', '--format', 'json'])
  assert.equal(status, 0)
  assert.equal(stderr, '  stale-libs: --hook does not go with --format json\n')
})

test('--version is the version of the package', () => {
  assert.deepEqual(staleLibs(['--version']), {
    status: 0,
    stdout: `${manifest.version}\n`,
    stderr: '',
  })
})

/** The commands that have a help of their own; the empty one is the whole program. */
const HELPS = ['', ...VERBS]
const helpLines = (verb: string) => {
  const argv = verb === '' ? ['--help'] : [verb, '--help']
  const { status, stdout, stderr } = staleLibs(argv, { env: { LC_ALL: 'de_DE.UTF-8' } })
  assert.deepEqual([status, stderr], [0, ''])
  assert.ok(stdout.endsWith('\n'))
  return stdout.slice(0, -1).split('\n')
}

for (const verb of HELPS)
  test(`stale-libs ${verb} --help fits a terminal with the prompt, without riddles`, () => {
    const lines = helpLines(verb)
    assert.ok(lines.length <= 23, String(lines.length))
    assert.deepEqual(
      lines.filter((line) => line.length > 80 || !/^[ -~]*$/.test(line)),
      [],
    )
    assert.doesNotMatch(lines.join('\n'), /\[(?:boolean|string|array|default|choices)/)
    assert.match(lines.at(-1) ?? '', /More: man stale-libs$/)
  })

/** The options for programs and tests: they stand in the manual only. */
const NOT_IN_HELP = [
  '--hook',
  '--targets',
  '--complete',
  '--proc',
  '--root',
  '--from',
  '--log-level',
]
/** A value for each option that takes one of certain form. */
const VALUES: Readonly<Record<string, string>> = { '--wait': '5', '--ignore-path': '/a' }

test('each option that a help names parses, and none is for programs', async () => {
  for (const verb of HELPS) {
    const text = helpLines(verb).join('\n')
    for (const [option] of text.matchAll(/(?<![\w-])--?[A-Za-z][a-z-]*/g)) {
      assert.ok(!NOT_IN_HELP.includes(option), option)
      const name = verb === 'explain' || verb === 'record' ? ['x'] : []
      const before = verb === '' ? [] : [verb]
      const parsed = await Promise.all(
        [[option], [option, VALUES[option] ?? 'never'], [option, 'json']].map((words) =>
          parseCommand([...before, ...words, ...name], ''),
        ),
      )
      assert.ok(
        parsed.some(({ kind }) => kind !== 'usage-error'),
        `${verb} ${option}`,
      )
    }
  }
})

test('each option of a command stands in its help, but those for programs', () => {
  for (const verb of VERBS) {
    const text = helpLines(verb).join('\n')
    for (const name of Object.keys(COMMANDS[verb]))
      assert.equal(
        new RegExp(`^ {2}(?: {4}|-[a-z], )--${name}(?: |$)`, 'm').test(text),
        !NOT_IN_HELP.includes(`--${name}`),
        `${verb} --${name}`,
      )
  }
})

test('the help of the program names each command, and no other', () => {
  const text = helpLines('').join('\n')
  const named = [...text.matchAll(/^ {2}(?:sudo )?stale-libs ([a-z]+) /gm)].map(([, verb]) => verb)
  assert.deepEqual([...new Set(named)], VERBS.slice(1))
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

for (const [fact, directory, says] of NO_PROC.slice(0, 2)) {
  test(`--root that is ${fact} is never "nothing stale"`, () => {
    const { status, stdout, stderr } = staleLibs([
      '--proc',
      makeTree(procTree({ 7: { maps: ['r-xp /usr/lib/a.so'] } })),
      '--root',
      directory(),
    ])
    assert.deepEqual([status, stdout], [3, ''])
    assert.match(stderr, says)
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

test('a Node that is too old is told what is needed', () => {
  const told = (version: string) => problemOfNode(version, '>=20.19')
  for (const version of ['20.19.0', '20.20.2', '22.0.0', '100.1.0'])
    assert.equal(told(version), null)
  for (const version of ['18.20.4', '20.18.3', '9.9.9', 'v20'])
    assert.equal(told(version), `Node 20.19 or newer is needed, and this is ${version}`)
})
