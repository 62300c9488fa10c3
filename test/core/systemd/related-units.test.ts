import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filesNeeded } from '../../../src/core/systemd/related-units.ts'
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
