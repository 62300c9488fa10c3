import type { States } from '../core/act/outcome.ts'
import { oldUnits, planOf } from '../core/act/plan.ts'
import type { Plan } from '../core/act/plan.ts'
import { withAllCosts } from '../core/act/when-named.ts'
import { StaleLibsError } from '../io/error.ts'
import type { MachineLook } from './desk.ts'
import type { OpenManager } from './open.ts'
import type { Meant } from './wanted.ts'

/** A plan with the states that it was made from. */
export type Made = { readonly plan: Plan; readonly states: States }

/**
 * Returns the plan for what is meant, as the machine was at one look.
 *
 * @throws {StaleLibsError} when systemd gives no answer
 */
export async function planFor(
  { wanted }: Pick<Meant, 'wanted'>,
  look: MachineLook,
  { acting, memory, uid }: Pick<OpenManager, 'acting' | 'memory' | 'uid'>,
): Promise<Made> {
  const units = [...new Set(oldUnits(look.report, wanted.isOfUser))]
  const states = units.length === 0 ? new Map() : await acting.progress(units)
  if (states === null) throw new StaleLibsError('Cannot ask systemd about the units: no answer')
  return {
    plan: planOf({ findings: withAllCosts(look) }, wanted, uid, states, memory.read()),
    states,
  }
}
