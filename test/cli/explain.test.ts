import assert from 'node:assert/strict'
import { test } from 'node:test'
import { staleLibs } from '../support/bundle.ts'
import { localDatabase } from '../support/pacman-tree.ts'
import { makeTree, procTree } from '../support/tree.ts'

const LIBC = 'r-xp /usr/lib/libc.so.6 (deleted)'
const FRESH = 'r-xp /usr/lib/libc.so.6'
const PROC = makeTree(
  procTree({
    4: { comm: 'nginx', maps: [LIBC], cgroup: '/system.slice/nginx.service' },
    5: { comm: 'bash', maps: [LIBC], cgroup: '/user.slice/user-1000.slice/session-3.scope' },
    8: { comm: 'crond', maps: [FRESH], cgroup: '/system.slice/cronie.service' },
  }),
)
const ROOT = makeTree({
  'etc/passwd': 'root:x:0:0::/:/bin/sh\nzoe:x:1000:1000::/home/zoe:/bin/sh\n',
  'etc/of-nobody': '',
  'usr/lib/libz.so.1': '',
  'usr/lib/libc.so.6': '',
  'var/lib/pacman/local': localDatabase([
    { name: 'zlib', version: '1:1.3.1-2', files: ['usr/lib/libz.so.1'] },
    { name: 'glibc', version: '2.42-1', files: ['usr/lib/libc.so.6'] },
    { name: 'nginx', version: '1.28.0-3' },
    { name: 'openssl', version: '3.6.1-1' },
  ]),
})

function explain(...subjects: readonly string[]) {
  const { status, stdout, stderr } = staleLibs([
    'explain',
    ...subjects,
    '--proc',
    PROC,
    '--root',
    ROOT,
  ])
  return { status, stdout, stderr }
}

/** Returns the lines that do not depend on when the test runs, or on who runs it. */
function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => !/^(?: {2}(?:Since|Running|Note:)|$| {6}\S)/.test(line))
}

const SAID: readonly (readonly [subject: string, lines: readonly string[]])[] = [
  [
    'nginx',
    [
      'nginx: restart it when it suits. What that costs could not be asked.',
      '  Old         /usr/lib/libc.so.6  package not known',
      '  Waiting     nothing is known to break while you wait',
      '  Restarting  systemd could not be asked about this unit',
      '  Command     systemctl restart nginx',
      '  All 50 checks passed: stale-libs explain nginx --facts',
      '  Also a package: stale-libs explain pkg:nginx',
    ],
  ],
  [
    '5',
    [
      'session 3 (zoe): log out and in again when it suits.',
      '  Old         /usr/lib/libc.so.6  package not known',
      '  Waiting     nothing is known to break while you wait',
      '  Logging out ends all that runs in this login, so save your work first',
      '  All that is known of it: stale-libs explain 5 --facts',
    ],
  ],
  ['cronie', ['cronie: nothing to do, as far as was seen.']],
  ['pkg:nginx', ['nginx 1.28.0-3 is installed. Nothing that was seen uses an older one.']],
  ['zlib', ['zlib 1:1.3.1-2 is installed. Nothing that was seen uses an older one.']],
  [
    '/usr/lib/libz.so.1',
    ['/usr/lib/libz.so.1: nothing that was seen uses an old one.', '  Package     zlib 1:1.3.1-2'],
  ],
  [
    '/usr/lib/libc.so.6',
    [
      '/usr/lib/libc.so.6: 2 programs use an old one.',
      '  Package     glibc 2.42-1',
      '  not known   day not known   nginx, session 3 (zoe)',
      '  Do          systemctl restart nginx',
      '              stale-libs explain 5',
    ],
  ],
  [
    '/etc/of-nobody',
    [
      '/etc/of-nobody: nothing that was seen uses an old one.',
      '  Package     no package has a file of this path',
    ],
  ],
  ['zoe', ['zoe: 1 session uses old code.', '  Log out     session 3']],
  ['user:1000', ['zoe: 1 session uses old code.', '  Log out     session 3']],
]
for (const [subject, lines] of SAID)
  test(`explain ${subject} says what it is`, () => {
    const { status, stdout, stderr } = explain(subject)
    assert.deepEqual([status, stderr], [0, ''])
    assert.deepEqual(linesOf(stdout), lines)
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line)
  })

const UNKNOWN: readonly (readonly [subject: string, says: string])[] = [
  ['cronei', 'no unit, package or user is called "cronei". Did you mean cronie?'],
  [
    'cronei.service',
    'no unit, package or user is called "cronei.service". Did you mean cronie.service?',
  ],
  ['pkg:opensl', 'no package is called "opensl". Did you mean pkg:openssl?'],
  ['unit:zlib', 'no unit that runs is called "zlib"'],
  ['user:zo', 'no user is called "zo". Did you mean user:zoe?'],
  ['44', 'no process and no user has the number 44'],
  ['/usr/lib/x', 'no file is called "/usr/lib/x", no package has it, and nothing uses an old one'],
  [
    'libcrypto.so.3',
    'no file is called "libcrypto.so.3". A file is named by its whole path: /usr/lib/...',
  ],
  ['lib/x', 'no file is called "lib/x". A file is named by its whole path: /usr/lib/...'],
]
for (const [subject, says] of UNKNOWN)
  test(`explain ${subject} is told that there is none`, () => {
    const { status, stdout, stderr } = explain(subject)
    assert.deepEqual([status, stdout], [2, ''])
    // Who is nearest to a name that nothing is like, another test says.
    assert.equal(stderr.slice(0, 'stale-libs: '.length + says.length), `stale-libs: ${says}`)
  })

test('explain --facts tells every fact and rule in place of the short screen', () => {
  const { stdout } = explain('nginx', '--facts')
  assert.match(stdout, /^nginx\.service: restart\n {2}Belongs to: service nginx\.service\n/)
  assert.match(stdout, /Is it frozen\? No\n/)
  assert.doesNotMatch(stdout, /Waiting/)
})
