/** The begin of the scan, and the milliseconds since then. */
export type Clock = () => { readonly at: Date; readonly durationMs: number }

/** Starts a clock now. */
export function startClock(): Clock {
  const at = new Date()
  // The first call of performance.now() would load much of Node.
  const started = process.hrtime.bigint()
  return () => ({ at, durationMs: Math.round(Number(process.hrtime.bigint() - started) / 1e6) })
}

/** Waits so many milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

/** Holds the calling thread for so many milliseconds. */
export function pauseThread(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** Returns the milliseconds since any time, by a clock that nobody sets. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
