import { readdirSync, statSync } from 'node:fs'
import { parseChildren } from '../../core/proc/open-files.ts'
import { unlessUnreadable } from '../error.ts'
import { readAtOnce } from '../files/proc-file.ts'
import { readStart } from '../files/small-file.ts'
import type { Proc } from './proc.ts'

/** Returns the children of a process, those of all of its threads. */
export type Children = (pid: number) => readonly number[]

/** The bound on the threads of a process that are asked, and on what each of them says. */
const MAX_THREADS = 256
const MAX_CHILDREN_BYTES = 64 * 1024
/**
 * One read(2) gives whole numbers, up to a page (seq_read_iter of fs/seq_file.c). So a text that is
 * almost as long may go on.
 */
const PAGE_BYTES = 4096
const NEAR_PAGE_BYTES = PAGE_BYTES - 64

/** Threads that are there as long as this program runs: its own, and that of PID 1. */
const LASTING_THREADS = ['thread-self', '1/task/1']

type Asked = Pick<Proc, 'directory' | 'pids' | 'stat'>

/**
 * Returns what tells the children of a process. Each thread has its own in a file
 * (proc_tid_children(5)). Where a process has more threads or children than these are asked for,
 * all processes are asked for their parents, once. So they are where a kernel without
 * CONFIG_PROC_CHILDREN has no such file.
 */
export function openChildren(proc: Asked): Children {
  const room = Buffer.allocUnsafeSlow(PAGE_BYTES)
  let hasFiles: boolean | null = null
  let byParent: ReadonlyMap<number, readonly number[]> | null = null
  const ofParent = (pid: number) => (byParent ??= parentsIn(proc)).get(pid) ?? []
  return (pid) => {
    hasFiles ??= LASTING_THREADS.some((thread) => tellsChildren(`${proc.directory}/${thread}`))
    if (!hasFiles) return ofParent(pid)
    const { told, isWhole } = toldByThreads(`${proc.directory}/${pid}/task`, room)
    return isWhole ? told : [...new Set([...told, ...ofParent(pid)])]
  }
}

function tellsChildren(thread: string): boolean {
  return unlessUnreadable(() => statSync(`${thread}/children`)) !== null
}

/** Returns what the threads of a process say, and whether these are all of its children. */
function toldByThreads(directory: string, room: Buffer) {
  const threads = unlessUnreadable(() => readdirSync(directory)) ?? []
  const texts = threads
    .slice(0, MAX_THREADS)
    .map((thread) => textOf(`${directory}/${thread}/children`, room))
  const isCut = texts.some((text) => text.length === MAX_CHILDREN_BYTES)
  return {
    told: texts.flatMap(parseChildren),
    isWhole: threads.length <= MAX_THREADS && !isCut,
  }
}

function textOf(path: string, room: Buffer): string {
  const start = readAtOnce(path, room) ?? ''
  return start.length < NEAR_PAGE_BYTES ? start : (readStart(path, MAX_CHILDREN_BYTES) ?? '')
}

function parentsIn({ pids, stat }: Asked): ReadonlyMap<number, readonly number[]> {
  const children = new Map<number, number[]>()
  for (const pid of pids()) {
    const parent = stat(pid)?.ppid ?? 0
    const known = children.get(parent)
    if (known === undefined) children.set(parent, [pid])
    else known.push(pid)
  }
  return children
}
