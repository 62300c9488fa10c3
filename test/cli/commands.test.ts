import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  realpathSync,
  readFileSync,
  readdirSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { reportDocument, scanDocument, staleLibs } from '../support/bundle.ts'
import type { UnitFacts } from '../../src/core/systemd/unit-facts.ts'
import { makeRecording } from '../support/recording.ts'
import { restartedBy } from '../support/screen-parts.ts'
import { makeTree, procTree } from '../support/tree.ts'

const LIBC = 'r-xp /usr/lib/libc.so.6 (deleted)'
const PROC = makeTree(
  procTree({
    4: { comm: 'nginx', maps: [LIBC], cgroup: '/system.slice/nginx.service' },
    5: { comm: 'bash', maps: [LIBC], cgroup: '/user.slice/user-1000.slice/session-3.scope' },
    6: {
      comm: 'java',
      maps: ['r-xp /tmp/jna1.tmp (deleted)'],
      cgroup: '/system.slice/app.service',
    },
    7: { comm: 'dbus', maps: [LIBC], cgroup: '/system.slice/dbus-broker.service' },
    8: { comm: 'fresh', maps: ['r-xp /usr/lib/libc.so.6'], cgroup: '/system.slice/fresh.service' },
  }),
)

function withConfig(text: string, ...argv: readonly string[]) {
  const file = join(makeTree({ 'c.toml': text }), 'c.toml')
  return { file, argv: ['--proc', PROC, '--config', file, ...argv] }
}

test('explain tells the facts and the rules in the order they were tried', () => {
  const { status, stdout } = staleLibs([
    'explain',
    'nginx',
    '7',
    'session 3',
    '--facts',
    '--proc',
    PROC,
  ])
  assert.equal(status, 0)
  assert.match(
    stdout,
    /^nginx\.service: restart\n {2}Belongs to: service nginx\.service\n {2}PID 4 nginx, since /,
  )
  assert.match(
    stdout,
    /control group \/system\.slice\/nginx\.service\n {4}maps \/usr\/lib\/libc\.so\.6: library/,
  )
  assert.match(stdout, /Is it a scope, which cannot be started\? No\n/)
  assert.match(
    stdout,
    /None of them is a reason against a restart\n[^]*Command: systemctl restart -- nginx\.service/,
  )
  assert.match(
    stdout,
    /dbus-broker\.service: reboot\n[^]*Is it in the table of units whose restart costs something\? Yes/,
  )
  assert.match(stdout, /session 3 \(uid 1000\): relogin\n[^]*Rule: a login session is ended by/)
})

test('a mark stands in the document, beside the row and in what explains it', () => {
  const machine = (units: Readonly<Record<string, Partial<UnitFacts>>>) =>
    makeRecording({
      processes: { 10: { maps: [LIBC], cgroup: '/system.slice/a.service' } },
      units,
    })
  const sentence = 'is marked: systemd restarts it when asked for all marked units'
  const from = machine({ 'a.service': { Markers: 'needs-restart' } })
  const [finding] = scanDocument(['--from', from]).findings
  assert.deepEqual([finding?.markers, finding?.action], [['needs-restart'], 'restart'])
  for (const argv of [[], ['explain', 'a.service', '--facts']])
    assert.ok(staleLibs([...argv, '--from', from]).stdout.includes(sentence))
  const unmarked = machine({ 'a.service': {} })
  assert.equal(scanDocument(['--from', unmarked]).findings[0]?.markers, undefined)
  assert.doesNotMatch(
    staleLibs(['explain', 'a.service', '--facts', '--from', unmarked]).stdout,
    /marked/,
  )
  // A word that systemd does not have is no answer of systemd.
  const unknown = machine({ 'a.service': { Markers: 'needs-love' } })
  assert.deepEqual(scanDocument(['--from', unknown]).findings[0]?.action, 'manual')
})

test('explain tells the control group that decided, also on a hybrid machine', () => {
  const hybrid = '12:cpu:/\n1:name=systemd:/system.slice/a.service\n0::/\n'
  const directory = makeTree(procTree({ 4: { maps: [LIBC], cgroup: hybrid } }))
  const { stdout } = staleLibs(['explain', 'a.service', '--facts', '--proc', directory])
  assert.match(stdout, /^ {2}Belongs to: service a\.service$/m)
  assert.match(stdout, /^ {4}control group \/system\.slice\/a\.service$/m)
})

