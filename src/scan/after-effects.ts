import type { ScanOptions } from '../core/options.ts'
import { afterEffectsOf } from '../core/report/after-effects.ts'
import type { AfterEffect } from '../core/report/report.ts'
import type { World } from '../io/world.ts'
import { limitIf } from './stage.ts'
import type { Stage } from './stage.ts'

/**
 * Finds the units that the transaction broke though they have no stale file. By hand systemd is
 * always asked. In a hook it is asked only where a unit started or ended since the transaction
 * began: most transactions touch no service.
 */
export async function findAfterEffects(
  { services, packages }: World,
  { hook, side, format }: ScanOptions,
): Promise<Stage<readonly AfterEffect[]>> {
  if (services === null || side === 'user' || format === 'names') return NO_EFFECTS
  const start = await packages.transactionStart()
  if (hook && (start === null || !services.haveChangedSince(start))) return NO_EFFECTS
  const states = await services.states()
  return {
    value: states === null ? [] : afterEffectsOf(states, start, hook),
    limits: limitIf(states?.isBusSilent ?? true, 'after-effects-unknown', 1),
  }
}

/** The stage of a scan that asks for no after-effects. */
export const NO_EFFECTS: Stage<readonly AfterEffect[]> = { value: [], limits: [] }
