import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePasswd } from '../../src/core/machine/passwd.ts'
import { parseBootSeconds, parseStat, terminalName } from '../../src/core/proc/stat.ts'
import type { UnitFacts } from '../../src/core/systemd/unit-facts.ts'
import { isAnswerAbout, parsePrograms, parseUnitFacts } from '../../src/core/systemd/unit-facts.ts'

const TAIL = 'S 7 812 812 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 115517 9 10\n'

for (const comm of ['sshd', 'a) S 1 1 1', '(sd-pam)', 'a b', 'a\nb', '', ')', '((']) {
  test(`parseStat() counts the fields behind the last parenthesis of (${JSON.stringify(comm)})`, () => {
    const stat = parseStat(`812 (${comm}) ${TAIL}`)
    assert.deepEqual(stat, {
      comm,
      ppid: 7,
      terminal: 0,
      isKernelThread: false,
      threads: 1,
      startTicks: 115517,
    })
  })
}

test('parseStat() knows a kernel thread by its flag', () => {
  assert.equal(
    parseStat(`2 (kthreadd) ${TAIL.replace('4194560', '2129984')}`)?.isKernelThread,
    true,
  )
})

test('parseStat() reads nothing from another text', () => {
  for (const text of ['', '12', '1 (a', 'x (a) S', '1 (a) S 1 2 3'])
    assert.equal(parseStat(text), null)
})

test('terminalName() names what somebody works at (devices.txt)', () => {
  const names: readonly (readonly [device: number, name: string | null])[] = [
    [0, null],
    [0x8800, 'pts/0'],
    [0x8803, 'pts/3'],
    [0x8901, 'pts/257'],
    [0x401, 'tty1'],
    [0x440, 'ttyS0'],
    [0x501, null],
  ]
  for (const [device, name] of names) assert.equal(terminalName(device), name)
})

test('parseBootSeconds() reads btime', () => {
  assert.equal(parseBootSeconds('cpu 1\nbtime 1790000000\nprocesses 3\n'), 1790000000)
  assert.equal(parseBootSeconds('cpu 1\n'), null)
})

test('parsePasswd() takes the first name of an id', () => {
  const names = parsePasswd(
    'root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/:/bin/sh\nzoe:x:1000:1000:Zoe:/home/zoe:/bin/sh\nbad\n:x:5\n',
  )
  assert.deepEqual(
    [...names],
    [
      [0, 'root'],
      [1000, 'zoe'],
    ],
  )
})

test('parseUnitFacts() reads one record a unit, in order, empty values too', () => {
  const facts = parseUnitFacts(
    'Id=a.service\nType=notify\nTriggeredBy=\n\nKillMode=process\nId=b.service\n',
  )
  assert.deepEqual(
    facts.map(({ Id, Type, KillMode }) => [Id, Type, KillMode]),
    [
      ['a.service', 'notify', ''],
      ['b.service', '', 'process'],
    ],
  )
})

test('parseUnitFacts() lets no later line change what was said', () => {
  const [facts] = parseUnitFacts(
    'Id=a.service\nLoadState=loaded\nLoadState=masked\nEnvironmentFiles=/a\nEnvironmentFiles=/b\n',
  )
  assert.deepEqual([facts?.LoadState, facts?.EnvironmentFiles], ['loaded', '/a\n/b'])
})

test('parsePrograms() takes the programs of a start, whatever their arguments hold', () => {
  const line = (path: string, ignore: string) =>
    `ExecStart={ path=${path} ; argv[]=${path} x\n\nId=b.service ; ignore_errors=${ignore} ; start_time=[n/a] }`
  const told = [
    'ExecStartPre={ path=/bin/true ; argv[]=/bin/true ; ignore_errors=yes ; }',
    line('/srv/a b', 'no'),
    'Id=a.service',
    'Names=a.service alias.service',
  ].join('\n')
  assert.deepEqual(parsePrograms(told, 'a.service'), ['/srv/a b'])
  assert.deepEqual(parsePrograms(told, 'alias.service'), ['/srv/a b'])
  assert.deepEqual(parsePrograms(told, 'sshd.service'), [])
})

test('parseUnitFacts() keeps "=" in a value and reads nothing from nothing', () => {
  assert.equal(parseUnitFacts('Id=a=b.service\n')[0]?.Id, 'a=b.service')
  assert.deepEqual(parseUnitFacts('\n'), [])
})

const FACTS = parseUnitFacts(
  'Id=a.service\nNames=a.service b.service\nLoadState=loaded\nActiveState=active\n',
)[0]

/** What may be said of a.service, and whether it is an answer. */
const ANSWERS: readonly (readonly [what: string, some: Partial<UnitFacts>, isOne: boolean])[] = [
  ['itself', {}, true],
  ['an alias answers', { Id: 'other.service', Names: 'other.service a.service' }, true],
  ['another unit', { Id: 'sshd.service', Names: 'sshd.service' }, false],
  ['no name at all', { Id: '', Names: '' }, false],
  ['half of one', { LoadState: '' }, false],
  ['a state of no systemd', { LoadState: '\x1b[2A\x1b[2K' }, false],
  ['an action of no systemd', { SuccessAction: 'reboot; id' }, false],
  ['a time with text behind it', { StartLimitIntervalUSec: '10s\u202e' }, false],
  ['a time', { StartLimitIntervalUSec: '1min 30s' }, true],
  ['units that cannot be units', { TriggeredBy: 'a.timer $(id).timer' }, false],
  ['a unit that is quoted', { WantedBy: '"dev-disk\\\\x2da.device" multi-user.target' }, true],
  ['a process id with a blank', { MainPID: '1 2' }, false],
  ['any path', { WorkingDirectory: '/srv/\x1b[31m' }, true],
  ['a group that is no path', { ControlGroup: 'system.slice' }, false],
  ['nothing for the rest', { KillMode: '', Type: '', Job: '' }, true],
]

for (const [what, some, isOne] of ANSWERS)
  test(`isAnswerAbout() says ${isOne} to ${what}`, () => {
    assert.ok(FACTS !== undefined)
    assert.equal(isAnswerAbout('a.service', { ...FACTS, ...some }), isOne)
  })
