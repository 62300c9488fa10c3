import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StaleProcess } from '../../../src/core/advice/stale-process.ts'
import { ownerOf } from '../../../src/core/owner/owner.ts'
import { copiesOf } from '../../../src/core/report/stale-copies.ts'
import { staleProcess } from '../../support/knowledge.ts'

const BOOT = 1_790_000_000
const LIBRARY = '/usr/lib/libz.so.1'
const SERVICE = ownerOf('/system.slice/a.service')
const GUEST = ownerOf('/machine.slice/web.scope/payload')

const FILES: StaleProcess['files'] = [{ path: LIBRARY, kind: 'library', state: 'replaced' }]

function process(pid: number, startTicks: number, some: Partial<StaleProcess> = {}): StaleProcess {
  const stale = { pid, startTicks, files: FILES, unlinked: [null] }
  return staleProcess('/system.slice/a.service', { ...stale, ...some })
}

const startsOf = (processes: readonly StaleProcess[], owner = SERVICE) =>
  copiesOf({ processes, owner }, BOOT).map(({ startedAt }) => Number(startedAt) / 1000 - BOOT)

test('of several processes with one file, the oldest tells when it was mapped', () => {
  assert.deepEqual(startsOf([process(4, 300), process(5, 200), process(6, 400)]), [2])
})

test('the files of a container are not those of the machine, but its supervisor has them', () => {
  assert.equal(GUEST.kind, 'container')
  assert.deepEqual(startsOf([process(4, 300)], GUEST), [])
  assert.deepEqual(startsOf([process(4, 300)], { ...GUEST, isSupervisor: true }), [3])
  assert.deepEqual(startsOf([process(4, 100, { isForeign: true }), process(5, 200)]), [2])
})

test('a file that the machine has at the same path is its own, in a container too', () => {
  const files = FILES.map((file) => ({ ...file, isOfMachine: true as const }))
  assert.deepEqual(startsOf([process(4, 300, { files, isForeign: true })]), [3])
  assert.deepEqual(startsOf([process(4, 300, { files, isForeign: true })], GUEST), [3])
})

test('a file that the machine has at another path has that path, whatever the process sees', () => {
  const path = `/run/host${LIBRARY}`
  const files = [
    { path, machinePath: LIBRARY, kind: 'library', state: 'replaced' },
    { path: '/app/lib/a.so', kind: 'library', state: 'unknown' },
  ] as const
  const pathsOf = (isForeign: boolean) =>
    copiesOf(
      {
        processes: [process(4, 300, { files, unlinked: [null, null], isForeign })],
        owner: SERVICE,
      },
      BOOT,
    ).map((copy) => copy.path)
  assert.deepEqual(pathsOf(true), [LIBRARY])
  assert.deepEqual(pathsOf(false), [LIBRARY, '/app/lib/a.so'])
})

test('a file cannot have lost its name before the boot: such a time is not known', () => {
  const times = (at: number) =>
    copiesOf(
      { processes: [process(4, 300, { unlinked: [{ at, replacedAt: at }] })], owner: SERVICE },
      BOOT,
    ).map(({ unlinkedAt, replacedAt }) => [unlinkedAt, replacedAt])
  assert.deepEqual(times((BOOT - 1) * 1000), [[null, null]])
  const later = new Date((BOOT + 1) * 1000)
  assert.deepEqual(times(Number(later)), [[later, later]])
})
