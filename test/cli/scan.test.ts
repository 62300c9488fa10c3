import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scanDocument, staleLibs } from '../support/bundle.ts'
import type { FindingDocument } from '../support/bundle.ts'
import { makeRecording } from '../support/recording.ts'
import { mapsText, makeTree, processTree, procTree } from '../support/tree.ts'
import type { RecordedProcess, Tree } from '../support/tree.ts'

const LIBC = 'r-xp /usr/lib/libc.so.6 (deleted)'
const USER = '/user.slice/user-1000.slice/user@1000.service'

function scanOf(processes: Readonly<Record<number, RecordedProcess>>, ...argv: readonly string[]) {
  return scanDocument(['--proc', makeTree(procTree(processes)), ...argv])
}

function only(findings: readonly FindingDocument[]): FindingDocument {
  assert.equal(findings.length, 1, JSON.stringify(findings))
  return findings[0] as FindingDocument
}

test('a stale service is one finding with its processes and files', () => {
  const document = scanOf({
    30: {
      comm: 'nginx',
      maps: [LIBC, 'r--p /usr/lib/libssl.so.3 (deleted)'],
      cgroup: '/system.slice/nginx.service',
    },
    4: {
      comm: 'nginx',
      maps: ['r-xp /usr/bin/nginx (deleted)', LIBC],
      cgroup: '/system.slice/nginx.service',
      startTicks: 1234,
    },
    5: { comm: 'fresh', maps: ['r-xp /usr/lib/libc.so.6'], cgroup: '/system.slice/fresh.service' },
  })
  const finding = only(document.findings)
  assert.deepEqual(
    [finding.kind, finding.name, finding.action],
    ['service', 'nginx.service', 'restart'],
  )
  assert.deepEqual(
    finding.files.map(({ path, kind, state }) => [path, kind, state]),
    [
      ['/usr/bin/nginx', 'executable', 'unknown'],
      ['/usr/lib/libc.so.6', 'library', 'unknown'],
      ['/usr/lib/libssl.so.3', 'library', 'unknown'],
    ],
  )
  assert.deepEqual(
    finding.processes.map(({ pid, files }) => [pid, files]),
    [
      [4, [0, 1]],
      [30, [1, 2]],
    ],
  )
  assert.equal(finding.processes[0]?.startedAt, '2026-09-21T14:13:32.340Z')
  assert.deepEqual(document.commands, [['systemctl', 'restart', '--', 'nginx.service']])
  assert.equal(document.scan.processes, 4)
  assert.equal(document.host.hostname, 'kestrel')
})

test('a library that was loaded again and replaced again is one file of its process', () => {
  const first = mapsText([LIBC])
  const second = Buffer.from(first.toString().replace(' 1000 ', ' 2000 '))
  const finding = only(scanOf({ 4: { maps: Buffer.concat([first, second]) } }).findings)
  assert.deepEqual([finding.processes[0]?.files, finding.files.length], [[0], 1])
})

test('the units of a recorded tree are not asked of this machine, and it is said', () => {
  const document = scanOf({ 4: { maps: [LIBC], cgroup: '/system.slice/a.service' } })
  assert.deepEqual(
    document.limits.map(({ code, count }) => [code, count]),
    [['recorded-units', 1]],
  )
  assert.equal(document.scan.complete, false)
})

test('nothing stale is complete and has no limits', () => {
  const document = scanOf({
    4: { maps: ['r-xp /usr/lib/libc.so.6'], cgroup: '/system.slice/a.service' },
  })
  assert.deepEqual(
    [document.findings, document.limits, document.commands, document.scan.complete],
    [[], [], [], true],
  )
})

test('--exit-code tells whether something is stale; a hook never does', () => {
  const stale = makeTree(procTree({ 4: { maps: [LIBC] } }))
  const fresh = makeTree(procTree({}))
  assert.equal(staleLibs(['--proc', stale]).status, 0)
  assert.equal(staleLibs(['--proc', stale, '--exit-code']).status, 1)
  assert.equal(staleLibs(['--proc', fresh, '--exit-code']).status, 0)
  assert.equal(staleLibs(['--proc', stale, '--exit-code', '--hook']).status, 0)
})

