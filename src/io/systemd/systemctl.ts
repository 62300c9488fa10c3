import type { Manager, UnitFacts } from '../../core/systemd/unit-facts.ts'
import {
  isAnswerAbout,
  parsePrograms,
  parseUnitFacts,
  UNIT_PROPERTIES,
} from '../../core/systemd/unit-facts.ts'
import { parseMarked, parseSystemdVersion } from '../../core/systemd/markers.ts'
import type { LimitCode } from '../../core/limits.ts'
import type { Ask } from '../program.ts'
import { managerCall } from './manager-call.ts'

/** The answer of systemd about some units, or why there is none. */
export type UnitAnswer = {
  readonly facts: ReadonlyMap<string, UnitFacts>
  readonly limit: LimitCode | null
}

/** What systemd is asked about units. */
export type Systemctl = {
  /** @param units at least one: without a name, `show` prints the properties of the manager */
  readonly show: (units: readonly string[], manager: Manager) => Promise<UnitAnswer>
  /** Returns the programs that a start of the unit runs; none where systemd could not be asked. */
  readonly programs: (unit: string, manager: Manager) => Promise<readonly string[]>
  /** Returns the version of systemctl(1); `null` where it does not tell. */
  readonly version: () => Promise<number | null>
  /** Returns the marked units of a manager; `null` where it could not be asked. */
  readonly marked: (manager: Manager) => Promise<readonly string[] | null>
}

/**
 * The bound on the units of one call. systemd answers one unit after another, a millisecond each,
 * and must end within the time limit.
 */
const MAX_UNITS = 128
/**
 * The number of concurrent calls. While one systemctl prints its answers, systemd makes those for
 * the other. Further calls would only wait.
 */
const MAX_CALLS = 2
/** The least number of units that are worth a call of their own. */
const FEW_UNITS = 8
const PROGRAM = '/usr/bin/systemctl'
const QUESTION = { maxBytes: 64 * 1024 * 1024, encoding: 'latin1' } as const

/**
 * Opens the systemd of the running machine, which is asked about many units in one call
 * (systemctl(1), `show`).
 *
 * @param tree prefix of the absolute paths of the machine
 * @param uid the user who runs the scan
 */
export function liveSystemctl(tree: string, ask: Ask, uid: number): Systemctl {
  const show = shownBy(ask, uid, tree)
  return {
    async show(units, manager) {
      const batches = batchesOf(units)
      const answers: UnitAnswer[] = []
      while (answers.length < batches.length && !answers.some(({ limit }) => isFinal(limit))) {
        const next = batches.slice(answers.length, answers.length + MAX_CALLS)
        const asked = next.map((batch) => showBatch(batch, manager, show))
        answers.push(...(await Promise.all(asked)))
      }
      const limits = answers.flatMap(({ limit }) => limit ?? [])
      return {
        facts: new Map(answers.flatMap(({ facts }) => [...facts])),
        limit: limits.find(isFinal) ?? limits.at(-1) ?? null,
      }
    },
    async programs(unit, manager) {
      const properties = '--property=Id,Names,ExecStart,ExecStartPre'
      const answer = await show([properties, '--', unit], manager)
      return answer.limit === null ? parsePrograms(answer.stdout, unit) : []
    },
    async marked(manager) {
      const answer = await show(['--property=Id,Markers', '--', '*'], manager)
      return answer.limit === null ? parseMarked(answer.stdout) : null
    },
    async version() {
      const said = await ask(PROGRAM, ['--version'], QUESTION)
      return 'stdout' in said ? parseSystemdVersion(said.stdout) : null
    },
  }
}

function batchesOf(units: readonly string[]): readonly (readonly string[])[] {
  const evenly = Math.ceil(units.length / MAX_CALLS)
  const size = Math.min(Math.max(evenly, FEW_UNITS), MAX_UNITS)
  const batches = Math.ceil(units.length / size)
  return Array.from({ length: batches }, (_, at) => units.slice(at * size, (at + 1) * size))
}

/** Says whether further calls would fail, too. */
function isFinal(limit: LimitCode | null): boolean {
  return limit !== null && limit !== 'systemctl-failed'
}

/**
 * Asks about units. If their answers cannot be told apart, it asks about each half, so that one bad
 * unit hides only itself.
 */
async function showBatch(
  units: readonly string[],
  manager: Manager,
  show: Show,
): Promise<UnitAnswer> {
  const properties = `--property=${UNIT_PROPERTIES.join(',')}`
  const answer = await show([properties, '--', ...units], manager)
  const facts = parseUnitFacts(answer.stdout)
  // An alias answers with another Id, so the answers are matched by their order.
  const answers = units.flatMap((unit, at) => {
    const known = facts[at]
    return known !== undefined && isAnswerAbout(unit, known) ? [[unit, known] as const] : []
  })
  if (answer.limit === null && facts.length === units.length && answers.length === units.length)
    return { facts: new Map(answers), limit: null }
  if (answer.limit !== null || units.length === 1 || facts.length < units.length)
    return silent(answer.limit ?? 'systemctl-failed')
  const middle = Math.ceil(units.length / 2)
  const first = await showBatch(units.slice(0, middle), manager, show)
  const second = await showBatch(units.slice(middle), manager, show)
  return {
    facts: new Map([...first.facts, ...second.facts]),
    limit: first.limit ?? second.limit,
  }
}

type Answer = { readonly stdout: string; readonly limit: LimitCode | null }

type Show = (argv: readonly string[], manager: Manager) => Promise<Answer>

/** Returns the call of `show`. */
function shownBy(ask: Ask, uid: number, tree: string): Show {
  return async (argv, manager) => {
    const failed = (limit: LimitCode) => ({ stdout: '', limit })
    const call = managerCall(tree, manager, uid)
    if (call === null) return failed('user-manager-missing')
    const { flag, environment } = call
    const how = { ...QUESTION, ...(flag === '--user' ? { environment } : {}) }
    const said = await ask(PROGRAM, [flag, 'show', '--no-pager', ...argv], how)
    if ('stdout' in said) return { stdout: said.stdout, limit: null }
    return failed(WHY[said.error] ?? 'systemctl-failed')
  }
}

const WHY: Readonly<Record<string, LimitCode>> = {
  ENOENT: 'systemctl-missing',
  ETIMEDOUT: 'systemctl-timeout',
}

/** The systemd of a machine that cannot be asked: every question is answered with this limit. */
export function silentSystemctl(limit: LimitCode): Systemctl {
  return {
    show: async () => silent(limit),
    programs: async () => [],
    version: async () => null,
    marked: async () => null,
  }
}

function silent(limit: LimitCode): UnitAnswer {
  return { facts: new Map(), limit }
}
