import type { UnitProgress } from '../../src/core/act/progress.ts'
import { printed } from './printed.ts'
import type { Plain } from './printed.ts'

/** A service that runs since its start, and what differs from it. */
export function progress(some: Plain<Partial<UnitProgress>> = {}): UnitProgress {
  return printed<UnitProgress>({
    unit: 'a.service',
    loadState: 'loaded',
    activeState: 'active',
    subState: 'running',
    type: 'simple',
    result: 'success',
    job: null,
    invocation: '0'.repeat(32),
    mainPid: 10,
    mainExit: { kind: null, number: 0 },
    isOnDemand: false,
    restarts: 0,
    activeSince: 1_790_000_100_000,
    changedAt: 100,
    needsReload: false,
    ...some,
  })
}

/** The same service after a restart that went well. */
export function renewed(some: Plain<Partial<UnitProgress>> = {}): UnitProgress {
  return progress({ invocation: '1'.repeat(32), mainPid: 20, changedAt: 200, ...some })
}
