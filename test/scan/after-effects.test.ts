import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ScanOptions } from '../../src/core/options.ts'
import type { ServiceStates } from '../../src/core/report/after-effects.ts'
import type { World } from '../../src/io/world.ts'
import { findAfterEffects } from '../../src/scan/after-effects.ts'
import { noted, optionsOf, worldOf } from '../support/world.ts'
import { printed } from '../support/printed.ts'
import type { UnitState } from '../../src/core/systemd/unit-states.ts'

const START = 1_790_000_100
const FAILED = printed<ServiceStates>({
  at: START + 60,
  units: [
    { unit: 'a.service', isFailed: true, result: 'exit-code', busName: '', since: START + 1 },
  ],
  busNames: null,
  isBusSilent: false,
})

/** A machine whose last transaction began then; `start`: `null` where none is known. */
function machineOf(states: ServiceStates | null, start: number | null, haveChanged: boolean) {
  const asked = noted(async () => states)
  const since = noted<[number], boolean>(() => haveChanged)
  const recorded = worldOf({ processes: {} })
  const world: World = {
    ...recorded,
    packages: { ...recorded.packages, transactionStart: async () => start },
    services: { haveChangedSince: since.port, states: asked.port },
  }
  return { world, asked: asked.asked, since: since.asked }
}

const HOOK = { hook: true } as const
const ASKED: readonly (readonly [
  fact: string,
  options: Partial<ScanOptions>,
  start: number | null,
  haveChanged: boolean,
  isAsked: boolean,
])[] = [
  ['by hand', {}, START, false, true],
  ['by hand without a transaction', {}, null, false, true],
  ['in a hook where a unit changed', HOOK, START, true, true],
  ['in a hook where no unit changed', HOOK, START, false, false],
  ['in a hook without a transaction', HOOK, null, true, false],
  ['of the system', { side: 'system' }, START, true, true],
  ['of the user', { side: 'user' }, START, true, false],
  ['for names', { format: 'names' }, START, true, false],
  ['for JSON', { format: 'json' }, START, true, true],
]
for (const [fact, options, start, haveChanged, isAsked] of ASKED)
  test(`systemd is ${isAsked ? '' : 'not '}asked ${fact}`, async () => {
    const { world, asked } = machineOf(FAILED, start, haveChanged)
    const { value, limits } = await findAfterEffects(world, optionsOf(options))
    assert.equal(asked.length, isAsked ? 1 : 0)
    const found = isAsked && start !== null
    assert.deepEqual(
      value,
      found ? [{ code: 'failed', unit: 'a.service', result: 'exit-code' }] : [],
    )
    assert.deepEqual(limits, [])
  })

test('a unit counts from the begin of the transaction on', async () => {
  const { world, since } = machineOf(FAILED, START, true)
  await findAfterEffects(world, optionsOf(HOOK))
  assert.deepEqual(since, [[START]])
})

test('where no system runs, nothing is asked', async () => {
  const { world } = machineOf(FAILED, START, true)
  const stage = await findAfterEffects({ ...world, services: null }, optionsOf())
  assert.deepEqual(stage, { value: [], limits: [] })
})

test('a systemd or a bus that gave no answer is said', async () => {
  const unknown = [{ code: 'after-effects-unknown', count: 1 }]
  const silent = await findAfterEffects(machineOf(null, START, true).world, optionsOf())
  assert.deepEqual(silent, { value: [], limits: unknown })
  const { world } = machineOf({ ...FAILED, isBusSilent: true }, START, true)
  const half = await findAfterEffects(world, optionsOf())
  assert.deepEqual([half.value.length, half.limits], [1, unknown])
})

test('a hook leaves out the names that may have been lost before', async () => {
  const unit = printed<UnitState>({
    unit: 'b.service',
    isFailed: false,
    result: 'success',
    busName: 'org.b',
    since: START - 60,
  })
  const states = { ...FAILED, units: [unit], busNames: [] }
  for (const hook of [false, true]) {
    const { world } = machineOf(states, START, true)
    const { value } = await findAfterEffects(world, optionsOf({ hook }))
    assert.equal(value.length, hook ? 0 : 1)
  }
})
