import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { FORMATS } from '../../src/core/options.ts'
import { BUNDLE, scanDocument, staleLibs } from '../support/bundle.ts'
import { makeRecording } from '../support/recording.ts'
import { makeTree, procTree } from '../support/tree.ts'
import type { RecordedProcess, Tree } from '../support/tree.ts'

const LIBC = 'r-xp /usr/lib/libc.so.6 (deleted)'
const STALE: RecordedProcess = { maps: [LIBC], cgroup: '/system.slice/a.service' }

/**
 * Runs every form on a tree: none may end with a stack trace, or in another way than by an exit
 * status.
 */
function survives(proc: string, ...argv: readonly string[]): void {
  for (const form of [[], ['--hook'], ['--all'], ['--format', 'json'], ['--format', 'names']]) {
    const { status, stderr } = staleLibs([...form, '--proc', proc, ...argv])
    assert.ok(
      status === 0 || (status === 3 && form[0] !== '--hook'),
      `${form.join(' ')}: ${status} ${stderr}`,
    )
    assert.doesNotMatch(stderr, /^ +at |this is a bug/m)
  }
}

function treeWith(entries: Tree): string {
  return makeTree({ ...procTree({ 4: STALE }), ...entries })
}

const ODD: readonly (readonly [fact: string, entries: Tree])[] = [
  ['maps is a directory', { 5: { maps: { x: '' } } }],
  ['maps is a loop of links', { 5: { maps: { link: 'maps' } } }],
  ['maps is a device without an end', { 5: { maps: { link: '/dev/zero' } } }],
  ['maps is nonsense', { 5: { maps: Buffer.from([0, 255, 10, 40, 100]) } }],
  [
    'stat says it started at the end of all time',
    { '4/stat': `4 (a) S ${'0 '.repeat(18)}9007199254740991\n` },
  ],
  ['the machine booted at the end of all time', { stat: 'btime 9999999999999999\n' }],
  ['a directory is called 0', { 0: { maps: '' } }],
  [
    'the host is named with control characters',
    { 'sys/kernel/hostname': Buffer.from('a\x9b31m\x1b]0;x\x07', 'latin1') },
  ],
]
for (const [fact, entries] of ODD) {
  test(`a scan goes on when ${fact}`, () => {
    const proc = treeWith(entries)
    survives(proc)
    const { findings, host } = scanDocument(['--proc', proc])
    assert.deepEqual(
      findings.map(({ name }) => name),
      ['a.service'],
    )
    assert.doesNotMatch(host.hostname ?? '', /\p{Cc}/u)
  })
}

test('a scan does not wait for a pipe that is named like a file of a process', () => {
  const proc = treeWith({ 5: { stat: '' }, 6: { maps: 'x' } })
  for (const name of ['5/maps', '6/cgroup'])
    assert.equal(spawnSync('mkfifo', [join(proc, name)]).status, 0)
  survives(proc)
})

test('a user list that is none, or that has hostile names, is no trouble', () => {
  const session = '/user.slice/user-1000.slice/session-3.scope'
  const proc = makeTree(procTree({ 4: { maps: [LIBC], cgroup: session } }))
  survives(proc, '--root', makeTree({ 'etc/passwd': { x: '' } }))
  const hostile = makeTree({ 'etc/passwd': 'z\u001b]0;x\u0007@web:x:1000:1000::/:/bin/sh\n' })
  survives(proc, '--root', hostile)
  assert.doesNotMatch(staleLibs(['--proc', proc, '--root', hostile]).stdout, /[^\n\P{Cc}]/u)
})

test('names of any length break no line', () => {
  const name = 'x'.repeat(240)
  const user = '/user.slice/user-1000.slice/user@1000.service/app.slice'
  survives(
    makeTree(
      procTree({
        4: { maps: [LIBC], cgroup: `${user}/${name}.service` },
        5: { maps: [LIBC], cgroup: `${user}/app-${name}-1.scope` },
        6: { comm: '', maps: [LIBC], cgroup: '/' },
        7: { maps: [`r-xp /usr/lib/${'y'.repeat(4000)}.so (deleted)`], cgroup: '/' },
      }),
    ),
  )
})

test('many long paths are bounded, each process stays a finding, and it is said', () => {
  const path = (n: number, m: number) => `r-xp /usr/${`${n}-${m}-`.padEnd(3900, 'z')}.so (deleted)`
  const maps = (n: number) => Array.from({ length: 200 }, (_, m) => path(n, m))
  const processes = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [
      100 + n,
      { maps: maps(n), cgroup: `/system.slice/s${n}.service` },
    ]),
  )
  const { findings, limits } = scanDocument(['--proc', makeTree(procTree(processes))])
  assert.equal(findings.length, 40)
  assert.ok(limits.some(({ code, count }) => code === 'mappings-dropped' && count > 1000))
})

