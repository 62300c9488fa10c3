import { readdirSync, statSync } from 'node:fs'
import { parseChildren } from '../../core/proc/open-files.ts'
import { unlessUnreadable } from '../error.ts'
import { readStart } from '../files/small-file.ts'
import type { Proc } from './proc.ts'

/** Returns the children of a process, those of all of its threads. */
export type Children = (pid: number) => readonly number[]

/** The bound on the threads of a process whose children are looked at, and on those children. */
const MAX_THREADS = 256
const MAX_CHILDREN_BYTES = 4096

/**
 * Returns what tells the children of a process. Each thread has its own in a file
 * (proc_tid_children(5)). A kernel without CONFIG_PROC_CHILDREN has no such file, and there all
 * processes are asked for their parents, once.
 */
export function openChildren({
  directory,
  pids,
  stat,
}: Pick<Proc, 'directory' | 'pids' | 'stat'>): Children {
  let byParent: ReadonlyMap<number, readonly number[]> | null = null
  const parents = () => {
    const children = new Map<number, number[]>()
    for (const pid of pids()) {
      const parent = stat(pid)?.ppid ?? 0
      const known = children.get(parent)
      if (known === undefined) children.set(parent, [pid])
      else known.push(pid)
    }
    return children
  }
  return (pid) => {
    if (byParent !== null) return byParent.get(pid) ?? []
    const threads = unlessUnreadable(() => readdirSync(`${directory}/${pid}/task`)) ?? []
    const files = threads
      .slice(0, MAX_THREADS)
      .map((thread) => `${directory}/${pid}/task/${thread}/children`)
    const isTold = unlessUnreadable(() => statSync(files[0] ?? '')) !== null
    const texts = isTold ? files.map((path) => readStart(path, MAX_CHILDREN_BYTES) ?? '') : []
    if (isTold) return texts.flatMap(parseChildren)
    byParent = parents()
    return byParent.get(pid) ?? []
  }
}
