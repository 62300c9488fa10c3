import { openSync, readSync, readvSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import type { Inspection } from '../../core/proc/process.ts'
import { O_PATH } from '../files/directory.ts'
import { openShared, ProcessReader } from './maps.ts'
import type { Access } from './maps.ts'
import { assertFile, OPEN_FLAGS } from '../files/proc-file.ts'
import { Turns } from './turns.ts'

/**
 * A thread that reads one process after another until all are taken: a bundle of its own
 * (`dist/maps-reader.js`), because each thread parses what it runs.
 */
export type ReaderTask = {
  readonly directory: string
  readonly isKernels: boolean
  readonly shared: SharedArrayBuffer
}

/** What a thread says: a marked process and its place, or `null` when all are taken. */
export type ThreadMessage =
  readonly [at: number, inspection: Extract<Inspection, { kind: 'marked' }>] | null

const { directory, isKernels, shared } = workerData as ReaderTask
const first = Buffer.allocUnsafeSlow(1)
const access: Access = {
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

/** Makes a call now and tells what came of it later: a million mappings are read in a thousand calls. */
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

async function readOn(turns: Turns): Promise<void> {
  const noteRead = () => turns.noteRead()
  const next = () => turns.take('thread') ?? turns.takeOver()
  const around = { isKernels, access, shared: openShared(directory), observe() {}, noteRead }
  const reader = new ProcessReader(around)
  turns.enterThread()
  for (let at = next(); at !== null; at = next()) {
    const pid = turns.pid(at)
    const inspection = await reader.inspect(`${directory}/${pid}`, pid)
    if (inspection.kind === 'stuck' || !turns.end(at, inspection.kind)) continue
    // The main thread knows the mounts of most already, and a copy of them is long.
    if (inspection.kind === 'marked')
      say([at, { ...inspection, facts: { ...inspection.facts, mounts: null } }])
  }
  turns.leaveThread()
  say(null)
}

function say(message: ThreadMessage): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window's
  parentPort?.postMessage(message)
}

void readOn(new Turns(shared))
