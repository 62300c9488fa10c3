import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Account } from '../../../src/core/machine/passwd.ts'
import { parsePeople } from '../../../src/core/machine/passwd.ts'
import { ownerOf } from '../../../src/core/owner/owner.ts'
import { classify, isCodeByPermission } from '../../../src/core/proc/classify.ts'
import { anonymized, anonymizedMaps } from '../../../src/core/recording/anonymize.ts'
import { openAnonymizer } from '../../../src/core/recording/anonymizer.ts'
import { systemWords } from '../../../src/core/recording/vocabulary.ts'
import { isAnswerAbout, UNIT_PROPERTIES } from '../../../src/core/systemd/unit-facts.ts'
import { facts } from '../../support/knowledge.ts'

const PEOPLE: readonly Account[] = [
  { name: 'zoe', uid: 1000, gecos: 'Zoe Smith', home: '/home/zoe' },
  { name: 'max.muster', uid: 1001, gecos: '', home: '/var/lib/people/max.muster/' },
  { name: 'linux', uid: 1002, gecos: '', home: '/home/linux' },
]
const VOCABULARY = new Set(['nginx', 'mirror', 'gimp'])
const opened = () => openAnonymizer({ people: PEOPLE, hostname: 'kestrel' }, VOCABULARY)

const PATHS: readonly (readonly [path: string, becomes: string])[] = [
  ['/usr/lib/libssl.so.3', '/usr/lib/libssl.so.3'],
  ['/usr/lib/libzoesmith.so', '/usr/lib/word1.so'],
  ['/usr/lib/zoe/x.so', '/usr/lib/user1000/x.so'],
  ['/usr/lib/modules/linux', '/usr/lib/modules/linux'],
  ['/usr/local/lib/mirror.so.1', '/usr/local/lib/word1.so.1'],
  ['/home/zoe/.local/lib/mirror-2.so.1.2', '/home/user1000/.local/lib/word1-2.so.1.2'],
  ['/home/zoe/2019/x', '/home/user1000/word1/x'],
  ['/home/linux/x', '/home/user1002/x'],
  ['/home/gone/x', '/home/word1/x'],
  ['/var/lib/people/max.muster/nginx', '/var/lib/word1/user1001/word2'],
  ['/run/user/1000/nginx', '/run/user/1000/word1'],
  ['/run/media/zoe/Stick', '/run/media/user1000/word1'],
  ['/opt/nginx/kestrel-1/own', '/opt/nginx/host-1/word1'],
  ['/home/zoe/a: /usr/secret', '/home/user1000/a: /usr/word1'],
  ['/memfd:secret name', '/memfd:word1 word2'],
  ['/home/zoe/x.so.1secret', '/home/user1000/x.so.1word1'],
  ['/srv/Zoe/zoe_2', '/srv/word1/user1000_2'],
]

for (const [path, becomes] of PATHS)
  test(`${path} becomes ${becomes}`, () => assert.equal(opened().path(path), becomes))

const NAMES: readonly (readonly [name: string, becomes: string])[] = [
  ['nginx.service', 'nginx.service'],
  ['sshd@3-10.0.0.1:22.service', 'sshd@3-10.0.0.1:22.service'],
  ['zoe-diary.service', 'user1000-word1.service'],
  ['max.muster@tty1.service', 'user1001@tty1.service'],
  ['max\\x2dmuster.service', 'word1\\x2dword2.service'],
  ['machine-qemu\\x2d1\\x2dsecret.scope', 'machine-qemu\\x2d1\\x2dword1.scope'],
  ['app-gnome-org.gimp.Secret-99.scope', 'app-gnome-org.gimp.word1-99.scope'],
  ['docker-0123456789ab.scope', 'docker-0123456789ab.scope'],
  ['session c2', 'session c2'],
  ['wg-quick@quick-a.service', 'wg-quick@word1-a.service'],
  ['/system.slice/gnome-terminal-server.service', '/system.slice/gnome-terminal-server.service'],
  ['sshd.service wpa_supplicant@9.service', 'sshd.service wpa_supplicant@9.service'],
  ['mybackup@wg-quick@a.service', 'word1@wg-word2@a.service'],
  ['iwd.servicezoe.service', 'iwd.word1.service'],
]

for (const [name, becomes] of NAMES)
  test(`the name ${name} becomes ${becomes}`, () => assert.equal(opened().name(name), becomes))

test('the path that a file has on the machine is replaced as its path in maps is', () => {
  const anonymizer = opened()
  const answers = ['/home/zoe/x.so', '/usr/lib/caf\xff.so'].map((path) => [
    ['files.machinePath', `4 /run/host${path}`, path],
    path,
  ])
  for (const [call, path] of answers) {
    const { answers: found } = anonymized({ answers: [call] }, anonymizer) as never
    const [[, key, answer]] = found as [[string, string, string]]
    assert.equal(key, `4 ${anonymizer.bytePath(`/run/host${String(path)}`)}`)
    assert.equal(answer, anonymizer.bytePath(String(path)))
  }
})

