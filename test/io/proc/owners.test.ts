import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openOwners } from '../../../src/io/proc/owners.ts'
import { openProc } from '../../../src/io/proc/proc.ts'
import { makeTree, procTree } from '../../support/tree.ts'
import type { RecordedProcess } from '../../support/tree.ts'

const inService = (apart: NonNullable<RecordedProcess['apart']>): RecordedProcess => ({
  maps: [],
  cgroup: '/system.slice/a.service',
  apart,
})

/** A service and a container in one control group, which differ from PID 1 in all but one thing. */
const PAIRS = {
  'the name of the host': { root: 'r', mnt: '2', pid: '2' },
  'the process ids': { root: 'r', mnt: '2', uts: '2' },
  'the mounts': { root: 'r', uts: '2', pid: '2' },
  'the root directory': { mnt: '2', uts: '2', pid: '2' },
} as const
for (const [what, apart] of Object.entries(PAIRS))
  test(`processes of one group are told apart by ${what}`, () => {
    const guest = { root: 'r', mnt: '2', pid: '2', uts: '2' }
    const directory = makeTree(procTree({ 4: inService(apart), 5: inService(guest) }))
    const owners = openOwners(openProc(directory))
    const kinds = [4, 5, 4].map((pid) => owners.ofPid(pid)?.kind)
    assert.deepEqual(kinds, ['service', 'container', 'service'])
  })

test('processes of one tree are told apart by their control groups', () => {
  const other = { maps: [], cgroup: '/system.slice/b.service' }
  const directory = makeTree(procTree({ 4: inService({}), 5: other }))
  const owners = openOwners(openProc(directory))
  assert.deepEqual(
    [4, 5, 6].map((pid) => owners.ofPid(pid)?.unit),
    ['a.service', 'b.service', undefined],
  )
})
