import { parseStat } from '../../core/proc/stat.ts'
import { readerOf, UNKNOWN_READER } from '../../core/report/reader.ts'
import type { Reader } from '../../core/report/reader.ts'
import type { Proc } from '../proc/proc.ts'
import type { Machine } from './machine.ts'

/** The machine that this program runs on, and the user who runs it there. */
type RunningHere = {
  readonly machine: Machine
  readonly proc: Proc
  /** `null` where another machine is scanned. */
  readonly uid: number | null
}

/** Returns who reads the text of this run. Of the reader of another machine nothing is known. */
export function readerIn(
  { machine, proc, uid }: RunningHere,
  environment: Readonly<Record<string, string | undefined>>,
): Reader {
  if (!machine.isLive) return UNKNOWN_READER
  return readerOf({
    isRoot: uid === 0,
    environment,
    hasTerminal: () => parseStat(proc.read('self/stat') ?? '')?.terminal !== 0,
    isInstalled: machine.hasRootProgram,
    uidOf: (name) => [...machine.userNames()].find((account) => account[1] === name)?.[0] ?? null,
  })
}
