import assert from 'node:assert/strict'
import { test } from 'node:test'
import { markPlanOf } from '../../../src/core/act/marks.ts'
import { exitStatusOfLeft, newlyFailed } from '../../../src/core/act/outcome.ts'
import { printableText } from '../../../src/core/printable.ts'
import { left, planWith, planned } from '../../support/act.ts'

test('only what is safe is marked, and what costs something is left', () => {
  const units = [planned('a'), planned('b', { isSafe: false }), planned('c')]
  const plan = markPlanOf(planWith({ units, left: [left('d', 'renewed')], isNamed: true }))
  assert.deepEqual(plan.units, ['a.service', 'c.service'])
  assert.deepEqual(
    plan.left.map(({ unit, code }) => `${unit} ${code}`),
    ['d.service renewed', 'b.service costs'],
  )
  assert.equal(plan.isManagerOld, false)
})

test('what was named and left alone is unfinished, and what was excepted is not', () => {
  const status = (isNamed: boolean, code: Parameters<typeof left>[1]) =>
    exitStatusOfLeft(planWith({ isNamed, left: [left('a', code)] }))
  assert.deepEqual([status(false, 'costs'), status(true, 'costs')], [0, 4])
  assert.deepEqual([status(false, 'renewed'), status(true, 'renewed')], [4, 4])
  assert.deepEqual([status(false, 'excepted'), status(true, 'excepted')], [0, 0])
  assert.equal(exitStatusOfLeft(planWith({ isNamed: true })), 0)
})

test('a unit has failed meanwhile that is of no plan, of no user, and had not failed before', () => {
  const of = (...names: readonly string[]) => names.map((name) => printableText(`${name}.service`))
  const plan = planWith({ units: [planned('a')] })
  const after = of('a', 'b', 'c', 'user@1000', 'user-runtime-dir@1000', 'userdb')
  assert.deepEqual(newlyFailed(of('b'), after, plan), of('c', 'userdb'))
  assert.deepEqual(newlyFailed(null, after, plan), [])
  assert.deepEqual(newlyFailed(of('b'), null, plan), [])
})
