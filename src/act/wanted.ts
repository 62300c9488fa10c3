import { typedNames } from '../core/act/names.ts'
import type { TypedName } from '../core/act/names.ts'
import { allOldUnits } from '../core/act/plan.ts'
import type { Wanted } from '../core/act/plan.ts'
import { printableText } from '../core/printable.ts'
import type { Printable } from '../core/printable.ts'
import { nearestNames } from '../core/report/nearest.ts'
import type { Acting } from '../io/act/acting.ts'
import { RequestError, StaleLibsError } from '../io/error.ts'
import { unknownUnitText, wrongNameText } from '../render/act/problems.ts'
import type { Verb } from '../render/act/problems.ts'
import type { MachineLook } from './desk.ts'

/** The names of a command line. */
type Typed = {
  readonly verb: Verb
  readonly units: readonly string[]
  readonly except: readonly string[]
}

/** What typed names mean on this machine. */
export type Meant = {
  readonly wanted: Wanted
  /** Named units that use no old code. */
  readonly current: readonly Printable[]
}

/**
 * Returns the units that are meant. One wrong name ends the run, so that nothing is done of a list
 * that its author did not mean.
 *
 * @throws {RequestError} for a name that no unit has
 */
export async function wantedOf(
  { verb, units, except }: Typed,
  isOfUser: boolean,
  acting: Acting,
  look: MachineLook,
): Promise<Meant> {
  const names = typedNames([...units, ...except])
  if ('problem' in names) throw new RequestError(wrongNameText(names, verb))
  const ids = await identified(names, { verb, isOfUser }, acting, look)
  const of = (some: readonly Printable[]) => new Set<string>(some)
  const named = ids.slice(0, units.length)
  const old = of(allOldUnits(look.report, isOfUser))
  return {
    wanted: {
      named: units.length === 0 ? null : of(named),
      except: of(ids.slice(units.length)),
      isOfUser,
    },
    current: [...new Set(named)].filter((unit) => !old.has(unit)),
  }
}

/** Returns the names that systemd has for typed ones: an alias has another. */
async function identified(
  names: readonly TypedName[],
  { verb, isOfUser }: { readonly verb: Verb; readonly isOfUser: boolean },
  acting: Acting,
  look: MachineLook,
): Promise<readonly Printable[]> {
  if (names.length === 0) return []
  const known = await acting.identify(names.map(({ unit }) => unit))
  if (known === null) throw new StaleLibsError('Cannot ask systemd about the units: no answer')
  return names.map(({ typed, unit }) => {
    const id = known.get(unit)
    if (id) return id
    throw new RequestError(unknownUnitText(typed, nearest(typed, isOfUser, look), verb))
  })
}

/**
 * Returns the service of the same manager that is most similar to a name, in the form that was
 * typed. A user could lead root to a name of the own units.
 */
function nearest(
  typed: Printable,
  isOfUser: boolean,
  { world }: MachineLook,
): readonly Printable[] {
  const kind = isOfUser ? 'user-service' : 'service'
  const services = world.proc.pids().flatMap((pid) => {
    const owner = world.owners.ofPid(pid)
    return owner?.kind === kind && owner.unit !== null ? [owner.unit] : []
  })
  return nearestNames(typed, services, 1).map(printableText)
}
