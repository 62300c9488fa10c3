import type { Limit, LimitCode } from '../core/limits.ts'

/** The result of a stage of a scan, and what the stage could not read or ask. */
export type Stage<Value> = { readonly value: Value; readonly limits: readonly Limit[] }

/** Returns one limit, or none where there is no code. */
export function limitOf(code: LimitCode | null, count: number): readonly Limit[] {
  return code === null ? [] : [{ code, count }]
}

/** Returns one limit or none. */
export function limitIf(applies: boolean, code: LimitCode, count: number): readonly Limit[] {
  return limitOf(applies ? code : null, count)
}

/**
 * Returns the limits without repeated ones. Of two limits with one code, that of the earlier stage
 * counts.
 */
export function limitsOfStages(stages: readonly Stage<unknown>[]): readonly Limit[] {
  const limits = stages.flatMap((stage) => stage.limits)
  return limits.filter(({ code }, at) => limits.findIndex((one) => one.code === code) === at)
}
