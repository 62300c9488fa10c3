import type { LogLine } from '../log.ts'

/** The traces in the log of what the hook of this program said before. */
export type HookTrace = {
  /**
   * The newest transaction after which the hook spoke, as in `LoggedChange`; `null` where the log
   * has none.
   */
  readonly told: number | null
  /** The packages of transactions of which the hook spoke within the last hour. */
  readonly lately: readonly string[]
  /** The lines that the hook printed within the last hour, in their order. */
  readonly said: readonly string[]
}

/** The traces in a log that has none. */
export const NO_TRACE: HookTrace = { told: null, lately: [], said: [] }

/** Says whether the hook has not spoken since a transaction. The newest one always counts. */
export function isUntold({ told }: HookTrace, transaction: number): boolean {
  return transaction === 0 || told === null || transaction < told
}

/** What begins the lines in which the hook says that it could not look, or its configuration. */
export const COMPLAINT = '  stale-libs: '
/** What begins the lines of a hook, and no message of libalpm about one that failed (util.c). */
const SPEECH = '  '
/** The bound on the lines of one run: more than a hook prints. */
const MAX_LINES = 32
const LATELY_MS = 3600_000

/** What begins the line of a hook that found nothing and did not see all. The next catches up. */
export const UNSEEN = 'Nothing found; '

/** Returns the lines in which a hook said what it had found. */
export function spokenOf(output: readonly string[]): readonly string[] {
  return output.filter(
    (text) =>
      text.startsWith(SPEECH) &&
      !text.startsWith(COMPLAINT) &&
      !text.startsWith(`${SPEECH}${UNSEEN}`),
  )
}

/**
 * The output of a hook, from the lines of a log that are read backwards: the lines between the one
 * that says that it runs and the next line of libalpm.
 */
export class OutputBehind {
  /** The last line first. */
  #lines: string[] = []

  /** Takes a line. Returns the output behind a line that is no output. */
  take(line: LogLine): readonly string[] {
    const behind = this.#lines
    if (line.kind === 'output') {
      // Of the output of any other program only the beginning is kept, now and then.
      if (behind.push(line.text) === 2 * MAX_LINES) this.#lines = behind.slice(-MAX_LINES)
      return NOTHING
    }
    if (behind.length === 0) return NOTHING
    this.#lines = []
    return behind.slice(-MAX_LINES)
  }
}

const NOTHING: readonly string[] = []

/**
 * The traces of the hook in the lines that were read so far, last first.
 *
 * The hook spoke where it printed a line that is no complaint. A run that printed nothing had
 * nothing to say, or was ended before it could speak. The log does not tell these apart, and a file
 * that was stale then would have been said, so such a run does not count. Neither does the run that
 * reads this, which has printed nothing yet.
 */
export class HookTraces {
  #told: number | null = null
  readonly #lately = new Set<string>()
  readonly #said: string[] = []
  readonly #now: number
  readonly #output = new OutputBehind()
  /** Whether the hook spoke within the last hour of the transactions that are read next. */
  #isLate = false

  constructor(now: Date) {
    this.#now = now.getTime()
  }

  /** @param transaction the number of the transaction that the line is of, or behind */
  take(line: LogLine, at: Date, transaction: number): void {
    const output = this.#output.take(line)
    if (line.kind === 'asked') this.#takeRun(spokenOf(output), at, transaction)
    if (line.kind === 'change' && this.#isLate) this.#lately.add(line.name)
  }

  result(): HookTrace {
    return { told: this.#told, lately: [...this.#lately], said: this.#said }
  }

  #takeRun(spoken: readonly string[], at: Date, transaction: number): void {
    if (spoken.length === 0) return
    this.#told ??= transaction
    this.#isLate = this.#now - at.getTime() < LATELY_MS
    if (this.#isLate) this.#said.unshift(...spoken.toReversed())
  }
}
