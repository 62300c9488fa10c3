import { openSync, readSync, readvSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { O_PATH } from '../files/directory.ts'
import { assertFile, OPEN_FLAGS } from '../files/proc-file.ts'
import { ProcessReader } from '../process/process-reader.ts'
import { openShared } from '../process/read-context.ts'
import type { BlockingCalls } from '../process/read-context.ts'
import type { MarkedProcess } from './marked-processes.ts'
import { WorkList } from './work-list.ts'

/**
 * The input of a rescue thread, which reads one process after another until none is left. Its
 * program is a bundle of its own (`dist/rescue-thread.js`), because each thread parses the program
 * that it runs.
 */
export type RescueTask = {
  readonly directory: string
  readonly isKernels: boolean
  /** The memory of the work list. */
  readonly shared: SharedArrayBuffer
  /** A process whose maps have more bytes is `long`. */
  readonly maxMapsBytes: number
}

/**
 * A message of a thread: a process with deleted mappings and its place, or `null` when no process
 * is left.
 */
export type RescueMessage = readonly [at: number, process: MarkedProcess] | null

const { directory, isKernels, shared, maxMapsBytes } = workerData as RescueTask
const first = Buffer.allocUnsafeSlow(1)
const calls: BlockingCalls = {
  open(path, tell) {
    later(() => {
      const file = openSync(path, OPEN_FLAGS)
      if (!isKernels) assertFile(file, path)
      return file
    }, tell)
  },
  read: (file, { pieces }, tell) => later(() => readvSync(file, pieces), tell),
  hasBeginning: async (file) => readSync(file, first, 0, 1, 0) > 0,
  openPlace: async (path) => openSync(path, O_PATH),
}

/**
 * Makes a call now and gives its result later. A million mappings take a thousand calls, and these
 * must not nest.
 */
function later(call: () => number, tell: (error: Error | null, result: number) => void): void {
  let error: Error | null = null
  let result = 0
  try {
    result = call()
  } catch (wrong) {
    error = wrong as Error
  }
  queueMicrotask(() => tell(error, result))
}

async function readOn(list: WorkList): Promise<void> {
  const noteRead = () => list.noteRead()
  const next = () => list.take('thread') ?? list.takeOver()
  const own = openShared(directory)
  const context = { isKernels, calls, shared: own, observe() {}, noteRead, maxMapsBytes }
  const reader = new ProcessReader(context)
  list.enterThread()
  for (let at = next(); at !== null; at = next()) {
    const pid = list.pid(at)
    const inspection = await reader.inspect(`${directory}/${pid}`, pid)
    if (inspection.kind === 'stuck' || !list.end(at, inspection.kind)) continue
    // The main thread knows the mounts of most processes already, and copying them takes long.
    if (inspection.kind === 'marked')
      say([at, { ...inspection, facts: { ...inspection.facts, mounts: null } }])
  }
  list.leaveThread()
  say(null)
}

function say(message: RescueMessage): void {
  // A thread's port, and not a window's.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(message)
}

void readOn(new WorkList(shared))
