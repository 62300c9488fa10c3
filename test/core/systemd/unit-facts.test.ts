import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UnitFacts } from '../../../src/core/systemd/unit-facts.ts'
import {
  isAnswerAbout,
  parsePrograms,
  parseUnitFacts,
} from '../../../src/core/systemd/unit-facts.ts'

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
  ['a user by name', { User: 'systemd-network' }, true],
  ['a user by number', { User: '1001' }, true],
  ['a user of a directory service', { User: 'zoe müller@example.org' }, true],
  ['a user that is a line of passwd', { User: 'root:x:0' }, false],
  ['a way of notification that systemd does not have', { NotifyAccess: 'everybody' }, false],
  ['who may notify', { NotifyAccess: 'main' }, true],
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

test('parseUnitFacts() takes what is no property for an answer about no unit', () => {
  const [facts, ...more] = parseUnitFacts('Ida.service\nLoadState\n\nId=b.service\n')
  assert.deepEqual([facts?.Id, facts?.LoadState, more.length], ['', '', 1])
})
