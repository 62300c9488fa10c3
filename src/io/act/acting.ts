import {
  linesIn,
  MARK_PROPERTIES,
  NAME_PROPERTIES,
  parseIdentities,
  parseMarkedNames,
  parseMarks,
  parseSurvivors,
  SURVIVAL_PROPERTIES,
} from '../../core/act/answers.ts'
import type { Mark } from '../../core/act/marks.ts'
import { parseProgress, PROGRESS_PROPERTIES } from '../../core/act/progress.ts'
import type { UnitProgress } from '../../core/act/progress.ts'
import { printable } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Manager } from '../../core/systemd/unit-facts.ts'
import { isUnitName } from '../../core/systemd/unit-name.ts'
import { parseListedUnits } from '../../core/systemd/unit-states.ts'
import { pause } from '../clock.ts'
import { runProgram } from '../program.ts'
import type { Ran, Run } from '../program.ts'
import { managerCall } from '../systemd/manager-call.ts'

/** What a manager of systemd does, and what it then tells. */
export type Acting = {
  /**
   * Re-executes the manager, and waits until it answers again. Returns why it did not, or `null`.
   */
  readonly reexecute: () => Promise<Printable | null>
  /** Loads all unit files anew. Returns why it did not, or `null`. */
  readonly reload: () => Promise<Printable | null>
  /**
   * Makes one restart job for each unit that runs, and waits for none. Returns what systemctl wrote
   * to standard error: what was refused, one line each. The other units are restarted.
   */
  readonly restart: (units: readonly string[]) => Promise<readonly Printable[]>
  /** Returns the states by the names in the question; `null` where systemd gave no answer. */
  readonly progress: (units: readonly string[]) => Promise<ReadonlyMap<string, UnitProgress> | null>
  /** Returns the units that have failed; `null` where systemd gave no answer. */
  readonly failed: () => Promise<readonly Printable[] | null>
  /**
   * Returns the unit of each name, `null` for a name that systemd knows no unit of. Returns `null`
   * where systemd gave no answer.
   */
  readonly identify: (
    names: readonly string[],
  ) => Promise<ReadonlyMap<string, Printable | null> | null>
  /**
   * Sets the marker needs-restart of units, or takes it back, until the next boot. Returns the
   * units that did not get it, or kept it.
   */
  readonly mark: (units: readonly string[], isSet: boolean) => Promise<readonly Refusal[]>
  /** Returns the marked units; `null` where systemd gave no answer. */
  readonly marks: () => Promise<readonly Mark[] | null>
  /**
   * Returns the active services that a soft reboot leaves running; `null` where systemd does not
   * tell (before 255).
   */
  readonly survivors: () => Promise<readonly Printable[] | null>
}

/** A unit that systemd did not change. */
export type Refusal = {
  readonly unit: Printable
  /** What systemctl said; `null` where it said nothing: systemd forgets an inactive unit. */
  readonly why: Printable | null
}

const PROGRAM = '/usr/bin/systemctl'
/** A question takes milliseconds, and longer while systemd loads unit files. */
const QUESTION_LIMIT_MS = 10_000
/** A restart waits for no job, and systemd makes thousands of jobs in this time. */
const JOB_LIMIT_MS = 60_000
/** systemd may take a minute for its generators (DAEMON_RELOAD_TIMEOUT_SEC of systemctl: 180 s). */
const RELOAD_LIMIT_MS = 180_000
const REEXECUTED_LIMIT_MS = 30_000
const RETRY_MS = 100
/** The bound on calls that look for the units of a list which are refused. */
const MOST_CALLS = 64
/** No question for a password: this process has no terminal for it, and polkit would wait. */
const ALWAYS = ['--no-pager', '--no-ask-password'] as const

/** What one manager is called with. */
type Call = (limitMs: number, ...argv: readonly string[]) => Promise<Ran>

/**
 * Opens the manager of the system, or that of the user who runs this process.
 *
 * @param manager a number is the uid of this process
 * @param tree prefix of the absolute paths of the machine
 */
export function openActing(manager: Manager, run: Run = runProgram, tree = ''): Acting {
  const call = callOf(manager, run, tree)
  return {
    reexecute: () => reexecute(call),
    reload: async () => whyNot(await call(RELOAD_LIMIT_MS, 'daemon-reload')),
    restart: (units) => restart(call, units),
    progress: (units) => {
      const question = ['--timestamp=us+utc', `--property=${PROGRESS_PROPERTIES.join(',')}`]
      return answersOf(call, question, units, parseProgress)
    },
    identify: async (names) => {
      const question = [`--property=${NAME_PROPERTIES.join(',')}`]
      const known = await answersOf(call, question, names.filter(isUnitName), parseIdentities)
      return known && new Map(names.map((name) => [name, known.get(name) ?? null]))
    },
    failed: async () => {
      const { stdout, error } = await call(QUESTION_LIMIT_MS, ...LIST_FAILED)
      if (error !== null) return null
      return parseListedUnits(stdout)
        .map(({ unit }) => unit)
        .filter(isUnitName)
    },
    mark: (units, isSet) => mark(call, units, isSet),
    marks: async () => {
      const question = ['show', `--property=${MARK_PROPERTIES.join(',')}`, '--', '*']
      const { stdout, error } = await call(QUESTION_LIMIT_MS, ...question)
      return error === null ? parseMarks(stdout) : null
    },
    survivors: async () => {
      const question = ['show', `--property=${SURVIVAL_PROPERTIES.join(',')}`, '--', '*.service']
      const { stdout, error } = await call(QUESTION_LIMIT_MS, ...question)
      return error === null ? parseSurvivors(stdout) : null
    },
  }
}

