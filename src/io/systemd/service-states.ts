import { statSync } from 'node:fs'
import { BUS_UNITS, withoutBusName } from '../../core/report/after-effects.ts'
import type { ServiceStates } from '../../core/report/after-effects.ts'
import {
  parseListedUnits,
  parseUnitStates,
  STATE_PROPERTIES,
} from '../../core/systemd/unit-states.ts'
import type { ListedUnit, UnitState } from '../../core/systemd/unit-states.ts'
import { busNames, hasBus } from './bus.ts'
import { unlessUnreadable } from '../error.ts'
import type { Ask } from '../program.ts'
import type { OwnTree } from '../files/own-tree.ts'
import { openUnitFiles } from './unit-files.ts'

/** The states of the services after the last transaction. */
export type Services = {
  /**
   * Says whether any unit may have started or ended since a time, in seconds since 1970. It needs
   * one stat(2), and no program.
   */
  readonly haveChangedSince: (seconds: number) => boolean
  /** Returns the states, or `null` where systemd or the bus gave no answer in time. */
  readonly states: () => Promise<ServiceStates | null>
}

const QUESTION = { maxBytes: 16 * 1024 * 1024, encoding: 'latin1' } as const
/**
 * The bound on units. A whole argument list may take 2 MiB (execve(2)), and the name of a unit
 * takes 256 bytes.
 */
const MAX_UNITS = 4096

/**
 * Opens the services of the running machine. One question runs systemctl(1) and busctl(1) once
 * each, and once more where a unit failed or may miss its name.
 *
 * @param tree prefix of the absolute paths of the machine
 */
export function liveServices(tree: string, ask: Ask, ownTree: OwnTree | null): Services {
  return {
    // systemd links the invocation of a unit there when the unit starts, and unlinks it when the
    // unit becomes inactive or fails (unit_notify of unit.c). Both change the directory.
    haveChangedSince(seconds) {
      const units = unlessUnreadable(() => statSync(`${tree}/run/systemd/units`))
      return units === null || units.mtimeMs >= seconds * 1000
    },
    async states() {
      const isThere = hasBus(tree)
      const [before, list] = await Promise.all([isThere ? busNames(ask) : null, run(ask, LIST)])
      if (list === null) return null
      const namesOf = openUnitFiles(tree, ownTree)
      const units = await unitsToJudge(parseListedUnits(list), before, ask, namesOf)
      if (units === null) return null
      const isBusSilent = isThere && before === null
      const at = Math.floor(Date.now() / 1000)
      const states = { at, units, busNames: before, isBusSilent }
      if (before === null || withoutBusName(states).length === 0) return states
      // A service may have got its name since the first question.
      const after = await busNames(ask)
      if (after === null) return { ...states, busNames: null, isBusSilent: true }
      return { ...states, busNames: [...before, ...after] }
    },
  }
}

const LIST = [
  '--system',
  'list-units',
  '--no-pager',
  '--no-legend',
  '--plain',
  '--full',
  '--all',
  '--state=running,failed',
] as const

const SHOW = [
  '--system',
  'show',
  '--no-pager',
  '--timestamp=unix',
  `--property=${STATE_PROPERTIES.join(',')}`,
  '--',
] as const

/**
 * Returns the units that failed, and those that may miss their name. Mostly there are none, and
 * systemd is not asked about them.
 */
async function unitsToJudge(
  listed: readonly ListedUnit[],
  busNamesNow: readonly string[] | null,
  ask: Ask,
  namesOf: (unit: string) => readonly string[],
): Promise<readonly UnitState[] | null> {
  const taken = new Set(busNamesNow)
  const suspects = listed.filter(
    ({ unit, isFailed }) =>
      isFailed || (busNamesNow !== null && namesOf(unit).some((name) => !taken.has(name))),
  )
  if (suspects.length === 0) return []
  const bus = listed.filter(({ unit }) => BUS_UNITS.has(unit))
  const asked = [...new Set([...suspects, ...bus].map(({ unit }) => unit))].slice(0, MAX_UNITS)
  const text = await run(ask, [...SHOW, ...asked])
  if (text === null) return null
  return parseUnitStates(text).filter(({ unit }) => asked.includes(unit))
}

async function run(ask: Ask, argv: readonly string[]): Promise<string | null> {
  const said = await ask('/usr/bin/systemctl', argv, QUESTION)
  return 'stdout' in said ? said.stdout : null
}
