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
  text,
  withDefault,
} from '../../core/recording/schema.ts'
import type { Schema } from '../../core/recording/schema.ts'
import type { Owner } from '../../core/owner/kinds.ts'
import type { Tally } from '../world.ts'
import { CALLS } from './call-log.ts'
import type { Call } from './call-log.ts'

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
  longOf: withDefault(listOf(nullable(text)), []),
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
    table<NonNullable<RecordingDocument['self']>>({ owner: OWNER, ancestors: mapOf(count, OWNER) }),
  ),
  processes: listOf(count),
  tally: TALLY,
  config: anyTable,
  answers: CALLS,
}
