import { DELETED } from '../../core/proc/deleted-mark.ts'
import type { Inspection } from '../../core/proc/process.ts'
import type { MapsObserver } from '../process/read-context.ts'
import type { World } from '../world.ts'
import { CallLog } from './call-log.ts'
import { listening } from './ports.ts'
import { save } from './save.ts'
import type { About, Taken } from './save.ts'

/** Takes down everything that a scan asks. */
export type Recorder = {
  /** To be given to the world that is opened. */
  readonly observe: MapsObserver
  /** Returns the same world, but listening. */
  readonly listenTo: (world: World) => World
  /**
   * Writes what was taken down to a directory that is new, or empty and nobody else's to change. Returns how
   * many processes.
   *
   * @throws {StaleLibsError} when it cannot be written
   */
  readonly save: (directory: string, about: About) => number
}

/** Marked lines kept of a process: as many mappings as the kernel allows by default (vm.max_map_count). */
const MAX_LINES_OF_A_PROCESS = 65_530

export function openRecorder(): Recorder {
  const log = new CallLog()
  const maps = new Map<number, string[]>()
  let inspections: readonly Inspection[] = []
  let world: World | null = null
  return {
    observe(pid, text) {
      const lines = maps.get(pid) ?? []
      maps.set(pid, lines)
      for (const line of text.split('\n'))
        if (line.includes(DELETED) && lines.length < MAX_LINES_OF_A_PROCESS) lines.push(line)
    },
    listenTo(opened) {
      world = opened
      const { proc } = opened
      const walk = () => {
        const begun = proc.walk()
        return { ...begun, inspections: async () => (inspections = await begun.inspections()) }
      }
      return { ...listening(opened, log), proc: { ...proc, walk } }
    },
    save(directory, about) {
      if (world === null) throw new RangeError('Cannot save a recording: nothing was listened to')
      return save(directory, world, { log, maps, ...readFrom(inspections) }, about)
    },
  }
}

function readFrom(inspections: readonly Inspection[]): Omit<Taken, 'log' | 'maps'> {
  const marked = inspections.flatMap((one) => (one.kind === 'marked' ? [one] : []))
  const countOf = (kind: Inspection['kind']) =>
    inspections.filter((one) => one.kind === kind).length
  return {
    facts: new Map(marked.map(({ facts }) => [facts.pid, facts] as const)),
    failed: countOf('failed'),
    stuck: countOf('stuck'),
    cut: marked.filter(({ isCut }) => isCut).length,
  }
}
