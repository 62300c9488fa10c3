/**
 * pacman.log, as libalpm writes it (log.c, add.c, remove.c, trans.c): `[time] [program] text`, one
 * line each.
 *
 * Only the lines of libalpm itself count, under `[ALPM]`. The output of hooks and scriptlets is
 * under `[ALPM-SCRIPTLET]`, line by line, so it cannot imitate such a line. It ends at a NUL, and
 * then the next line follows on the same line. Such a line cannot be told from output, and counts
 * as output.
 */

/** What libalpm does to a package, in the words of its log. */
export const OPERATIONS = ['installed', 'upgraded', 'downgraded', 'reinstalled', 'removed'] as const

/** One operation on a package, in the word of the log. */
export type Operation = (typeof OPERATIONS)[number]

/**
 * When a line was written: at `at` or less than `spanSeconds` later, by the clock of that moment.
 */
export type LogTime = { readonly at: Date | null; readonly spanSeconds: number }

/** What happened to one package. libalpm writes it when the files of the package are in place. */
export type LogEntry = LogTime & {
  readonly kind: 'change'
  readonly operation: Operation
  readonly name: string
  /** The version before; `null` where it was not installed. */
  readonly from: string | null
  /** The version after; `null` where it was removed. */
  readonly to: string | null
}

/**
 * What a line says. `asked`: libalpm runs the hook of this program (hook.c writes the line before
 * it starts the hook). `output`: a hook or scriptlet printed `text`. `damaged`: the line was cut,
 * or other lines were lost in it. `text`: any other line of the log.
 */
export type LogLine =
  | LogEntry
  | (LogTime & { readonly kind: 'output'; readonly text: string })
  | (LogTime & {
      readonly kind:
        'started' | 'completed' | 'interrupted' | 'failed' | 'asked' | 'text' | 'damaged'
    })

/**
 * The longest entry, in characters. Names and versions are parts of the name of a directory
 * (NAME_MAX of limits.h), so no entry is longer. Of a longer line this much and one character more
 * are enough.
 */
export const MAX_ENTRY_LENGTH = 1024

/** The time since pacman 5.2.0, and before, when the second and the zone were not written. */
const TIME = /^\[(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)([+-])(\d\d)(\d\d)\] /
const OLD_TIME = /^\[(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d)\] /
/** The program that wrote the line, since pacman 4.1.0. */
const WHO = /^\[([^[\]]+)\] /
const NAME = '[\\w@.+-]+'
const VERSION = "[!-'*-~]+"
const ONE_VERSION = new RegExp(`^(installed|reinstalled|removed) (${NAME}) \\((${VERSION})\\)$`)
const TWO_VERSIONS = new RegExp(
  `^(upgraded|downgraded) (${NAME}) \\((${VERSION}) -> (${VERSION})\\)$`,
)
const BOUNDARY = /^transaction (started|completed|interrupted|failed)$/
/** The name of `hooks/zz-stale-libs.hook`, under which a copy in `/etc` takes its place. */
const ASKED = "running 'zz-stale-libs.hook'..."
/**
 * The beginning of another line of any program: the text behind a cut line is seldom of libalpm.
 */
const BEGINNING = /\[\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d[+-]\d{4})?\] /
const BEGINS_LIKE_CHANGE = /^(?:(?:re)?installed|removed|(upgraded|downgraded)) /

/** Returns what one line of pacman.log says: see `logLineReader`. */
export type LogLineReader = (line: string) => LogLine | null

/**
 * Returns a reader for the lines of one log. It returns what a line says, or `null` for a line
 * without a time.
 *
 * Three kinds of lines are `damaged`. A line begins like a line of the log, but has another form. A
 * line has a NUL, as a crash leaves it in a file. A line has the beginning of another line in it,
 * because a line was appended to a cut one.
 * A line is given without its newline, one character a byte. The answer about a line depends on no
 * other line.
 */
export function logLineReader(): LogLineReader {
  const leaderOf = leaderReader()
  return (line) => {
    const leader = leaderOf(line)
    if (leader === null) return looksCut(line) ? { ...NO_TIME, kind: 'damaged' } : null
    const { time } = leader
    const rest = line.slice(leader.length)
    const who = WHO.exec(rest)?.[1] ?? null
    if (isTorn(rest, who, time)) return { ...time, kind: 'damaged' }
    if (who === 'ALPM-SCRIPTLET')
      return { ...time, kind: 'output', text: rest.slice('[ALPM-SCRIPTLET] '.length) }
    const isOfLibalpm = who === null || who === 'ALPM' || (who === 'PACMAN' && isOld(time))
    if (!isOfLibalpm) return { ...time, kind: 'text' }
    return { ...time, ...meaningOf(rest.slice(who === null ? 0 : who.length + 3)) } as LogLine
  }
}