const LIST_FAILED = [
  'list-units',
  '--no-legend',
  '--plain',
  '--full',
  '--all',
  '--state=failed',
] as const

function callOf(manager: Manager, run: Run, tree: string): Call {
  return async (limitMs, ...argv) => {
    const reached = managerCall(tree, manager, manager === 'system' ? 0 : manager)
    if (reached === null) return { stdout: '', stderr: '', error: 'ENOENT' }
    const { flag, environment } = reached
    return run(PROGRAM, [flag, ...ALWAYS, ...argv], { limitMs, environment })
  }
}

/** Returns what systemctl said of its failure, or how it ended; `null` where it did not fail. */
function whyNot({ stderr, error }: Ran): Printable | null {
  return error === null ? null : (linesIn(stderr)[0] ?? printable(error))
}

/** The call returns before the new manager listens, and for a moment nobody does. */
async function reexecute(call: Call): Promise<Printable | null> {
  const begun = performance.now()
  const why = whyNot(await call(RELOAD_LIMIT_MS, 'daemon-reexec'))
  if (why !== null) return why
  for (;;) {
    const silent = whyNot(await call(QUESTION_LIMIT_MS, 'show', '--property=Version'))
    if (silent === null || performance.now() - begun > REEXECUTED_LIMIT_MS) return silent
    await pause(RETRY_MS)
  }
}

/**
 * Before 262, systemctl asks for one job after another and goes on where one is refused. From 262
 * on it asks for all of them at once (`EnqueueUnitJobMany` of the manager), and one that is refused
 * refuses them all. Then each half of the units is tried.
 */
async function restart(call: Call, units: readonly string[]): Promise<readonly Printable[]> {
  const left: (readonly string[])[] = units.length === 0 ? [] : [units]
  const lines: Printable[] = []
  for (let calls = 0; left.length > 0; calls += 1) {
    const some = left.shift() ?? []
    const ran = await call(JOB_LIMIT_MS, '--no-block', 'try-restart', '--', ...some)
    if (some.length > 1 && calls < MOST_CALLS && isRefusedAsWhole(ran)) {
      const middle = Math.ceil(some.length / 2)
      left.unshift(some.slice(0, middle), some.slice(middle))
      continue
    }
    const said = linesIn(ran.stderr).filter((line) => !line.startsWith('See '))
    lines.push(...said, ...(ran.error !== null && said.length === 0 ? [printable(ran.error)] : []))
  }
  return lines
}

/** The one message of systemctl about a transaction of many units (src/systemctl, 262). */
function isRefusedAsWhole({ stderr, error }: Ran): boolean {
  return error !== null && /^Failed to enqueue jobs: /m.test(stderr)
}

/**
 * Asks about units. If the answer as a whole is none, it asks about each half, so that one bad unit
 * hides only itself. Returns `null` where systemd does not answer at all.
 */
async function answersOf<T>(
  call: Call,
  question: readonly string[],
  units: readonly string[],
  parse: (text: string, units: readonly string[]) => ReadonlyMap<string, T> | null,
): Promise<ReadonlyMap<string, T> | null> {
  // Without a name, `show` prints the properties of the manager.
  if (units.length === 0) return new Map()
  const { stdout, error } = await call(QUESTION_LIMIT_MS, 'show', ...question, '--', ...units)
  if (error !== null && !error.startsWith('status ')) return null
  const answers = error === null ? parse(stdout, units) : null
  if (answers !== null) return answers
  if (units.length === 1) return null
  const middle = Math.ceil(units.length / 2)
  const first = await answersOf(call, question, units.slice(0, middle), parse)
  const second = await answersOf(call, question, units.slice(middle), parse)
  return first === null && second === null ? null : new Map([...(first ?? []), ...(second ?? [])])
}

/**
 * systemctl takes one unit a call, and systemd keeps no file for a marker. It accepts a marker of
 * an inactive unit and forgets it with the unit, so it is asked afterwards.
 */
async function mark(
  call: Call,
  units: readonly string[],
  isSet: boolean,
): Promise<readonly Refusal[]> {
  const known = units.filter(isUnitName)
  if (known.length === 0) return []
  const marker = `Markers=${isSet ? '+' : '-'}needs-restart`
  const reasons = new Map<string, Printable | null>()
  for (const unit of known) {
    const ran = await call(QUESTION_LIMIT_MS, 'set-property', '--runtime', '--', unit, marker)
    reasons.set(unit, whyNot(ran))
  }
  const shown = await call(QUESTION_LIMIT_MS, ...SHOW_MARKERS, ...known)
  const marked = shown.error === null ? parseMarkedNames(shown.stdout) : null
  return known.flatMap((unit) => {
    const why = reasons.get(unit) ?? whyNot(shown)
    return why === null && marked?.has(unit) === isSet ? [] : [{ unit, why }]
  })
}

const SHOW_MARKERS = ['show', '--property=Id,Names,Markers', '--'] as const
