import type { Limit, LimitCode } from '../core/limits.ts'

/** What a stage of a scan found, and what it could not read or ask. */
export type Stage<Value> = { readonly value: Value; readonly limits: readonly Limit[] }

/** Returns one limit or none. */
export function limitIf(applies: boolean, code: LimitCode, count: number): readonly Limit[] {
  return applies ? [{ code, count }] : []
}

/** Returns the limits without those that an earlier stage has met too: the first count stands. */
export function withoutTwins(limits: readonly Limit[]): readonly Limit[] {
  return limits.filter(({ code }, at) => limits.findIndex((one) => one.code === code) === at)
}