test('explain tells what is not stale, and temporary code with its reason', () => {
  const { stdout } = staleLibs(['explain', 'fresh.service', 'app', '--facts', '--proc', PROC])
  assert.match(stdout, /^fresh\.service: nothing to do\n {2}1 process, none uses old code: PID 8\n/)
  assert.match(
    stdout,
    /PID 6 maps \/tmp\/jna1\.tmp: temporary code, a file that a program unpacked/,
  )
})

test('explain of what does not exist names the nearest, as it was typed', () => {
  const explain = (...argv: readonly string[]) => {
    const { status, stdout, stderr } = staleLibs(['explain', ...argv, '--proc', PROC])
    assert.deepEqual([status, stdout], [2, ''])
    return stderr
  }
  assert.match(explain('ngin.service'), /called "ngin\.service"\. Did you mean nginx\.service\?\n$/)
  assert.match(explain('ngin'), /called "ngin"\. Did you mean nginx\?\n$/)
  assert.equal(explain('44'), 'stale-libs: no process and no user has the number 44\n')
  explain()
})

test('a recording replays byte for byte, anywhere', () => {
  const directory = join(makeTree({}), 'recording')
  const { file } = withConfig('[ignore]\nunits = ["dbus-*"]\n')
  const recorded = staleLibs(['record', directory, '--proc', PROC, '--config', file])
  assert.deepEqual([recorded.status, recorded.stderr], [0, ''])
  assert.match(recorded.stdout, /^Recorded 4 of 6 processes to /)
  const [first, second] = [1, 2].map(
    () => staleLibs(['--from', directory, '--format', 'json']).stdout,
  )
  assert.equal(first, second)
  const replayed = reportDocument(first ?? '')
  const live = scanDocument(['--proc', PROC, '--config', file])
  assert.deepEqual(replayed.findings, live.findings)
  assert.deepEqual(replayed.ignored, live.ignored)
  assert.deepEqual(replayed.limits, live.limits)
  assert.deepEqual(replayed.host, live.host)
  assert.equal(replayed.scan.processes, live.scan.processes)
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  assert.equal(
    files.some((name) => /cmdline|environ/.test(name)),
    false,
  )
  assert.equal(staleLibs(['explain', 'nginx', '--from', directory]).status, 0)
})

test('a recording has the personality by which a font is no code', () => {
  const maps = ['r-xp /usr/share/fonts/a.ttf (deleted)', 'r-xp /usr/lib32/libz.so.1 (deleted)']
  const cgroup = '/system.slice/old.service'
  const proc = makeTree(procTree({ 4: { maps, cgroup, personality: '00400000' } }))
  const directory = join(makeTree({}), 'recording')
  assert.equal(staleLibs(['record', directory, '--proc', proc]).status, 0)
  for (const from of [
    ['--proc', proc],
    ['--from', directory],
  ]) {
    const [found] = scanDocument(from).findings
    assert.deepEqual(
      found?.files.map(({ path }) => path),
      ['/usr/lib32/libz.so.1'],
    )
  }
})

test('record takes only an empty directory', () => {
  const { status, stderr } = staleLibs(['record', makeTree({ x: '' }), '--proc', PROC])
  assert.equal(status, 3)
  assert.match(stderr, /^stale-libs: Cannot record to ".*": it is not empty\n$/)
})

test('record --anonymize replaces the names of people and of the host', () => {
  const home = 'r-xp /home/zoe/.local/lib/x.so (deleted)'
  const proc = makeTree(
    procTree({ 5: { maps: [home], cgroup: '/user.slice/user-1000.slice/session-3.scope' } }),
  )
  const root = makeTree({
    'etc/passwd': 'root:x:0:0::/:/bin/sh\nzoe:x:1000:1000::/home/zoe:/bin/sh\n',
  })
  const directory = join(makeTree({}), 'recording')
  staleLibs(['record', directory, '--anonymize', '--proc', proc, '--root', root])
  const { host, findings } = scanDocument(['--from', directory])
  assert.equal(host.hostname, 'host')
  assert.deepEqual(
    [findings[0]?.user?.name, findings[0]?.files[0]?.path],
    ['user1000', '/home/user1000/.local/lib/x.so'],
  )
})