test('kernel threads and zombies are not counted, vanished processes are', () => {
  const tree = procTree({ 2: { maps: [] }, 3: { maps: ['r-xp /usr/bin/a'] } })
  const document = scanDocument(['--proc', makeTree({ ...tree, 9: { comm: 'gone' } })])
  assert.deepEqual([document.scan.processes, document.scan.vanished], [2, 1])
})

test('a process whose first thread has ended is read through another', () => {
  const thread = processTree(8, {
    comm: 'worker',
    maps: [LIBC],
    cgroup: '/system.slice/threads.service',
  })
  const leader = processTree(7, { maps: [] })
  const stat = `7 (leader) Z 1 7 7 0 -1 4 ${'0 '.repeat(10)}2 0 1000 0\n`
  const proc = { ...procTree({}), 7: { ...leader, stat, task: { 7: leader, 8: thread } } }
  const document = scanDocument(['--proc', makeTree(proc)])
  assert.deepEqual(
    document.findings.map(({ unit, processes }) => [unit, processes.map(({ pid }) => pid)]),
    [['threads.service', [7]]],
  )
})

test('a process that the kernel could not tell all of is a limit in every format', () => {
  const broken = { ...processTree(7, { maps: [] }), maps: { link: '/proc/self/mem' } }
  const proc = makeTree({ ...procTree({}), 7: broken })
  const { limits, scan } = scanDocument(['--proc', proc])
  assert.deepEqual([limits.map(({ code }) => code), scan.processes], [['maps-failed'], 2])
  assert.match(
    staleLibs(['--proc', proc]).stdout,
    /^Not everything was seen: the kernel failed while/,
  )
  const names = staleLibs(['--proc', proc, '--format', 'names'])
  assert.equal(names.stdout, '')
  assert.match(names.stderr, /^stale-libs: the kernel failed while/)
})

test('a process that gave no answer in time is a limit in every format', () => {
  const from = makeRecording({ processes: {}, stuck: 2 })
  const { limits, scan } = scanDocument(['--from', from])
  assert.deepEqual(
    [limits.map(({ code, count }) => [code, count]), scan.processes, scan.complete],
    [[['maps-stuck', 2]], 3, false],
  )
  const note = '2 processes could not be read: the kernel gave no answer in time'
  const words = staleLibs(['--from', from]).stdout.replaceAll('\n', ' ')
  assert.ok(words.startsWith(`Not everything was seen: ${note}. `), words)
  assert.equal(staleLibs(['--from', from, '--format', 'names']).stderr, `stale-libs: ${note}\n`)
})

test('temporary code is told apart and never a finding', () => {
  const document = scanOf({
    4: {
      comm: 'java',
      maps: ['r-xp /tmp/jna123.tmp (deleted)', 'rw-s /memfd:x (deleted)'],
      cgroup: '/system.slice/app.service',
    },
    5: { comm: 'pulse', maps: ['rw-s /memfd:pulseaudio (deleted)', 'rw-s /dev/shm/x (deleted)'] },
  })
  assert.deepEqual(document.findings, [])
  assert.deepEqual(
    document.temporaryCode.map(({ pid, path }) => [pid, path]),
    [[4, '/tmp/jna123.tmp']],
  )
})

test('nothing of a process reaches the terminal or the document raw', () => {
  const proc = makeTree(
    procTree({
      4: {
        comm: 'a\u001b[31m)b\n',
        maps: ['r-xp /opt/\u001b]0;x\u0007\xff.so (deleted)'],
        cgroup: '/',
      },
      5: { comm: '\u009b2J', maps: [LIBC], cgroup: `${USER}/app.slice/app-x-\\x1b\\x5b2J-1.scope` },
    }),
  )
  for (const argv of [[], ['--hook'], ['--all'], ['--format', 'json'], ['--format', 'names']]) {
    const { stdout } = staleLibs(['--proc', proc, ...argv])
    assert.doesNotMatch(stdout.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u)
  }
  const [app, process] = scanDocument(['--proc', proc]).findings
  assert.equal(app?.name, '\\x1b[2J')
  assert.equal(process?.name, 'a\\x1b[31m)b\\x0a')
  assert.equal(process?.files[0]?.path, '/opt/\\x1b]0;x\\x07\\xff.so')
})

