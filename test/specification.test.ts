/**
 * The specification: 80 hard cases that other programs of this kind got wrong, or that their users
 * asked about, each with the verdict that a user may rely on, and with what shows it.
 *
 * mappings.ts     1 to 23   which mappings make a process stale processes.ts   24 to 35   which
 * processes are looked at owners.ts      36 to 64   what a process belongs to, and the step for it
 * transaction.ts 65 to 80   what happens around an upgrade, and what the program never does
 *
 * Every verdict is that of the bundled program (but for 25, which calls a port). "Not yet shown"
 * stands beside what a case asks for beyond its verdict and the program does not have yet.
 *
 * Tests of a booted machine are only named here: `npm run test:e2e` runs them. The title of a case
 * that has no other proof says so. Those of real processes run in cli/live.test.ts.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import './specification/mappings.ts'
import './specification/processes.ts'
import './specification/owners.ts'
import './specification/transaction.ts'
import { PROOFS, SPECIFIED } from './support/specification.ts'

/**
 * How many cases have a proof that `npm test` runs, how many of these have one of `test/e2e` beside
 * it that is only named, and how many have no other.
 */
const RUN = { here: 77, alsoNamed: 33, onlyNamed: 3 }

/**
 * By how many cases each way of showing a verdict is used, and for how many it is the strongest
 * one.
 */
const COUNTS = {
  tree: { uses: 33, strongest: 19 },
  recording: { uses: 41, strongest: 13 },
  live: { uses: 19, strongest: 12 },
  booted: { uses: 36, strongest: 36 },
}

test('each of the 80 cases is specified once, in their order', () => {
  const expected = Array.from({ length: 80 }, (_, index) => index + 1)
  assert.deepEqual(
    SPECIFIED.map(({ number }) => number),
    expected,
  )
})

test('the cases are shown in the ways that are counted above', () => {
  const counted = PROOFS.map((kind) => {
    const uses = SPECIFIED.filter(({ proofs }) => proofs.includes(kind)).length
    const strongest = SPECIFIED.filter(({ proofs }) => proofs.at(-1) === kind).length
    return [kind, { uses, strongest }] as const
  })
  assert.deepEqual(Object.fromEntries(counted), COUNTS)
})

test(`${RUN.here} cases are run here, ${RUN.alsoNamed} of them and ${RUN.onlyNamed} more are named: test:e2e runs them`, () => {
  const here = SPECIFIED.filter(({ isRun }) => isRun)
  const alsoNamed = here.filter(({ proofs }) => proofs.includes('booted')).length
  const onlyNamed = SPECIFIED.length - here.length
  assert.deepEqual({ here: here.length, alsoNamed, onlyNamed }, RUN)
})

test('what shows a case of a booted machine is a test of test/e2e, and of processes one of test/cli', () => {
  for (const { number, files } of SPECIFIED)
    for (const [kind, file] of files)
      assert.match(file, kind === 'booted' ? /^e2e\// : /^cli\/live\./, `case ${number}`)
})
