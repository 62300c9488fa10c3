import assert from 'node:assert/strict'
import { test } from 'node:test'
import { watch } from '../../src/act/watch.ts'
import { endsOf } from '../../src/core/act/outcome.ts'
import { planOf } from '../../src/core/act/plan.ts'
import type { UnitProgress } from '../../src/core/act/progress.ts'
import { progress, renewed } from '../support/progress.ts'
import { finding, reportOf } from '../support/report.ts'

const BEFORE = new Map([['a.service', progress()]])
const BETWEEN = renewed({ activeState: 'activating', subState: 'auto-restart', restarts: 0 })
const again = (count: number) =>
  renewed({ restarts: count, invocation: String(count).padStart(32, '0') })

/** Returns what became of a unit whose state is a function of the seconds since its restart. */
async function endOf(stateAt: (seconds: number) => UnitProgress): Promise<string | undefined> {
  const command = ['systemctl', 'restart', '--', 'a.service']
  const wanted = { named: null, except: new Set<string>(), isOfUser: false }
  const plan = planOf({ findings: [finding({ command })] }, wanted, 0, BEFORE)
  const begun = Date.now()
  const seen = await watch(
    plan.units.map(({ unit }) => unit),
    {
      acting: {
        progress: async () => new Map([['a.service', stateAt((Date.now() - begun) / 1000)]]),
      },
      before: BEFORE,
      waitMs: 60_000,
      isInterrupted: () => false,
      onProgress: () => {},
    },
  )
  return endsOf(plan, BEFORE, seen.states, seen, reportOf())[0]?.code
}

test('a unit that fails once, and then runs, is restarted', { concurrency: true }, async () => {
  assert.equal(await endOf((seconds) => (seconds < 1 ? BETWEEN : again(1))), 'restarted')
})

test('a unit that fails once a second is starting again', { concurrency: true }, async () => {
  const stateAt = (seconds: number) => again(1 + Math.floor(seconds))
  assert.equal(await endOf(stateAt), 'starting-again')
})
