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

/** How the services are after the last transaction. */
export type Services = {
  /** Says whether any unit may have started or ended since then: one stat, and no program. */
  readonly haveChangedSince: (seconds: number) => boolean
  /** Returns `null` where systemd or the bus gave no answer, or none in time. */
  readonly states: () => Promise<ServiceStates | null>
}

const QUESTION = { maxBytes: 16 * 1024 * 1024, encoding: 'latin1' } as const
/** A whole argument list may take 2 MiB (execve(2)); a unit name takes 256 bytes. */
const MAX_UNITS = 4096

/**
 * Asks the running machine: systemctl(1) and busctl(1) once each, and once more where something
 * failed or may miss its name.
 *
 * @param tree what stands in front of the machine's absolute paths
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
      // A service may have taken its name since the first question.
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

/** Only what failed, and what may miss its name, is asked about; mostly that is nothing. */
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
