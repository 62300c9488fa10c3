import { openSync, readSync, readvSync, statSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import type { Inspection } from '../core/types.ts'
import { inspect, newRoom, openShared } from './maps.ts'
import type { Access } from './maps.ts'
import { assertFile, OPEN_FLAGS } from './proc-file.ts'
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
  open(path) {
    const file = openSync(path, OPEN_FLAGS)
    if (!isKernels) assertFile(file, path)
    return file
  },
  readParts(file, { pieces }, take) {
    for (;;) {
      const length = readvSync(file, pieces)
      if (length === 0 || take(length)) return
    }
  },
  hasBeginning: (file) => readSync(file, first, 0, 1, 0) > 0,
  stat: (path) => statSync(path, { bigint: true }),
}
const around = openShared(directory)
const room = newRoom()

async function readOn(turns: Turns): Promise<void> {
  const noteRead = () => turns.noteRead()
  const next = () => turns.take('thread') ?? turns.takeOver()
  for (let at = next(); at !== null; at = next()) {
    const pid = turns.pid(at)
    const reading = {
      directory: `${directory}/${pid}`,
      pid,
      isKernels,
      access,
      room,
      shared: around,
    }
    const inspection = await inspect({ ...reading, observe() {}, noteRead })
    if (inspection.kind === 'stuck' || !turns.end(at, inspection.kind)) continue
    if (inspection.kind === 'marked') say([at, inspection])
  }
  say(null)
}

function say(message: ThreadMessage): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window's
  parentPort?.postMessage(message)
}

void readOn(new Turns(shared))
