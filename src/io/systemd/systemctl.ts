import type { Manager, UnitFacts } from '../../core/systemd/unit-facts.ts'
import {
  isAnswerAbout,
  parsePrograms,
  parseUnitFacts,
  UNIT_PROPERTIES,
} from '../../core/systemd/unit-facts.ts'
import type { LimitCode } from '../../core/limits.ts'
import { unlessUnreadable } from '../error.ts'
import type { Ask } from '../program.ts'
import { lstatSync } from 'node:fs'

/** What systemd said of the units it was asked about, or why it said nothing. */
export type UnitAnswer = {
  readonly facts: ReadonlyMap<string, UnitFacts>
  readonly limit: LimitCode | null
}

export type Systemctl = {
  /** @param units at least one: without a name, `show` prints the properties of the manager */
  readonly show: (units: readonly string[], manager: Manager) => Promise<UnitAnswer>
  /** Returns the programs that a start of the unit runs; none where it could not be asked. */
  readonly programs: (unit: string, manager: Manager) => Promise<readonly string[]>
}

/**
 * systemd answers one unit after another, a millisecond each, and must end within the time limit.
 */
const MAX_UNITS = 128
/**
 * While one systemctl prints its answers, systemd makes those of the other. More would only wait.
 */
const MAX_CALLS = 2
/** Fewer are not worth a call of their own. */
const FEW_UNITS = 8
const QUESTION = { maxBytes: 64 * 1024 * 1024, encoding: 'latin1' } as const

/**
 * Asks the running machine's systemd, many units in one call (systemctl(1), `show`). Most scans
 * find nothing to ask about.
 *
 * @param tree what stands in front of the machine's absolute paths
 * @param uid who looks
 */
export function liveSystemctl(tree: string, ask: Ask, uid: number): Systemctl {
  const show = shownBy(ask, uid, `${tree}/run/user/${uid}`)
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
  }
}

function batchesOf(units: readonly string[]): readonly (readonly string[])[] {
  const evenly = Math.ceil(units.length / MAX_CALLS)
  const size = Math.min(Math.max(evenly, FEW_UNITS), MAX_UNITS)
  const batches = Math.ceil(units.length / size)
  return Array.from({ length: batches }, (_, at) => units.slice(at * size, (at + 1) * size))
}

/** Says whether there is no use in asking on. */
function isFinal(limit: LimitCode | null): boolean {
  return limit !== null && limit !== 'systemctl-failed'
}

/** A unit whose answer cannot be told from others' costs its own, and not that of all. */
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

/**
 * Only the system's manager and the own one are asked, so no program ever runs as somebody else.
 *
 * @param runtime the directory in which the own manager listens (user@.service(5), XDG_RUNTIME_DIR)
 */
function shownBy(ask: Ask, uid: number, runtime: string): Show {
  return async (argv, manager) => {
    const isOfSystem = manager === 'system'
    const failed = (limit: LimitCode) => ({ stdout: '', limit })
    if (!isOfSystem && (manager !== uid || !isOwnedBy(runtime, uid)))
      return failed('user-manager-missing')
    const said = await ask(
      '/usr/bin/systemctl',
      [isOfSystem ? '--system' : '--user', 'show', '--no-pager', ...argv],
      // A user who comes through sudo has no such variable.
      { ...QUESTION, ...(isOfSystem ? {} : { environment: { XDG_RUNTIME_DIR: runtime } }) },
    )
    if ('stdout' in said) return { stdout: said.stdout, limit: null }
    return failed(WHY[said.error] ?? 'systemctl-failed')
  }
}

function isOwnedBy(directory: string, uid: number): boolean {
  return unlessUnreadable(() => lstatSync(directory))?.uid === uid
}

const WHY: Readonly<Record<string, LimitCode>> = {
  ENOENT: 'systemctl-missing',
  ETIMEDOUT: 'systemctl-timeout',
}

/** Stands in where there is no systemd to ask: every question is answered with the reason. */
export function silentSystemctl(limit: LimitCode): Systemctl {
  return { show: async () => silent(limit), programs: async () => [] }
}

function silent(limit: LimitCode): UnitAnswer {
  return { facts: new Map(), limit }
}
