import type { MapsObserver } from '../../src/io/process/read-context.ts'
import { beginWalk } from '../../src/io/reading/walk.ts'

/** Reads one process of this machine and returns the verdict. */
export async function inspectionKind(pid: number, observe?: MapsObserver): Promise<string> {
  const tree = { directory: '/proc', isKernels: true, observe }
  const [inspection] = await beginWalk(tree, [pid]).inspections()
  return inspection?.kind ?? ''
}
