import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withUpgraded } from '../../../src/core/advice/groups.ts'
import {
  isInterpreter,
  ownPackageOf,
  programsIn,
  vendorFilesOf,
} from '../../../src/core/pacman/own-package.ts'
import type { StaleProcess } from '../../../src/core/advice/stale-process.ts'
import type { PackageChange } from '../../../src/core/pacman/package-change.ts'

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

test('the programs of a unit file are those that a start runs, without what stands before them', () => {
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

test('an interpreter runs what belongs to somebody else', () => {
  for (const program of ['/usr/bin/python3.13', '/bin/sh', '/usr/lib/jvm/java-21/bin/java', 'env'])
    assert.equal(isInterpreter(program), true, program)
  for (const program of [
    '/usr/bin/agetty',
    '/usr/bin/sshd',
    '/usr/lib/python3/x',
    '/usr/bin/shadow',
  ])
    assert.equal(isInterpreter(program), false, program)
})

const AT = '2026-11-23T07:00:00.000Z'
const CHANGE: PackageChange = { name: 'a', from: '1-1', to: '2-1', change: 'upgraded', at: AT }

test('only another version that came certainly after the start counts', () => {
  const seconds = (before: number) => new Date(Date.parse(AT) - before * 1000)
  const said = (change: PackageChange['change'], before: number) =>
    ownPackageOf({ kind: 'changed', change: { ...CHANGE, change }, isNew: true }, seconds(before))
  assert.deepEqual(said('upgraded', 60), { change: CHANGE, isNew: true })
  assert.equal(said('downgraded', 60)?.change.change, 'downgraded')
  assert.equal(said('reinstalled', 60), null)
  assert.equal(said('removed', 60), null)
  assert.equal(said('upgraded', 2), null)
  assert.equal(said('upgraded', -60), null)
  assert.equal(ownPackageOf({ kind: 'unknown' }, seconds(60)), null)
})

test('a process that is stale for both reasons is one', () => {
  const process = (pid: number): StaleProcess => ({
    pid,
    comm: 'a',
    startTicks: 1,
    cgroup: { text: '', path: null },
    owner: { kind: 'service', name: 'a.service', unit: 'a.service', uid: null, container: null },
    files: [],
    unlinked: [],
    isForeign: false,
  })
  const ownPackage = { change: CHANGE, isNew: true }
  const upgraded = (pid: number) => ({ ...process(pid), ownPackage })
  const file = { path: '/usr/lib/libc.so.6', kind: 'library', state: 'replaced' } as const
  const stale = { ...process(2), files: [file] }
  assert.deepEqual(withUpgraded([process(1), stale], [upgraded(2), upgraded(3)]), [
    process(1),
    { ...stale, ownPackage },
    upgraded(3),
  ])
})