const TWO_UNITS = {
  4: { maps: [LIBC], cgroup: '/system.slice/ly.service' },
  5: {
    maps: [LIBC, 'r-xp /opt/x/a.so (deleted)'],
    cgroup: '/system.slice/logrotate-weekly.service',
  },
  6: { comm: 'bash', maps: [LIBC], cgroup: '/user.slice/user-1000.slice/session-3.scope' },
}

test('--ignore-unit is anchored, and what it hides is counted', () => {
  const document = scanOf(TWO_UNITS, '--ignore-unit', 'ly.service', '--ignore-unit', 'session-*')
  assert.deepEqual(
    document.findings.map(({ name }) => name),
    ['logrotate-weekly.service'],
  )
  assert.deepEqual(
    document.ignored.map(({ rule, findings }) => [rule, findings]),
    [
      ['unit:ly.service', 1],
      ['unit:session-*', 1],
    ],
  )
})

test('--ignore-path hides files, and findings that have no other', () => {
  const document = scanOf(TWO_UNITS, '--ignore-path', '/usr/lib/libc.so.*')
  const finding = only(document.findings)
  assert.deepEqual(
    finding.files.map(({ path }) => path),
    ['/opt/x/a.so'],
  )
  assert.deepEqual(
    document.ignored.map(({ rule, findings }) => [rule, findings]),
    [['path:/usr/lib/libc.so.*', 3]],
  )
})

test('--system and --user show one side', () => {
  assert.deepEqual(
    scanOf(TWO_UNITS, '--user').findings.map(({ kind }) => kind),
    ['session'],
  )
  assert.deepEqual(
    scanOf(TWO_UNITS, '--system').findings.map(({ kind }) => kind),
    ['service', 'service'],
  )
})

test('two users with the same unit are two findings', () => {
  const { findings } = scanOf({
    4: { maps: [LIBC], cgroup: `${USER.replaceAll('1000', '1001')}/app.slice/mpd.service` },
    5: { maps: [LIBC], cgroup: `${USER}/app.slice/mpd.service` },
  })
  assert.deepEqual(
    findings.map(({ name, user }) => [name, user?.uid]),
    [
      ['mpd.service', 1000],
      ['mpd.service', 1001],
    ],
  )
})

test('findings stand by kind, then name by code point; processes by pid', () => {
  const { findings } = scanOf({
    9: { maps: [LIBC], cgroup: '/system.slice/b.service' },
    8: { maps: [LIBC], cgroup: '/system.slice/B.service' },
    7: { maps: [LIBC], cgroup: '/' },
    6: { maps: [LIBC], cgroup: '/user.slice/user-1000.slice/session-3.scope' },
    1: { maps: [LIBC], cgroup: '/init.scope' },
  })
  assert.deepEqual(
    findings.map(({ name }) => name),
    ['B.service', 'b.service', 'session 3', 'systemd', 'daemon'],
  )
})

test('restarts stand in one command behind the re-execution of PID 1, what is sensitive in none', () => {
  const document = scanOf({
    1: { maps: [LIBC], cgroup: '/init.scope' },
    4: { maps: [LIBC], cgroup: '/system.slice/b.service' },
    5: { maps: [LIBC], cgroup: '/system.slice/a.service' },
    6: { maps: [LIBC], cgroup: '/system.slice/dbus-broker.service' },
    7: { maps: [LIBC], cgroup: '/system.slice/systemd-logind.service' },
    8: { maps: [LIBC], cgroup: '/system.slice/sddm.service' },
    9: { maps: [LIBC], cgroup: '/system.slice/system-getty.slice/getty@tty1.service' },
    10: { maps: [LIBC], cgroup: `${USER}/init.scope` },
    11: { maps: [LIBC], cgroup: '/system.slice/run-u4.scope' },
  })
  assert.deepEqual(document.commands, [
    ['systemctl', 'daemon-reexec'],
    ['systemctl', 'restart', '--', 'a.service', 'b.service'],
  ])
  for (const { command } of document.findings)
    assert.ok(command?.includes('b.service') !== true || command.length === 4)
})

