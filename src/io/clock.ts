/** When the look began, and the milliseconds since then. */
export type Clock = () => { readonly at: Date; readonly durationMs: number }

export function startClock(): Clock {
  const at = new Date()
  // Not performance.now(), whose first call loads much of Node.
  const started = process.hrtime.bigint()
  return () => ({ at, durationMs: Math.round(Number(process.hrtime.bigint() - started) / 1e6) })
}