test('directories of any depth are not walked', () => {
  const deep = (n: number) => `r-xp /srv/${`a${n}/`.repeat(600)}x.so (deleted)`
  const root = makeTree({})
  const proc = makeTree(procTree({ 4: { maps: Array.from({ length: 300 }, (_, n) => deep(n)) } }))
  const [finding] = scanDocument(['--proc', proc, '--root', root]).findings
  assert.deepEqual([...new Set(finding?.files.map(({ state }) => state))], ['unknown'])
})

test('a stale executable counts when no mapping of it does', () => {
  const php = {
    maps: ['r--p /usr/bin/php-fpm (deleted)'],
    exe: '/usr/bin/php-fpm (deleted)',
    cgroup: '/system.slice/php.service',
  }
  const { findings } = scanDocument(['--proc', makeTree(procTree({ 4: php }))])
  assert.deepEqual(
    findings.map(({ name, files }) => [name, files[0]?.path]),
    [['php.service', '/usr/bin/php-fpm']],
  )
})

test('a thousand temporary files do not push a library out', () => {
  const noise = Array.from({ length: 1100 }, (_, n) => `r-xp /memfd:${n} (deleted)`)
  const proc = makeTree(
    procTree({ 4: { maps: [...noise, LIBC], cgroup: '/system.slice/x.service' } }),
  )
  assert.equal(staleLibs(['--proc', proc, '--format', 'names']).stdout, 'x.service\n')
})

test('a file that is named like a line of ours is quoted, and stands in explain alone', () => {
  const name = 'a  Restart the services: systemctl restart -- evil.service'
  const proc = makeTree(procTree({ 4: { maps: [`r-xp /home/m/${name} (deleted)`], cgroup: '/' } }))
  for (const argv of [[], ['--all'], ['--hook']])
    assert.doesNotMatch(staleLibs([...argv, '--proc', proc]).stdout, /evil/)
  for (const argv of [['4'], ['4', '--facts']])
    assert.match(
      staleLibs(['explain', ...argv, '--proc', proc]).stdout,
      / "\/home\/m\/a(?: {2}|\\x20\\x20)Res/,
    )
})

test('a recording prints nothing that a terminal acts on, whatever stands in it', () => {
  const evil = 'X\u001b[31m\u202e\u3164\u009b'
  const gone = '/X\u202e\u3164\u009b'
  const cgroup = '/system.slice/a.service'
  const service = { ...STALE, cgroup, comm: evil }
  const from = makeRecording({
    processes: { 4: service, 5: { ...service, cgroup: '/system.slice/b.service' } },
    units: {
      'a.service': { FragmentPath: evil, Refs: evil },
      'b.service': { WorkingDirectory: gone },
    },
    users: { 1000: evil },
    config: { ignore: { units: [{ glob: 'c*', reason: evil }] } },
    missing: [gone],
  })
  const forms = [[], ['--hook'], ['--all'], ...FORMATS.map((format) => ['--format', format])]
  for (const form of [...forms, ['explain', 'a.service', 'b.service']]) {
    const { status, stdout, stderr } = staleLibs([...form, '--from', from])
    assert.ok(status === 0 || form.includes('nagios'), stderr)
    assert.doesNotMatch(stdout + stderr, /[^\n\P{C}]|\u3164/u, form.join(' '))
  }
  assert.match(staleLibs(['--from', from]).stdout, /could not start again: \/X\\xe2\\x80\\xae\\xe3/)
})

/** Each command that reads options, on a tree of processes. */
const COMMANDS: readonly (readonly string[])[] = [
  ['--all'],
  ['--complete', 'explain'],
  ['explain', 'a.service'],
]
for (const words of COMMANDS) {
  test(`${words.join(' ')}: nobody who can write above the working directory is in the way`, () => {
    const directory = makeTree({ 'own/build': {} })
    for (const name of ['package.json', 'own/package.json'])
      assert.equal(spawnSync('mkfifo', [join(directory, name)]).status, 0)
    const argv = [...words, '--proc', treeWith({})]
    const { status, stderr } = staleLibs(argv, { cwd: join(directory, 'own/build') })
    assert.deepEqual([status, stderr], [0, ''])
  })

  test(`${words.join(' ')}: the working directory may be removed`, () => {
    const directory = join(makeTree({ gone: {} }), 'gone')
    const root = makeTree({ 'etc/stale-libs/config.d/a.toml': '# nothing\n' })
    const argv = [BUNDLE, ...words, '--proc', treeWith({}), '--root', root]
    const script = 'cd "$1" && rmdir "$1" && shift && exec "$@"'
    const shell = ['-c', script, 'gone', directory, process.execPath, ...argv]
    const { status, stderr } = spawnSync('sh', shell, { encoding: 'utf8', timeout: 60_000 })
    assert.deepEqual([status, stderr], [0, ''])
  })
}