/** Says whether a line is older than pacman 4.2. Its lines named no second, and not libalpm. */
function isOld({ spanSeconds }: LogTime): boolean {
  return spanSeconds > 1
}

type Leader = { readonly time: LogTime; readonly length: number }

/** The length of `[2026-11-23T07:18:40+0000] ` and the place of its seconds. */
const TIME_LENGTH = 27
const SECONDS = [18, 20] as const

/**
 * Returns a reader for the time of a line. It keeps the minute of the line before, because most
 * lines have the same one, and reading a date takes as long as reading the rest of the line.
 */
function leaderReader(): (line: string) => Leader | null {
  let minute: LogMinute | null = null
  return (line) => {
    const same = minute === null ? null : sameMinute(line, minute)
    if (same !== null) return same
    const found = TIME.exec(line) ?? OLD_TIME.exec(line)
    if (found === null) return null
    const time = timeOf(found)
    const { length } = found[0]
    minute = (length === TIME_LENGTH ? minuteOf(line, time) : null) ?? minute
    return { time, length }
  }
}

/** A minute as the log writes it, and its beginning in milliseconds since 1970. */
type LogMinute = { readonly start: string; readonly zone: string; readonly at: number }

function minuteOf(line: string, { at }: LogTime): LogMinute | null {
  if (at === null) return null
  return {
    start: line.slice(0, SECONDS[0]),
    zone: line.slice(SECONDS[1], TIME_LENGTH),
    at: at.getTime() - Number(line.slice(...SECONDS)) * 1000,
  }
}

function sameMinute(line: string, { start, zone, at }: LogMinute): Leader | null {
  if (!line.startsWith(start) || !line.startsWith(zone, SECONDS[1])) return null
  const seconds = line.slice(...SECONDS)
  if (!/^[0-5]\d$/.test(seconds)) return null
  const time = { at: new Date(at + Number(seconds) * 1000), spanSeconds: 1 }
  return { time, length: TIME_LENGTH }
}

const NO_TIME: LogTime = { at: null, spanSeconds: 0 }

function looksCut(line: string): boolean {
  return line.includes('\0') || /^\[(?:\d{1,4}(?:[-[]|$)|\[\d{4}-)/.test(line)
}

function isTorn(rest: string, who: string | null, { spanSeconds }: LogTime): boolean {
  if (rest.includes('\0')) return true
  if (who === null) return spanSeconds === 1 || rest.startsWith('[')
  return who !== 'ALPM-SCRIPTLET' && BEGINNING.test(rest)
}

type Meaning = Pick<LogEntry, 'kind' | 'operation' | 'name' | 'from' | 'to'> | Pick<LogLine, 'kind'>

function meaningOf(text: string): Meaning {
  const beginning = BEGINS_LIKE_CHANGE.exec(text)
  if (beginning === null) {
    if (text === ASKED) return { kind: 'asked' }
    const [, boundary] = BOUNDARY.exec(text) ?? []
    return { kind: boundary === undefined ? 'text' : (boundary as 'started') }
  }
  if (text.length > MAX_ENTRY_LENGTH) return { kind: 'damaged' }
  const [, operation, name = '', first = '', second = first] =
    (beginning[1] === undefined ? ONE_VERSION : TWO_VERSIONS).exec(text) ?? []
  if (operation === undefined) return { kind: 'damaged' }
  return {
    kind: 'change',
    operation: operation as Operation,
    name,
    from: operation === 'installed' ? null : first,
    to: operation === 'removed' ? null : second,
  }
}

/** The older form is local time without its offset. It is read in the time zone of this process. */
function timeOf(leader: RegExpExecArray): LogTime {
  const sign = leader[7]
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = leader
    .slice(1)
    .map(Number)
  const isReal =
    month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour <= 23 && minute <= 59 && second <= 60
  const spanSeconds = sign === undefined ? 60 : 1
  if (!isReal) return { at: null, spanSeconds }
  if (sign === undefined) return { at: new Date(year, month - 1, day, hour, minute), spanSeconds }
  const east = (Number(leader[8]) * 60 + Number(leader[9])) * (sign === '+' ? 1 : -1)
  return { at: new Date(Date.UTC(year, month - 1, day, hour, minute - east, second)), spanSeconds }
}
