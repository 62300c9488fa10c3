import { DELETED } from '../../core/proc/deleted-mark.ts'
import type { Inspection } from '../../core/proc/process.ts'
import type { MapsObserver } from '../process/read-context.ts'
import type { World } from '../world.ts'
import { CallLog } from './call-log.ts'
import { listening } from './ports.ts'
import type { About, Taken } from './form.ts'
import { save } from './save.ts'

/** Notes all answers that a scan gets. */
export type Recorder = {
  /** The observer for the world that is opened. */
  readonly observe: MapsObserver
  /** Returns the same world, whose answers are noted. */
  readonly listenTo: (world: World) => World
  /**
   * Writes the recording to a directory that is new, or empty and changeable by no other user.
   * Returns the number of processes in it.
   *
   * @throws {StaleLibsError} when it cannot be written
   */
  readonly save: (directory: string, about: About) => number
}

/**
 * The bound on the recorded lines of a process: as many mappings as the kernel allows by default
 * (vm.max_map_count).
 */
const MAX_LINES_OF_A_PROCESS = 65_530

/** Opens a recorder that has taken down nothing yet. */
export function openRecorder(): Recorder {
  const log = new CallLog()
  const maps = new Map<number, string[]>()
  let inspections: readonly Inspection[] = []
  let world: World | null = null
  return {
    observe(pid, text) {
      const lines = text === null ? [] : (maps.get(pid) ?? [])
      maps.set(pid, lines)
      if (text === null) return
      for (const line of text.split('\n'))
        if (line.includes(DELETED) && lines.length < MAX_LINES_OF_A_PROCESS) lines.push(line)
    },
    listenTo(opened) {
      world = opened
      const { proc } = opened
      const walk: typeof proc.walk = (usersMs) => {
        const begun = proc.walk(usersMs)
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
    long: countOf('long'),
    cut: marked.filter(({ isCut }) => isCut).length,
  }
}