const DAMAGE: readonly (readonly [fact: string, change: (text: string) => string, says: RegExp])[] =
  [
    ['is no JSON', () => '{', /damaged: recording\.json is no JSON/],
    [
      'is newer',
      (text) => text.replace('"form": 2', '"form": 3'),
      /made by a newer stale-libs \(form 3, this one reads 2\)/,
    ],
    [
      'is older',
      (text) => text.replace('"form": 2', '"form": 1'),
      /made by an older stale-libs \(form 1, this one reads 2\)/,
    ],
    [
      'has no form',
      (text) => text.replace('"form": 2', '"form": "two"'),
      /damaged: recording\.json, "form" is not what it must be/,
    ],
    [
      'lacks a member',
      (text) => text.replace('"tally"', '"tall"'),
      /damaged: recording\.json, "tally" is not what it must be/,
    ],
    [
      'names a process that is not there',
      (text) => text.replace('"processes": [', '"processes": [99,'),
      /damaged: proc\/99\/maps is missing/,
    ],
    [
      'has an answer to a question that nobody asks',
      (text) => text.replace('"files.lookAt"', '"files.lookFor"'),
      /damaged: recording\.json, an answer of "files\.lookFor" is not what it must be/,
    ],
    [
      'has an answer that is none',
      (text) => text.replace('"now": "', '"now": "un'),
      /damaged: recording\.json, an answer of "files\.lookAt" is not what it must be/,
    ],
    [
      'has an answer without a key',
      (text) => text.replace('"files.lookAt",', ''),
      /damaged: recording\.json, "answers" is not what it must be/,
    ],
  ]
for (const [fact, change, says] of DAMAGE) {
  test(`a recording that ${fact} says so`, () => {
    const directory = join(makeTree({}), 'recording')
    staleLibs(['record', directory, '--proc', PROC])
    const file = join(directory, 'recording.json')
    writeFileSync(file, change(readFileSync(file, 'utf8')))
    const { status, stderr } = staleLibs(['--from', directory])
    assert.equal(status, 3)
    assert.match(stderr, says)
  })
}

test('a recording that is missing says so', () => {
  const { status, stderr } = staleLibs(['--from', '/nonexistent'])
  assert.deepEqual(
    [status, stderr],
    [3, 'stale-libs: No recording in "/nonexistent" (there is no recording.json)\n'],
  )
})

test('the configuration ignores, adds rows and takes rows back', () => {
  const { argv } = withConfig(`
[ignore]
units = [{ glob = "session-*", reason = "kiosk" }]

[[sensitive]]
units = ["nginx.service"]
action = "manual"
reason = "only at night"

[[sensitive]]
units = ["dbus-broker.service"]
action = "restart"
reason = "a machine without a desktop"

[[lifeline]]
units = ["nginx.service"]
role = "network"
reason = "the way home"
`)
  const { findings, ignored, commands } = scanDocument(argv)
  assert.deepEqual(
    findings.map(({ name, action }) => [name, action]),
    [
      ['dbus-broker.service', 'restart'],
      ['nginx.service', 'manual'],
    ],
  )
  assert.deepEqual(
    ignored.map((rule) => ({ ...rule })),
    [{ rule: 'unit:session-*', reason: 'kiosk', findings: 1, names: ['session 3'] }],
  )
  assert.deepEqual(commands, [['systemctl', 'restart', '--', 'dbus-broker.service']])
})