test('an executable that is unmapped but still the link of exe is stale', () => {
  const finding = only(
    scanOf({ 4: { maps: ['r-xp /usr/lib/a.so (deleted)'], exe: '/usr/bin/toy (deleted)' } })
      .findings,
  )
  assert.deepEqual(
    finding.files.map(({ path, kind }) => [path, kind]),
    [
      ['/usr/bin/toy', 'executable'],
      ['/usr/lib/a.so', 'library'],
    ],
  )
})

test('--root tells a replaced from a removed file, and a live file with the mark in its name', () => {
  const root = makeTree({
    'usr/lib/new.so': 'x',
    'usr/lib/odd (deleted)': 'x',
    'opt/link': { link: '/usr/lib' },
    'etc/passwd': 'zoe:x:1000:1000::/home/zoe:/bin/sh\n',
  } satisfies Tree)
  const maps = [
    'r-xp /usr/lib/new.so (deleted)',
    'r-xp /usr/lib/old.so (deleted)',
    'r-xp /opt/link/new.so (deleted)',
    'r-xp /usr/lib/odd (deleted)',
  ]
  const proc = makeTree(
    procTree({ 4: { maps, cgroup: '/user.slice/user-1000.slice/session-3.scope' } }),
  )
  const finding = only(scanDocument(['--proc', proc, '--root', root]).findings)
  assert.deepEqual(
    finding.files.map(({ path, state }) => [path, state]),
    [
      ['/opt/link/new.so', 'unknown'],
      ['/usr/lib/new.so', 'replaced'],
      ['/usr/lib/odd', 'unknown'],
      ['/usr/lib/old.so', 'removed'],
    ],
  )
  assert.equal(finding.user?.name, 'zoe')
})

test('a line longer than any buffer and lines cut anywhere are read whole', () => {
  const long = `/srv/${'d/'.repeat(60_000)}x.so`
  const filler = Array.from({ length: 3000 }, (_, n) => `r-xp /usr/lib/filler-${n}.so.1`)
  const maps = mapsText([...filler, `r-xp ${long} (deleted)`, ...filler, LIBC])
  const finding = only(scanOf({ 4: { maps } }).findings)
  assert.deepEqual(
    finding.files.map(({ path }) => path),
    [long, '/usr/lib/libc.so.6'],
  )
})

test('a process with more stale files than are kept is still a finding, and it is said', () => {
  const maps = Array.from({ length: 1500 }, (_, n) => `r-xp /usr/lib/l${n}.so (deleted)`)
  const document = scanOf({ 4: { maps } })
  assert.equal(only(document.findings).files.length, 1024)
  assert.deepEqual(
    document.limits.map(({ code, count }) => [code, count]),
    [['mappings-dropped', 476]],
  )
})

test('shared memory with thousands of names does not push a library out', () => {
  const noise = Array.from({ length: 5000 }, (_, n) => `rw-s /dev/shm/x${n} (deleted)`)
  assert.equal(only(scanOf({ 4: { maps: [...noise, LIBC] } }).findings).files.length, 1)
})

test('a process of a user that calls its group a container is named with the user', () => {
  const group = `/user.slice/user-1000.slice/user@1000.service/app.slice/docker-${'0123456789abcdef'.repeat(4)}.scope`
  const proc = makeTree(
    procTree({ 4: { maps: ['r-xp /usr/lib/libc.so.6 (deleted)'], cgroup: group } }),
  )
  const root = makeTree({ 'etc/passwd': 'mallory:x:1000:1000::/:/bin/sh\n' })
  const [found] = scanDocument(['--proc', proc, '--root', root]).findings
  assert.deepEqual(
    [found?.kind, found?.user, found?.command],
    ['container', { uid: 1000, name: 'mallory' }, null],
  )
  const { stdout } = staleLibs(['--proc', proc, '--root', root])
  assert.match(stdout, /^Update +0123456789ab \(docker\) of mallory\b/m)
})
