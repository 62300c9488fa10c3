import type { Case } from '../core/advice/case.ts'
import type { StaleCopy } from '../core/pacman/former-owner.ts'
import { findingOf, withSafeMarks } from '../core/report/finding.ts'
import { copiesOf, copyKey } from '../core/report/stale-copies.ts'
import type { Targets } from '../core/pacman/targets.ts'
import type { Finding } from '../core/report/report.ts'
import type { World } from '../io/world.ts'
import { limitOf } from './stage.ts'
import type { Stage } from './stage.ts'

/**
 * Returns the findings of cases: the step, and what pacman did to the files.
 *
 * @param targetsOf returns what the transaction changed; `null` where it is not known
 * @param bootSeconds seconds since 1970 at which the machine booted; `null` when not known
 */
export async function attribute(
  cases: readonly Case[],
  { packages }: World,
  targetsOf: () => Targets | null,
  bootSeconds: number | null,
): Promise<Stage<readonly Finding[]>> {
  const copies = distinctCopies(cases.flatMap((subject) => copiesOf(subject, bootSeconds)))
  const targets = copies.length > 0 ? targetsOf() : null
  const { attributions, limit } = await packages.changes(copies, new Date(), targets)
  const known = new Map(
    copies.map((copy, at) => [copyKey(copy), attributions[at] ?? UNKNOWN] as const),
  )
  return {
    value: withSafeMarks(
      cases.map((subject) => findingOf(subject, bootSeconds, known, targets)),
      cases[0]?.setting.marked ?? {},
    ),
    limits: limitOf(limit, new Set(copies.map(({ path }) => path)).size),
  }
}

const UNKNOWN = { kind: 'unknown' } as const

/**
 * Returns each stale file once: most services have the same libraries from the same start of the
 * machine.
 */
function distinctCopies(copies: readonly StaleCopy[]): readonly StaleCopy[] {
  return [...new Map(copies.map((copy) => [copyKey(copy), copy])).values()]
}