test('the file that no package has for a unit is replaced as the name of the unit is', () => {
  const anonymizer = opened()
  const keyOf = (path: string, isFile: boolean) => {
    const answers = [['packages.filesOf', path, isFile]]
    const { answers: found } = anonymized({ answers }, anonymizer) as never
    return (found as readonly [readonly string[]])[0][1]
  }
  const directory = '/usr/lib/systemd/user'
  assert.equal(keyOf(`${directory}/secret.service`, false), `${directory}/word1.service`)
  assert.equal(anonymizer.name('secret.service'), 'word1.service')
  assert.equal(keyOf(`${directory}/secret.service`, true), `${directory}/secret.service`)
})

test('one word is replaced by one other, in bytes and in characters, escaped or not', () => {
  const { path, bytePath, name, text } = opened()
  const bytes = Buffer.from('/home/zoe/Müller').toString('latin1')
  assert.equal(path('/home/zoe/Müller'), '/home/user1000/word1')
  assert.equal(bytePath(bytes), '/home/user1000/word1')
  assert.equal(text(`17 ${bytes}`), '17 /home/user1000/word1')
  assert.equal(name('Müller'), 'word1')
  assert.equal(bytePath('/usr/lib/\xc3\xbc.so'), '/usr/lib/\xc3\xbc.so')
  assert.equal(bytePath('/srv/\xff\x1b'), path('/srv/\\xff\\x1b'))
})

test('lines are read with what stands before and behind their path', () => {
  const { text, comm, login } = opened()
  assert.equal(
    text('-/home/zoe/secret (ignore_errors=no)'),
    '-/home/user1000/word1 (ignore_errors=no)',
  )
  assert.equal(text('1000/nginx.service'), '1000/nginx.service')
  assert.equal(
    text('null\n/usr/lib/x.so:/home/zoe/y:rbind'),
    'null\n/usr/lib/x.so:/home/user1000/y:word2',
  )
  assert.equal(text('chroot /srv/secret'), 'chroot /srv/word1')
  assert.equal(login('linux'), 'user1002')
  assert.equal(comm('python3', '/usr/bin/python3.13'), 'python3')
  assert.equal(comm('secret', '/usr/bin/python3.13'), 'word1')
  assert.equal(comm('secret', '/home/zoe/secret'), 'word1')
  const line = '7f00-7f10 r-xp 00000000 fe:00 42   '
  assert.equal(
    anonymizedMaps(`${line}/srv/secret (deleted)`, opened()),
    `${line}/srv/word1 (deleted)`,
  )
  assert.equal(
    anonymizedMaps(`${line}(deleted)/usr/lib/x.so`, opened()),
    `${line}(deleted)/usr/lib/x.so`,
  )
  assert.equal(anonymizedMaps('secret', opened()), '')
})

test('the words of the system are those below /usr, but not of a home there', () => {
  const text = '"/usr/lib/aa.so" /usr/local/bb /home/x/usr/cc=/usr/homes/z/dd:/usr/bin/ee'
  assert.deepEqual(systemWords(text, ['/usr/homes/z']), [
    'usr',
    'lib',
    'aa',
    'so',
    'usr',
    'bin',
    'ee',
  ])
})

test('people are users from 1000 on, but nobody', () => {
  const text = 'a:x:999:::/a:\nb:x:1000:1:B\xc3\xa9:/b:/bin/sh\nn:x:65534:::/:\n:x:1001\nc:x:y\n'
  assert.deepEqual(parsePeople(text), [{ name: 'b', uid: 1000, gecos: 'Bé', home: '/b' }])
})

const WORDS = [
  'usr lib tmp home zoe secret jna7 libnetty_x ffiAbC123 .glAbC123 orcexec.abc .cache JNA run dev memfd:x',
  'nebmodAbCd12 tmpmap-0a1b2c3d anonmap.AbCd12 .894189a34e08df87-0.node lib7942230164883463296.so tcl_AbCd12',
  'eln-cache a.eln jffi12.so _ruby_mjit_p1u2.so a-libasyncProfiler.so.tmp kernel32.dll libexec sbin b.ttf',
].join(' ')
const ENDINGS = ['', '.so', '.so.1', '.so.1secret', '.tmp', '.so.cache', ' (deleted)', '.so.']
const somePath = fc
  .tuple(
    fc.array(fc.constantFrom(...WORDS.split(' ').concat('local', 'var', 'opt', '#12', 'a b')), {
      minLength: 1,
      maxLength: 5,
    }),
    fc.constantFrom(...ENDINGS),
  )
  .map(([parts, ending]) => `/${parts.join('/')}${ending}`)

function isByPermission(path: string, kind: ReturnType<typeof classify>): boolean {
  const mapping = { address: '', device: '', inode: '', path, kind: kind ?? 'temporary' }
  return isCodeByPermission(mapping, null)
}

test('a path keeps the kind of its file, and two paths stay two', () => {
  fc.assert(
    fc.property(somePath, somePath, fc.boolean(), (a, b, isExecutable) => {
      const { bytePath } = opened()
      const [kind, before] = [classify(bytePath(a), isExecutable), classify(a, isExecutable)]
      assert.equal(kind, before)
      assert.equal(isByPermission(bytePath(a), kind), isByPermission(a, before))
      assert.equal(bytePath(a) === bytePath(b), a === b)
    }),
    { numRuns: 3000 },
  )
})

