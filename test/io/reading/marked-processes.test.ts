import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Inspection } from '../../../src/core/proc/process.ts'
import { MarkedProcesses, PATH_CHARACTERS } from '../../../src/io/reading/marked-processes.ts'

type MarkedProcess = Extract<Inspection, { kind: 'marked' }>

const MAPPINGS = 128
const COUNT = 60
/** Sixteen processes fill the room. */
const LENGTH = PATH_CHARACTERS.ofSystem / 16 / MAPPINGS

function processOf(pid: number): MarkedProcess {
  const path = `/${pid}`.padEnd(LENGTH, 'x')
  const kind = 'executable' as const
  const mapping = { address: '1-2', device: 'fe:00', inode: '1', path, kind }
  return {
    kind: 'marked',
    facts: {
      pid,
      uid: 0,
      comm: '',
      startTicks: null,
      cgroup: { text: '', path: null },
      exe: null,
      mountNamespace: null,
      pidNamespace: null,
      utsNamespace: null,
      rootDirectory: null,
      mounts: null,
      inodes: new Map(),
    },
    mappings: Array.from({ length: MAPPINGS }, () => mapping),
    dropped: 0,
    isCut: false,
  }
}

function keptOf(places: readonly number[]): readonly (readonly [number, number, number])[] {
  const marked = new MarkedProcesses(() => 'system')
  for (const at of places) marked.add(at, processOf(at))
  const rows = [...marked.all()].map(
    ([at, { mappings, dropped }]) => [at, mappings.length, dropped] as const,
  )
  return rows.toSorted(([a], [b]) => a - b)
}

test('which processes keep their files depends on their place and not on when they came', () => {
  const places = Array.from({ length: COUNT }, (_, at) => at)
  const inOrder = keptOf(places)
  assert.deepEqual(
    inOrder.map(([, kept, dropped]) => [kept, dropped]),
    places.map((at) => (at < 16 ? [MAPPINGS, 0] : [1, MAPPINGS - 1])),
  )
  assert.deepEqual(keptOf(places.toReversed()), inOrder)
  assert.deepEqual(keptOf(places.toSorted((a, b) => (a % 7) - (b % 7) || a - b)), inOrder)
})

test('what can no longer count is let go while others are read', async () => {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  assert.ok(typeof collect === 'function')
  const marked = new MarkedProcesses(() => 'system')
  /** Adds a process with two files, and returns its second one without holding it. */
  const add = (at: number) => {
    const mappings = processOf(at)
      .mappings.slice(0, 2)
      .map((mapping) => ({ ...mapping }))
    const [first, last] = mappings
    assert.ok(first !== undefined && last !== undefined)
    const path = 'x'.repeat(PATH_CHARACTERS.ofSystem)
    marked.add(at, { ...processOf(at), mappings: [{ ...first, path }, last] })
    return new WeakRef(last)
  }
  const files = [0, 1, 2].map(add)
  await setImmediate()
  collect()
  assert.deepEqual(
    files.map((file) => file.deref() !== undefined),
    [true, false, false],
  )
  assert.equal(marked.all().size, 3)
})

test('what one user spends is not missing for another one, nor for the system', () => {
  const [mallory, zoe] = [1000, 1001]
  const marked = new MarkedProcesses(({ facts }) => (facts.uid === 0 ? 'system' : (facts.uid ?? 0)))
  const of = (at: number, uid: number) => {
    const process = processOf(at)
    marked.add(at, { ...process, facts: { ...process.facts, uid } })
  }
  for (let at = 0; at < COUNT; at += 1) of(at, mallory)
  for (const at of [60, 61, 62]) of(at, zoe)
  for (let at = 63; at < 63 + 17; at += 1) of(at, 0)
  const kept = [...marked.all()].toSorted(([a], [b]) => a - b).map(([, { mappings }]) => mappings)
  const whole = kept.flatMap((mappings, at) => (mappings.length === MAPPINGS ? [at] : []))
  const placesFrom = (first: number, count: number) =>
    Array.from({ length: count }, (_, at) => first + at)
  assert.deepEqual(whole, [...placesFrom(0, 8), ...placesFrom(60, 3), ...placesFrom(63, 16)])
})
