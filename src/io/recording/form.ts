import { OWNER } from '../../core/recording/answers.ts'
import {
  anyTable,
  count,
  date,
  flag,
  listOf,
  mapOf,
  nullable,
  table,
  plain,
  text,
  withDefault,
} from '../../core/recording/schema.ts'
import type { Schema } from '../../core/recording/schema.ts'
import type { Config } from '../../core/config/config.ts'
import type { Owner } from '../../core/owner/kinds.ts'
import type { Printable } from '../../core/printable.ts'
import type { ProcessFacts } from '../../core/proc/process.ts'
import type { Report } from '../../core/report/report.ts'
import type { Tally } from '../world.ts'
import { CALLS } from './call-log.ts'
import type { Call, CallLog } from './call-log.ts'

/** The version of the form of a recording. The program reads no other. */
export const FORM = 2

/** `recording.json`: the answers that a scan got, beside the files below `proc`. */
export type RecordingDocument = {
  readonly form: number
  readonly version: string
  /** ISO 8601, UTC. */
  readonly at: string
  readonly durationMs: number
  readonly uid: number | null
  /** Whether the scan was of the running machine. */
  readonly isLive: boolean
  readonly self: {
    readonly owner: Owner
    readonly ancestors: ReadonlyMap<number, Owner>
    readonly terminal: Printable | null
  } | null
  /** The processes that have a directory below `proc`. */
  readonly processes: readonly number[]
  readonly tally: Tally
  readonly config: Readonly<Record<string, unknown>>
  readonly answers: readonly Call[]
}

const TALLY = table<Tally>({
  clean: count,
  empty: count,
  gone: count,
  denied: count,
  failed: count,
  stuck: count,
  long: withDefault(count, 0),
  cut: count,
  ofSystem: withDefault(count, 0),
  longOf: withDefault(listOf(nullable(plain)), []),
  sawInit: flag,
})

/** The schema of each member, by its name. */
export const MEMBERS: {
  readonly [Name in keyof RecordingDocument]: Schema<RecordingDocument[Name]>
} = {
  form: count,
  version: text,
  at: date,
  durationMs: count,
  uid: nullable(count),
  isLive: flag,
  self: nullable(
    table<NonNullable<RecordingDocument['self']>>({
      owner: OWNER,
      ancestors: mapOf(count, OWNER),
      terminal: withDefault(nullable(plain), null),
    }),
  ),
  processes: listOf(count),
  tally: TALLY,
  config: anyTable,
  answers: CALLS,
}

/** What a recording says of the run that made it. */
export type About = {
  readonly version: string
  readonly config: Config
  readonly report: Report
  /** The user id of this process. */
  readonly uid: number
  /** Whether the words that people chose are replaced. */
  readonly anonymize: boolean
}

/** The notes of a recorder. */
export type Taken = {
  readonly log: CallLog
  /** The lines of maps with the mark, by process id. */
  readonly maps: ReadonlyMap<number, readonly string[]>
  readonly facts: ReadonlyMap<number, ProcessFacts>
  /**
   * The number of processes that could not be read, gave no answer in time, had more mappings than
   * there was time for, or were read only in part.
   */
  readonly failed: number
  readonly stuck: number
  readonly long: number
  readonly cut: number
}

/**
 * Returns an answer in the form of a recording: the entries of a map, the text of a control group.
 */
export function asRecorded(name: string, value: unknown): unknown {
  if (value instanceof Map) return [...value]
  const isGroup = name === 'cgroup' && typeof value === 'object' && value !== null
  return isGroup && 'text' in value ? value.text : value
}