test('the configuration that is installed says nothing, and its examples are right', () => {
  const shipped = readFileSync(new URL('../../share/config.toml', import.meta.url), 'utf8')
  assert.doesNotMatch(shipped, /^[^#\n]/m)
  const examples = shipped.replaceAll(/^#(?=\S)/gm, '')
  assert.match(examples, /^\[ignore\]$/m)
  const { argv } = withConfig(
    `${examples}\n[[sensitive]]\nunits = ["nginx.service"]\naction = "manual"\nreason = "x"`,
  )
  assert.equal(
    scanDocument(argv).findings.find(({ name }) => name === 'nginx.service')?.action,
    'manual',
  )
})

test('packages and users can be ignored', () => {
  const root = makeTree({
    'etc/passwd': 'zoe:x:1000:1000::/home/zoe:/bin/sh\n',
    'var/lib/pacman/local/lib32-glibc-2.42-1/files': '%FILES%\nusr/lib32/libc.so.6\n',
    'var/lib/pacman/local/glibc-2.42-1/files': '%FILES%\nusr/\nusr/lib/libc.so.6\n',
  })
  const ignoring = (text: string) => {
    const { argv } = withConfig(text, '--root', root)
    return scanDocument(argv).findings.map(({ name }) => name)
  }
  assert.deepEqual(ignoring('[ignore]\npackages = ["glibc"]'), [])
  assert.equal(ignoring('[ignore]\npackages = ["lib32-*"]').length, 3)
  assert.deepEqual(ignoring('[ignore]\nusers = ["zoe"]'), ['dbus-broker.service', 'nginx.service'])
})

test('drop-ins are read in the order of their names, over those of packages, and can be masked', () => {
  const root = makeTree({
    'usr/lib/stale-libs/config.d/10-a.toml': '[ignore]\nunits = ["nginx.service"]',
    'usr/lib/stale-libs/config.d/20-b.toml': '[ignore]\nunits = ["session-*"]',
    'usr/lib/stale-libs/config.d/30-c.toml': '[ignore]\nunits = ["dbus-*"]',
    'etc/stale-libs/config.toml': '[ignore]\nunits = ["nothing.service"]',
    'etc/stale-libs/config.d/10-a.toml': '',
    'etc/stale-libs/config.d/30-c.toml': { link: '/dev/null' },
  })
  const { findings } = scanDocument(['--proc', PROC, '--root', root])
  assert.deepEqual(
    findings.map(({ name }) => name),
    ['dbus-broker.service', 'nginx.service'],
  )
})

const WRONG: readonly (readonly [text: string, says: RegExp])[] = [
  [
    '[ignore]\nunit = []',
    /line 2: ignore\.unit: unknown key; known are units, paths, packages, users/,
  ],
  ['\n[ignore]\nunits = "a"', /line 3: ignore\.units: it must be a list, not "a"/],
  [
    '[ignore]\npaths = ["/a", "b"]',
    /line 2: ignore\.paths\[2\]: the glob "b" is wrong: it must begin with/,
  ],
  ['[ignore]\nunits = [3]', /ignore\.units\[1\]: it must be a table, not a number/],
  [
    '[[sensitive]]\nunits = ["a.service"]\naction = "kill"\nreason = ""',
    /line 3: sensitive\[1\]\.action: it must be one of .*not "kill"/,
  ],
  [
    '[[sensitive]]\nunits = ["a.service"]\naction = "manual"\nreason = ""\n[[sensitive]]\naction = "manual"\nreason = ""\nunits = []',
    /line 8: sensitive\[2\]\.units: it names no unit/,
  ],
  [
    '[[lifeline]]\nunits = ["[a"]\nreason = ""',
    /line 2: lifeline\[1\]\.units\[1\]: the glob "\[a" is wrong/,
  ],
  ['colour = 1', /line 1: colour: unknown key/],
  ['a = ', /line 1: /],
]
for (const [text, says] of WRONG) {
  test(`a configuration of ${JSON.stringify(text)} is an error that says where`, () => {
    const { file, argv } = withConfig(text)
    const { status, stdout, stderr } = staleLibs(argv)
    assert.deepEqual([status, stdout], [2, ''])
    assert.ok(stderr.startsWith(`stale-libs: Cannot use "${file}"`), stderr)
    assert.match(stderr, says)
    assert.equal(stderr.trimEnd().split('\n').length, 1)
  })
}

test('a hook says what is wrong with the configuration, and uses its defaults', () => {
  const { argv } = withConfig('colour = 1', '--hook')
  const { status, stdout, stderr } = staleLibs(argv)
  assert.equal(status, 0)
  assert.match(stderr, /^ {2}stale-libs: Cannot use .*; the built-in defaults are used\n$/)
  assert.deepEqual(restartedBy(stdout), ['nginx'])
})

/** Where a file of the configuration lies, and who can change it. */
const CHANGEABLE: readonly (readonly [
  what: string,
  change: (directory: string) => void,
  says: (directory: string) => string,
])[] = [
  [
    'a file that everybody can write to',
    (directory) => chmodSync(join(directory, 'c.toml'), 0o646),
    () => 'everybody can write to it',
  ],
  [
    'a file that its group can write to',
    (directory) => chmodSync(join(directory, 'c.toml'), 0o664),
    () => 'its group can write to it',
  ],
  [
    'a file of somebody else',
    (directory) => chownSync(join(directory, 'c.toml'), 1000, 0),
    () => 'it belongs to uid 1000',
  ],
  [
    'a file in a directory that everybody can write to',
    (directory) => chmodSync(directory, 0o1777),
    (directory) => `everybody can write to its directory "${directory}"`,
  ],
  [
    'a file in a directory that its group can write to',
    (directory) => chmodSync(directory, 0o775),
    (directory) => `its group can write to its directory "${directory}"`,
  ],
  [
    'a file in a directory of somebody else',
    (directory) => chownSync(directory, 1000, 0),
    (directory) => `its directory "${directory}" belongs to uid 1000`,
  ],
]
const isRoot = process.getuid?.() === 0
/** Only root can give files away. */
const canMake = CHANGEABLE.filter(([what]) => isRoot || !what.endsWith('of somebody else'))

for (const [what, change, says] of canMake)
  test(`root takes no orders from ${what}, and anybody else does`, () => {
    const directory = realpathSync(makeTree({ 'c.toml': '[ignore]\nunits = ["nginx.service"]\n' }))
    const link = join(makeTree({ 'link.toml': { link: join(directory, 'c.toml') } }), 'link.toml')
    change(directory)
    for (const file of [join(directory, 'c.toml'), link]) {
      const { status, stdout, stderr } = staleLibs(['--proc', PROC, '--config', file])
      const error = `stale-libs: Cannot use "${file}": ${says(directory)}\n`
      assert.deepEqual([status, stderr], isRoot ? [2, error] : [0, ''])
      if (!isRoot) assert.doesNotMatch(stdout, /nginx/)
      const hook = staleLibs(['--proc', PROC, '--config', file, '--hook'])
      assert.equal(hook.status, 0)
      const inHook = `  ${error.trimEnd()}; the built-in defaults are used\n`
      assert.equal(hook.stderr, isRoot ? inHook : '')
      assert.equal(/nginx/.test(hook.stdout), isRoot)
    }
  })

test('a configuration of nothing has a name', () => {
  assert.deepEqual(
    scanDocument(['--proc', PROC, '--config', '/dev/null']).findings,
    scanDocument(['--proc', PROC]).findings,
  )
})

test('a configuration file that is missing is an error', () => {
  const { status, stderr } = staleLibs(['--proc', PROC, '--config', '/nonexistent.toml'])
  assert.deepEqual(
    [status, stderr],
    [2, 'stale-libs: Cannot use "/nonexistent.toml": it cannot be read: ENOENT\n'],
  )
})

/** What runs of two users and of the system, and the list of users. */
const USERS = [
  '--proc',
  makeTree(
    procTree({
      4: { maps: [LIBC], cgroup: '/system.slice/a.service' },
      5: { maps: [LIBC], cgroup: '/user.slice/user-1000.slice/session-3.scope' },
      6: { maps: [LIBC], cgroup: '/user.slice/user-1001.slice/session-4.scope' },
      7: { maps: [LIBC], cgroup: '/user.slice/user-60001.slice/session-5.scope' },
    }),
  ),
  '--root',
  makeTree({ 'etc/passwd': 'root:x:0:0::/:\nzoe:x:1000:1000::/:\nben:x:1001:1001::/:\n' }),
]

/** Users as they are typed, and what belongs to them. */
const OF: readonly (readonly [name: string, findings: readonly string[]])[] = [
  ['zoe', ['session 3']],
  ['1000', ['session 3']],
  ['ben', ['session 4']],
  ['60001', ['session 5']],
  ['root', []],
]
for (const [name, findings] of OF)
  test(`--of ${name} shows what belongs to one user`, () => {
    const document = scanDocument(['--of', name, ...USERS])
    assert.deepEqual(
      document.findings.map((finding) => finding.name),
      findings,
    )
  })

const NOBODY: readonly (readonly [name: string, says: string])[] = [
  ['zo', 'no user is called "zo". Did you mean zoe?'],
  ['Ben', 'no user is called "Ben". Did you mean ben?'],
  ['mallory', 'no user is called "mallory"'],
  ['4242', 'no user has the id 4242, and nothing runs of it'],
  ['-1', 'no user is called "-1"'],
  ['zoe\u001b[31m', String.raw`no user is called "zoe\x1b[31m"`],
]
for (const [name, says] of NOBODY)
  test(`--of ${JSON.stringify(name)} is no all-clear`, () => {
    const stderr = `stale-libs: ${says}\n`
    assert.deepEqual(staleLibs([`--of=${name}`, ...USERS]), { status: 2, stdout: '', stderr })
  })

const FRESH = { 4: { maps: ['r-xp /usr/lib/libc.so.6'], cgroup: '/system.slice/a.service' } }
const DENIED = '2 processes could not be read, not even as root: a sandbox or container forbids it'

test('--quiet says nothing where nothing is old and all was seen', () => {
  const from = makeRecording({ processes: FRESH })
  assert.match(staleLibs(['--from', from]).stdout, /^Nothing /)
  for (const argv of [
    ['--quiet'],
    ['-q', '--exit-code'],
    ['-q', '--all'],
    ['-q', '--format=names'],
  ])
    assert.deepEqual(staleLibs([...argv, '--from', from]), { status: 0, stdout: '', stderr: '' })
})

test('--quiet is no quieter where something is old', () => {
  const loud = staleLibs(['--proc', PROC, '--exit-code'])
  assert.deepEqual(staleLibs(['--proc', PROC, '--exit-code', '-q']), loud)
  assert.deepEqual([loud.status, loud.stderr], [1, ''])
})

test('--quiet tells in one line what an incomplete look did not see', () => {
  const from = makeRecording({ processes: FRESH, denied: 2 })
  const stderr = `stale-libs: nothing that uses old code was found, but not everything was seen: ${DENIED}\n`
  for (const argv of [['-q'], ['--quiet', '--exit-code'], ['-q', '--format', 'names']])
    assert.deepEqual(staleLibs([...argv, '--from', from]), { status: 0, stdout: '', stderr })
})

test('--quiet empties the file of a result that is no longer so', () => {
  const from = makeRecording({ processes: FRESH })
  const file = join(makeTree({ result: 'old' }), 'result')
  assert.equal(staleLibs(['-q', '--output', file, '--from', from]).status, 0)
  assert.equal(readFileSync(file, 'utf8'), '')
})

/** Names and patterns of units, and the findings that they leave. */
const IGNORED: readonly (readonly [unit: string, left: readonly string[]])[] = [
  ['nginx', ['dbus-broker.service', 'session 3']],
  ['nginx.service', ['dbus-broker.service', 'session 3']],
  ['ngin*', ['dbus-broker.service', 'session 3']],
  ['nginx.socket', ['dbus-broker.service', 'nginx.service', 'session 3']],
  ['ngin?', ['dbus-broker.service', 'nginx.service', 'session 3']],
  ['session-3', ['dbus-broker.service', 'nginx.service', 'session 3']],
  ['session-3.scope', ['dbus-broker.service', 'nginx.service']],
  ['*', []],
]
for (const [unit, left] of IGNORED)
  test(`a unit is left out as systemctl reads ${unit}`, () => {
    const names = (argv: readonly string[]) => scanDocument(argv).findings.map(({ name }) => name)
    assert.deepEqual(names(['--proc', PROC, '--ignore-unit', unit]), left)
    assert.deepEqual(names(withConfig(`[ignore]\nunits = ["${unit}"]`).argv), left)
  })

test('a row of the configuration is about a service also without its type', () => {
  const { argv } = withConfig(
    '[[sensitive]]\nunits = ["nginx"]\naction = "manual"\nreason = "only at night"',
  )
  const nginx = scanDocument(argv).findings.find(({ name }) => name === 'nginx.service')
  assert.equal(nginx?.action, 'manual')
})
