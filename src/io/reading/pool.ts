import { open, read, readv } from 'node:fs'
import { availableParallelism } from 'node:os'
import { O_PATH } from '../files/directory.ts'
import { assertFile, OPEN_FLAGS } from '../files/proc-file.ts'
import type { BlockingCalls } from '../process/read-context.ts'

/**
 * Returns how many threads Node's pool is to have (`UV_THREADPOOL_SIZE`, set before anything uses
 * the pool): no more than there are processors, or the main thread waits for one while they read.
 */
export function poolThreads(): number {
  return Math.max(2, Math.min(availableParallelism(), NODES_POOL))
}

/** What Node has by itself. */
const NODES_POOL = 4

/** Returns the calls as Node's pool of threads makes them. */
export function poolCalls(isKernels: boolean): BlockingCalls {
  return {
    open: isKernels
      ? (path, tell) => open(path, OPEN_FLAGS, tell)
      : (path, tell) => open(path, OPEN_FLAGS, (error, file) => tellFile(path, error, file, tell)),
    read: (file, { pieces }, tell) => readv(file, pieces, null, tell),
    hasBeginning: (file) =>
      new Promise((resolve, reject) => {
        read(file, Buffer.allocUnsafeSlow(1), 0, 1, 0, (error, length) =>
          error === null ? resolve(length > 0) : reject(error),
        )
      }),
    openPlace: (path) =>
      new Promise((resolve, reject) => {
        open(path, O_PATH, (error, file) => (error === null ? resolve(file) : reject(error)))
      }),
  }
}

/** A recorded tree can have anything in the place of a file. */
function tellFile(
  path: string,
  error: Error | null,
  file: number,
  tell: (error: Error | null, file: number) => void,
): void {
  let failure = error
  try {
    if (error === null) assertFile(file, path)
  } catch (wrong) {
    failure = wrong as Error
  }
  tell(failure, file)
}