test('a control group keeps its owner', () => {
  const some = fc.constantFrom(
    ...'zoe-a.service app-gnome-secret-1.scope secret@autostart.service dbus.service'.split(' '),
    ...'machine-secret.scope docker-0123456789ab.scope session-c2.scope run-u7.scope'.split(' '),
    ...'libpod-conmon-0123456789ab.scope systemd-nspawn@secret.service payload secret'.split(' '),
  )
  const above = fc.constantFrom(
    ...'/system.slice /user.slice/user-1000.slice/user@1000.service/app.slice /machine.slice'.split(
      ' ',
    ),
    ...'/user.slice/user-1000.slice /lxc.payload.secret /kubepods.slice/secret.slice'.split(' '),
  )
  fc.assert(
    fc.property(above, fc.array(some, { minLength: 1, maxLength: 3 }), (first, rest) => {
      const path = [first, ...rest].join('/')
      const { kind, uid, container } = ownerOf(path)
      const renamed = ownerOf(opened().name(path))
      assert.deepEqual(
        [renamed.kind, renamed.uid, renamed.container?.runtime],
        [kind, uid, container?.runtime],
      )
    }),
  )
})

test('a document keeps what systemd chose, and the keys that a replay makes', () => {
  const document = {
    version: '0.1.0',
    config: {
      ignore: { users: [{ glob: 'linux', reason: 'secret' }] },
      sensitive: [{ of: 'user' }],
    },
    answers: [
      ['machine.isLingering', 'linux', true],
      ['machine.userNames', '', [[1002, 'linux']]],
      ['controlGroups.processes', '/secret/nginx', [7]],
      ['holdings.of', '/secret/nginx', { holders: [{ pid: 7, mounts: ['/srv/secret'] }] }],
      ['members.workers', '/secret/nginx 7', [{ pid: 8, comm: 'secret', exe: '/opt/secret' }]],
      ['files.lookAt', '7 /srv/secret', { now: 'replaced' }],
      ['packages.ownersOf', '/usr/lib/x.so', 'my-package'],
      ['systemctl.show', 'secret.service', { facts: { Id: 'secret.service', Type: 'notify' } }],
      ['running.process', '7', { comm: 'nginx', exe: '/usr/bin/nginx', cgroup: '0::/secret\n' }],
      ['running.process', '8', null],
    ],
  }
  assert.deepEqual(anonymized(document, opened()), {
    version: '0.1.0',
    config: {
      ignore: { users: [{ glob: 'user1002', reason: 'word1' }] },
      sensitive: [{ of: 'user' }],
    },
    answers: [
      ['machine.isLingering', 'user1002', true],
      ['machine.userNames', '', [[1002, 'user1002']]],
      ['controlGroups.processes', '/word1/nginx', [7]],
      ['holdings.of', '/word1/nginx', { holders: [{ pid: 7, mounts: ['/srv/word1'] }] }],
      ['members.workers', '/word1/nginx 7', [{ pid: 8, comm: 'word1', exe: '/opt/word1' }]],
      ['files.lookAt', '7 /srv/word1', { now: 'replaced' }],
      ['packages.ownersOf', '/usr/lib/x.so', 'my-package'],
      ['systemctl.show', 'word1.service', { facts: { Id: 'word1.service', Type: 'notify' } }],
      ['running.process', '7', { comm: 'nginx', exe: '/usr/bin/nginx', cgroup: '0::/word1\n' }],
      ['running.process', '8', null],
    ],
  })
})

test('what systemd alone chooses of a unit stays, as a replay must read it', () => {
  const anonymizer = openAnonymizer({ people: [], hostname: null }, new Set())
  const known = facts({ Id: 'a.service', Names: 'a.service', ActiveState: 'active' })
  const isRead = (name: string, value: string) =>
    isAnswerAbout('a.service', { ...known, [name]: value })
  const chosen = ['Id', 'Names', 'User', 'ControlGroup', 'StandardInput']
  // No text of a person has the form of these: 'word1.service' has that of a list of units.
  const closed = UNIT_PROPERTIES.filter(
    (name) => !chosen.includes(name) && !isRead(name, 'word1.service 1'),
  ).filter((name) => !isRead(name, 'word1.service'))
  assert.ok(closed.includes('NotifyAccess') && closed.includes('KillMode'))
  const all = Object.fromEntries(closed.map((name) => [name, 'frosty']))
  assert.deepEqual(anonymized(all, anonymizer), all)
})

test('the console of a unit stays, and any other terminal does not', () => {
  const anonymizer = openAnonymizer({ people: [], hostname: null }, new Set())
  const told = (TTYPath: string) => anonymized({ TTYPath }, anonymizer)
  assert.deepEqual(told('/dev/tty12'), { TTYPath: '/dev/tty12' })
  assert.deepEqual(told('/dev/frosty'), { TTYPath: '/dev/word1' })
})
