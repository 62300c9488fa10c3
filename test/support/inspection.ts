import type { MapsObserver } from '../../src/io/maps.ts'
import { openProc } from '../../src/io/proc.ts'

/** Reads one process of this machine and returns the verdict. */
export async function inspectionKind(pid: number, observe?: MapsObserver): Promise<string> {
  const [inspection] = await openProc('/proc', observe).inspect([pid])
  return inspection?.kind ?? ''
}
