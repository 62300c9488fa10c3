import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  argumentsIn,
  busNamesIn,
  pathConditionsIn,
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

const COMMANDS: readonly (readonly [command: string, files: readonly string[]])[] = [
  ['/usr/bin/timeout 5 /usr/bin/toyd', ['/usr/bin/5', '/usr/bin/toyd']],
  ['-/usr/bin/flock -n /run/lock /usr/lib/toyd/run.sh', ['/usr/lib/toyd/run.sh']],
  ["/bin/sh -c 'exec /usr/bin/toyd --config=/etc/toyd.conf'", ['/usr/bin/exec', '/usr/bin/toyd']],
  ['/usr/bin/env A=1 --x=/opt/toyd/bin/toyd', ['/usr/bin/A', '/usr/bin/1', '/opt/toyd/bin/toyd']],
  ['/usr/bin/sudo \\\n  -u nobody \\\r\n toyd', ['/usr/bin/nobody', '/usr/bin/toyd']],
  ['timeout toyd', ['/usr/bin/timeout', '/usr/bin/toyd']],
  [`-/sbin/agetty -o '-- \\\\u' --noreset --noclear - $TERM`, []],
  ['/usr/bin/a /usr/share/%i.js /usr/share/${B} /usr/share/*.js /proc/1/exe /var/lib/x', []],
  ['/usr/bin/a ; /usr/bin/b', ['/usr/bin/b']],
  ['', []],
]
for (const [command, files] of COMMANDS)
  test(`the files that ${JSON.stringify(command)} may name`, () => {
    assert.deepEqual(argumentsIn(`[Service]\nExecStart=${command}\nUser=zoe\n`), files)
  })

test('only commands of a start name files, and not too many', () => {
  assert.deepEqual(argumentsIn('ExecStop=/bin/a /usr/bin/b\n#ExecStart=/bin/a b\n'), [])
  const many = Array.from({ length: 100 }, (_, at) => `a${at}`).join(' ')
  assert.equal(argumentsIn(`ExecStart=/bin/a ${many}\n`).length, 64)
})

test('the bus names of a unit file', () => {
  const text =
    '[Service]\nBusName=org.a.B\n  BusName = org.c.%i \n#BusName=no\nExecStart=x BusName=no\n'
  assert.deepEqual(busNamesIn(text), ['org.a.B', 'org.c.%i'])
  assert.deepEqual(busNamesIn('BusName=\n[Unit]\n'), [])
})

const CONDITIONS: readonly (readonly [lines: readonly string[], conditions: readonly string[]])[] =
  [
    [['ConditionPathExists=/etc/a'], ['/etc/a']],
    [['AssertPathExists = /etc/a b '], ['/etc/a b']],
    [
      ['ConditionPathExists=!/etc/off', 'ConditionPathExists=! /etc/off2'],
      ['!/etc/off', '!/etc/off2'],
    ],
    [
      ['ConditionFileNotEmpty=/etc/a', 'ConditionPathIsDirectory=/srv'],
      ['/etc/a', '/srv'],
    ],
    // One of several is enough, or the value is systemd's.
    [['ConditionPathExists=|/etc/a', 'ConditionPathExists=|!/etc/a'], []],
    [['ConditionPathExists=/etc/%i', 'ConditionPathExists=%t/a'], []],
    // Something may be there.
    [['ConditionFileNotEmpty=!/etc/a', 'ConditionPathIsDirectory=!/srv'], []],
    [['ConditionPathExists=!/run/a.pid', 'ConditionPathExists=/run/a'], ['/run/a']],
    [['ConditionPathExistsGlob=/etc/a*', 'ConditionACPower=true', '#ConditionPathExists=/a'], []],
    // An empty one takes back all of its group.
    [['ConditionPathExists=/a', 'ConditionACPower=', 'AssertPathExists=/b'], ['/b']],
    [['AssertPathExists=/b', 'AssertPathExists=', 'ConditionPathExists=/a'], ['/a']],
    [[';ConditionPathExists=/a', '[ConditionPathExists=/b'], []],
  ]
for (const [lines, expected] of CONDITIONS)
  test(`a unit file with ${lines.join(', ')} depends on ${expected.join(', ') || 'no path'}`, () => {
    const told = pathConditionsIn([`[Unit]\n${lines[0]}\n`, lines.slice(1).join('\n')])
    assert.deepEqual(
      told.map(({ path, isNegated }) => `${isNegated ? '!' : ''}${path}`),
      expected,
    )
  })

test('a line behind a backslash belongs to the value before, for each reader', () => {
  const other = [
    'Description=x \\',
    'ConditionPathExists=/d',
    'Description=y \\\r',
    '# ConditionPathExists=/e \\',
    '; a comment',
    '  ExecStart=/usr/bin/no no',
    'Environment=A=\\',
    'BusName=org.a.No',
  ].join('\n')
  assert.deepEqual(pathConditionsIn([other]), [])
  assert.deepEqual(programsIn(other), [])
  assert.deepEqual(argumentsIn(other), [])
  assert.deepEqual(busNamesIn(other), [])
  const own =
    'ConditionPathExists= \\\n#no\n /a\nExecStart=\\\n/usr/bin/a \\\n;no\n\\\n b\nBusName=\\\n org.a'
  assert.deepEqual(pathConditionsIn([own]), [{ path: '/a', isNegated: false }])
  assert.deepEqual(programsIn(own), ['/usr/bin/a'])
  assert.deepEqual(argumentsIn(own), ['/usr/bin/b'])
  assert.deepEqual(busNamesIn(own), ['org.a'])
  // A backslash that is escaped, one before a blank, and an empty line end the value.
  for (const end of ['\\\\', '\\ ', '\\\n'])
    assert.deepEqual(programsIn(`Description=x${end}\nExecStart=/usr/bin/a`), ['/usr/bin/a'])
  assert.deepEqual(programsIn('ExecStart=/usr/bin/a \\'), ['/usr/bin/a'])
})
