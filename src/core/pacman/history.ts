import { HookTraces, isUntold, OutputBehind, spokenOf } from './hook/traces.ts'
import type { HookTrace } from './hook/traces.ts'
import { logLineReader } from './log.ts'
import type { LogEntry, LogLine } from './log.ts'

/** A change with the number of its transaction, counted from the newest. */
export type LoggedChange = LogEntry & { readonly at: Date; readonly transaction: number }

/** Why the log does not answer the question. */
export type LogGap = 'short' | 'damaged' | 'clock-stepped'

/** What the log says of the time since a moment. */
export type PackageLog = {
  /** Newest first. */
  readonly changes: readonly LoggedChange[]
  /** The moment from which every change is known; `null` where none is. */
  readonly knownSince: Date | null
  readonly gap: LogGap | null
  readonly hook: HookTrace
}

/** What the log tells a hook of the time since it last spoke. */
export type HookMemory = Pick<HookTrace, 'lately' | 'said'> & {
  /** The packages that changed since the hook last spoke, or by the newest transaction. */
  readonly changed: readonly string[]
}

/** Returns the memory of a hook, or `null` where the log does not tell when it last spoke. */
export function memoryOf({ changes, knownSince, gap, hook }: PackageLog): HookMemory | null {
  if (knownSince === null || (gap !== null && hook.told === null)) return null
  const untold = changes.filter(({ transaction }) => isUntold(hook, transaction))
  const changed = [...new Set(untold.map(({ name }) => name))]
  return { changed, lately: hook.lately, said: hook.said }
}

/**
 * The error of comparing two clocks: `btime` has whole seconds (proc_stat(5)), and so has the log.
 */
export const CLOCK_ERROR_MS = 2000

/** The number of lines before the time that are searched for a clock that was wrong for a while. */
const LINES_BEFORE = 1000
/** A wrong time zone is common when a machine is set up. A wrong day needs a dead clock. */
const WRONG_ZONE_MS = 26 * 3600_000

/**
 * Collects the changes since a time from the lines of a log, read backwards, and stops as soon as
 * it can.
 *
 * The order of the lines is certain, but their times are not. Where an earlier line has a later
 * time, the clock was set back between them. No line before that is compared with the start of a
 * process.
 *
 * @param lines the texts between the newlines, last first: the first is empty, or else a line that
 *   was cut
 * @param now no line is later
 */
export function changesSince(lines: Iterable<string>, since: Date, now: Date): PackageLog {
  const window = new LogWindow(since, now)
  const read = logLineReader()
  let isFirst = true
  for (const text of lines) {
    const line = read(text)
    if (isFirst && text !== '' && (line === null || !isEntry(line))) window.gap = 'damaged'
    else if (line !== null && !window.take(line)) break
    isFirst = false
  }
  return window.result()
}

/**
 * Returns when the last transaction began, in seconds since 1970, or `null` where no line tells it.
 *
 * Transactions before it after which the hook was not run, or failed, count to it. Where no earlier
 * run is near, the hook was not there, and none of them does.
 *
 * @param lines as of `changesSince`
 */
export function lastTransactionStart(lines: Iterable<string>): number | null {
  const read = logLineReader()
  const output = new OutputBehind()
  const starts: number[] = []
  let linesLeft = LINES_BEFORE
  for (const text of lines) {
    const line = read(text)
    if (line === null) continue
    const behind = output.take(line)
    if (line.kind === 'started' && line.at !== null) starts.push(line.at.getTime() / 1000)
    if (starts.length === 0) continue
    const hasLooked = behind.length === 0 || spokenOf(behind).length > 0
    if (line.kind === 'asked' && hasLooked) return starts.at(-1) ?? null
    linesLeft -= 1
    if (linesLeft === 0) break
  }
  return starts[0] ?? null
}

function isEntry({ kind }: LogLine): boolean {
  return kind !== 'text' && kind !== 'output' && kind !== 'damaged'
}

