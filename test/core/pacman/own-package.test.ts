import assert from 'node:assert/strict'
import { test } from 'node:test'
import interpreters from '../../../share/interpreters.json' with { type: 'json' }
import { withUpgraded } from '../../../src/core/advice/groups.ts'
import { isInterpreter, ownPackageOf } from '../../../src/core/pacman/own-package.ts'
import type { PackageChange } from '../../../src/core/pacman/package-change.ts'
import { printed } from '../../support/printed.ts'
import { staleProcess } from '../../support/knowledge.ts'

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

test('a row of interpreters has names, and beginnings of names with one star behind', () => {
  for (const { programs, reason, source } of interpreters) {
    assert.ok(reason !== '' && source !== '')
    for (const program of programs) assert.match(program, /^[\w.-]+\*?$/)
  }
})

const AT = '2026-11-23T07:00:00.000Z'
const CHANGE = printed<PackageChange>({
  name: 'a',
  from: '1-1',
  to: '2-1',
  change: 'upgraded',
  at: AT,
})

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
  const process = (pid: number) => staleProcess('/system.slice/a.service', { pid })
  const ownPackage = { change: CHANGE, isNew: true }
  const upgraded = (pid: number) => ({ ...process(pid), ownPackage })
  const file = { path: '/usr/lib/libc.so.6', kind: 'library', state: 'replaced' } as const
  const stale = staleProcess('/system.slice/a.service', { pid: 2, files: [file] })
  assert.deepEqual(withUpgraded([process(1), stale], [upgraded(2), upgraded(3)]), [
    process(1),
    { ...stale, ownPackage },
    upgraded(3),
  ])
})
