import interpreters from '../../../share/interpreters.json' with { type: 'json' }
import type { Attribution } from './attribution.ts'
import { CLOCK_ERROR_MS } from './history.ts'
import type { OwnPackage } from './package-change.ts'

/**
 * Names of programs. A name that ends with `*` stands for all names with that beginning
 * (`python*`).
 */
const INTERPRETERS = interpreters.flatMap(({ programs }) => programs)

/** Says whether a program is an interpreter, which runs the code of another package. */
export function isInterpreter(program: string): boolean {
  const name = program.slice(program.lastIndexOf('/') + 1)
  return INTERPRETERS.some((known) =>
    known.endsWith('*') ? name.startsWith(known.slice(0, -1)) : name === known,
  )
}

/**
 * Returns what happened to the package of a service since the service started. Returns `null` where
 * nothing did, where it is not certain, or where the version is the same again.
 *
 * @param startedAt start of its main process. A change that is nearer to it than the error of the
 *   clocks is not certain.
 */
export function ownPackageOf(attribution: Attribution, startedAt: Date): OwnPackage | null {
  if (attribution.kind !== 'changed') return null
  const { change, isNew } = attribution
  const isBefore = startedAt.getTime() < Date.parse(change.at) - CLOCK_ERROR_MS
  const isOther = change.change === 'upgraded' || change.change === 'downgraded'
  return isBefore && isOther ? { change, isNew } : null
}