/** The part of a log that was read so far, from its end to some time ago. */
class LogWindow {
  gap: LogGap | null = null
  readonly #changes: LoggedChange[] = []
  readonly #since: number
  #knownSince: Date | null = null
  #transaction = 0
  readonly #traces: HookTraces
  /** The time of the line that was read last. No earlier line can be later. */
  #latest: number
  /** The time of the newest line before the time; `null` until it is reached. */
  #newestBefore: number | null = null
  /** The number of lines still to be read; `null` until the time is reached. */
  #linesLeft: number | null = null

  constructor(since: Date, now: Date) {
    this.#since = since.getTime()
    this.#latest = now.getTime()
    this.#traces = new HookTraces(now)
  }

  /** Takes a line. Returns whether to read on. */
  take(line: LogLine): boolean {
    const isBefore = this.#linesLeft !== null
    if (line.kind === 'damaged' || line.at === null) return isBefore || this.#stop('damaged')
    const first = line.at.getTime()
    const step = first - this.#latest
    if (step > CLOCK_ERROR_MS && (!isBefore || this.#wasWrong(first, step)))
      return this.#stop('clock-stepped')
    const last = first + (line.spanSeconds - 1) * 1000
    this.#latest = Math.min(this.#latest, last)
    if (isBefore || last < this.#since - CLOCK_ERROR_MS) {
      this.#linesLeft = (this.#linesLeft ?? LINES_BEFORE) - 1
      this.#newestBefore ??= last
      return this.#linesLeft > 0
    }
    this.#keep(line, line.at)
    return true
  }

  /**
   * Says whether a clock that was set back before the time may have been wrong until then. It was
   * right again where a later line before the time is not earlier than this one: a board without a
   * clock of its own logs 1970 until it has the time from the network.
   */
  #wasWrong(first: number, step: number): boolean {
    if (first >= this.#since) return true
    return step > WRONG_ZONE_MS && (this.#newestBefore === null || first > this.#newestBefore)
  }

  result(): PackageLog {
    const isReached = this.#knownSince !== null && this.#knownSince.getTime() <= this.#since
    const isWhole = !this.#isStopped && (isReached || this.#linesLeft !== null)
    return {
      changes: this.#changes,
      knownSince: isWhole ? new Date(this.#since) : this.#knownSince,
      gap: this.gap ?? (isWhole ? null : 'short'),
      hook: this.#traces.result(),
    }
  }

  #isStopped = false

  #stop(gap: LogGap): false {
    this.gap = gap
    this.#isStopped = true
    return false
  }

  #keep(line: LogLine, at: Date): void {
    this.#knownSince = at
    this.#traces.take(line, at, this.#transaction)
    if (line.kind === 'change') this.#changes.push({ ...line, at, transaction: this.#transaction })
    if (line.kind === 'started') this.#transaction += 1
  }
}

/**
 * Returns the last second that the log can mean, in milliseconds since 1970. The log names a whole
 * second or minute.
 */
export function lastMoment({ at, spanSeconds }: LoggedChange): number {
  return at.getTime() + (spanSeconds - 1) * 1000
}

/**
 * Returns a time without its fraction of a second, in milliseconds since 1970, as the log has it.
 */
export function wholeSecond(at: Date): number {
  return Math.floor(at.getTime() / 1000) * 1000
}

/**
 * Returns the transactions that were logged in the second in which a file lost its name, or else
 * the next one after it.
 */
export function transactionsAt(
  moment: Date,
  changes: readonly LoggedChange[],
): ReadonlySet<number> {
  const second = wholeSecond(moment)
  const same = changes.filter(({ at }) => wholeSecond(at) === second)
  const next = changes.findLast((change) => lastMoment(change) > second)
  const logged = same.length > 0 || next === undefined ? same : [next]
  return new Set(logged.map(({ transaction }) => transaction))
}
