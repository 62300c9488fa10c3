import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filesNeeded, isStopped, unitFilesOf } from '../../../src/core/systemd/related-units.ts'
import { facts } from '../../support/knowledge.ts'

const ROWS: readonly (readonly [
  fact: string,
  some: Parameters<typeof facts>[0],
  files: readonly string[],
])[] = [
  ['nothing', {}, []],
  ['its directory', { WorkingDirectory: '/srv/a' }, ['/srv/a']],
  ['no directory that may be missing', { WorkingDirectory: '!/srv/a' }, []],
  ['no directory of its own tree', { WorkingDirectory: '/srv/a', RootDirectory: '/x' }, []],
  [
    'its environment',
    { EnvironmentFiles: '/etc/a (ignore_errors=no)\n/etc/b (ignore_errors=yes)' },
    ['/etc/a'],
  ],
  ['no pattern', { EnvironmentFiles: '/etc/a.d/*.conf (ignore_errors=no)' }, []],
  ['nothing in /tmp', { WorkingDirectory: '/tmp/a' }, []],
  ['not /tmp itself', { WorkingDirectory: '/tmp' }, []],
  ['nothing in /var/tmp', { WorkingDirectory: '/var/tmp/a' }, []],
  ['what only begins like /tmp', { WorkingDirectory: '/tmpfiles' }, ['/tmpfiles']],
]
for (const [fact, some, files] of ROWS)
  test(`a start needs ${fact}`, () => assert.deepEqual(filesNeeded(facts(some)), files))

const STOPPED = { ActiveState: 'inactive', InactiveExitTimestampMonotonic: '5' }
const STOPS: readonly (readonly [Parameters<typeof facts>[0], boolean])[] = [
  [STOPPED, true],
  [{ ...STOPPED, ActiveState: 'failed' }, true],
  [{ ...STOPPED, ActiveState: 'active' }, false],
  [{ ...STOPPED, InactiveExitTimestampMonotonic: '0' }, false],
  [{ ...STOPPED, InactiveExitTimestampMonotonic: '' }, false],
  [{ ...STOPPED, Type: 'oneshot' }, false],
  [{ ...STOPPED, LoadState: 'masked' }, false],
  [{ ...STOPPED, ConditionResult: 'no', ConditionTimestampMonotonic: '7' }, false],
  [{ ...STOPPED, ConditionResult: 'no', ConditionTimestampMonotonic: '0' }, true],
]
for (const [some, stopped] of STOPS)
  test(`${JSON.stringify(some)} is ${stopped ? '' : 'not '}a unit that a start brings back`, () =>
    assert.equal(isStopped(facts(some)), stopped))

test('a unit is made of its file and its drop-ins, where it has any', () => {
  const file = '/usr/lib/systemd/system/a.service'
  assert.deepEqual(unitFilesOf({ FragmentPath: '', DropInPaths: '' }), [])
  assert.deepEqual(unitFilesOf({ FragmentPath: file, DropInPaths: '/etc/a.conf /run/b.conf' }), [
    file,
    '/etc/a.conf',
    '/run/b.conf',
  ])
})

test('a drop-in whose path systemctl quotes is the file of that path', () => {
  const DropInPaths = '"/etc/systemd/system/a b.conf" "/etc/\\$c.conf" /run/\xc3\xa9.conf'
  assert.deepEqual(unitFilesOf({ FragmentPath: '', DropInPaths }), [
    '/etc/systemd/system/a b.conf',
    '/etc/$c.conf',
    '/run/\xc3\xa9.conf',
  ])
})
