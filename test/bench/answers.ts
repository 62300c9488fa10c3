import assert from 'node:assert/strict'
import { reportDocument } from '../support/bundle.ts'
import type { Contestant } from './contestants.ts'
import { HOOK, JSON_FORMAT, TEXT, YARDSTICK } from './contestants.ts'
import type { Cost, Stage } from './stage.ts'

/**
 * Holds what a contestant said against what the workload holds: a fast wrong program is worthless.
 * Of peers, only that they ran is told: what they count differs.
 *
 * @throws {AssertionError} when the answer is wrong
 */
export function checkAnswer({ name }: Contestant, cost: Cost, stage: Stage): void {
  assert.notEqual(cost.status, 127, `${name} did not run: ${cost.stderr}`)
  const marked = new Set([...stage.stale, ...stage.noisy])
  if (name === YARDSTICK) assert.equal(cost.stdout, `${marked.size}\n`, 'marked processes')
  if (![TEXT, JSON_FORMAT, HOOK].includes(name)) return
  assert.equal(cost.status, 0, `${name}: ${cost.stderr}`)
  if (name === JSON_FORMAT) assert.deepEqual(pidsIn(cost.stdout), stage.stale, 'stale processes')
  if (name === HOOK) assert.equal(cost.stdout === '', stage.stale.length === 0, 'hook is silent')
}

/** Returns the pids that a JSON report names, ascending. */
export function pidsIn(stdout: string): readonly number[] {
  const { findings } = reportDocument(stdout)
  const pids = findings.flatMap(({ processes }) => processes.map(({ pid }) => pid))
  return pids.toSorted((a, b) => a - b)
}
