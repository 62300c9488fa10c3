import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  busNamesIn,
  programsIn,
  unitFileNames,
  vendorFilesOf,
} from '../../../src/core/systemd/unit-file.ts'

test('the file of a unit has its name or that of its template, of any type', () => {
  const files: Readonly<Record<string, readonly string[]>> = {
    'a.service': ['a.service'],
    'a@b.socket': ['a@b.socket', 'a@.socket'],
    'a@b.c@d.service': ['a@b.c@d.service', 'a@.service'],
    'no unit': ['no unit'],
    '': [''],
  }
  for (const [unit, expected] of Object.entries(files))
    assert.deepEqual(unitFileNames(unit), expected)
})

test('a unit has its own file or that of its template, of the manager that runs it', () => {
  const files: Readonly<Record<string, readonly string[]>> = {
    'a.service': ['/usr/lib/systemd/system/a.service'],
    'a@b.service': ['/usr/lib/systemd/system/a@b.service', '/usr/lib/systemd/system/a@.service'],
    'a@b@c.service': [
      '/usr/lib/systemd/system/a@b@c.service',
      '/usr/lib/systemd/system/a@.service',
    ],
  }
  for (const [unit, expected] of Object.entries(files))
    assert.deepEqual(vendorFilesOf(unit, 'system'), expected)
  assert.deepEqual(vendorFilesOf('a.service', 1000), ['/usr/lib/systemd/user/a.service'])
})

test('the programs of a unit file are those that a start runs, without their prefixes', () => {
  const text = [
    '[Service]',
    '# ExecStart=/usr/bin/comment',
    'ExecStartPre=/usr/bin/before',
    'ExecStart=-/usr/bin/one --flag',
    ' ExecStart = @!!/usr/bin/two two',
    'ExecStart="/usr/bin/three" -x',
    'ExecStart=',
    'ExecStart=relative',
    'ExecStop=/usr/bin/after',
  ].join('\n')
  assert.deepEqual(programsIn(text), ['/usr/bin/one', '/usr/bin/two', '/usr/bin/three'])
})

test('the bus names of a unit file', () => {
  const text =
    '[Service]\nBusName=org.a.B\n  BusName = org.c.%i \n#BusName=no\nExecStart=x BusName=no\n'
  assert.deepEqual(busNamesIn(text), ['org.a.B', 'org.c.%i'])
  assert.deepEqual(busNamesIn('BusName=\n[Unit]\n'), [])
})
