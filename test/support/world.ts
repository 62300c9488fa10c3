import { DEFAULTS } from '../../src/cli/defaults.ts'
import type { ScanOptions } from '../../src/core/options.ts'
import type { Inspection } from '../../src/core/proc/process.ts'
import type { Walk } from '../../src/io/reading/walk.ts'
import { openRecording } from '../../src/io/recording/recording.ts'
import type { World } from '../../src/io/world.ts'
import { makeRecording } from './recording.ts'
import type { RecordedMachine } from './recording.ts'

/** A recorded machine as a world, and ports that take the place of its own. */
export function worldOf(machine: RecordedMachine, ports: Partial<World> = {}): World {
  return { ...openRecording(makeRecording(machine)).world, ...ports }
}

/** A port that answers, and takes down what it was asked. */
export function noted<Arguments extends readonly unknown[], Answer>(
  answer: (...asked: Arguments) => Answer,
): { readonly asked: Arguments[]; readonly port: (...asked: Arguments) => Answer } {
  const asked: Arguments[] = []
  return {
    asked,
    port(...some) {
      asked.push(some)
      return answer(...some)
    },
  }
}

/** A port that nobody may ask. */
export function never(): never {
  throw new Error('It was asked')
}

/** A walk that ended so; processes without an inspection are stuck. */
export function walkOf(
  endings: ReadonlyMap<number, Inspection>,
  pids: readonly number[] = [...endings.keys()],
): Walk {
  return {
    pids,
    inspections: async () => pids.flatMap((pid) => endings.get(pid) ?? []),
    stop: async () => false,
  }
}

/** What a scan by hand is asked for, and what differs from it. */
export function optionsOf(some: Partial<ScanOptions> = {}): ScanOptions {
  return { ...DEFAULTS, color: 'never', ...some }
}
