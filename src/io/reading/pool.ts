import { open, read, readv } from 'node:fs'
import { availableParallelism } from 'node:os'
import { O_PATH } from '../files/directory.ts'
import { assertFile, OPEN_FLAGS } from '../files/proc-file.ts'
import type { BlockingCalls } from '../process/read-context.ts'

/**
 * Returns the number of threads for Node's pool (`UV_THREADPOOL_SIZE`, which must be set before
 * anything uses the pool). There are no more than processors: otherwise the main thread waits for
 * one while the threads read.
 */
export function poolThreads(): number {
  return Math.max(2, Math.min(availableParallelism(), NODES_POOL))
}

/** The number of threads of Node's pool by default. */
const NODES_POOL = 4

/** Returns the blocking calls as Node's pool of threads makes them. */
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

/**
 * Passes on an open file, or an error for anything but a file: a recorded tree can have a pipe or a
 * device in its place.
 */
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
