import type { RuleCode } from '../advice/advice.ts'
import { isAskedFor } from '../act/when-named.ts'
import { keepsProcesses } from '../advice/case.ts'
import type { Case } from '../advice/case.ts'
import { answersAbout } from '../advice/decision.ts'
import type { RuleAnswer } from '../advice/decision.ts'
import { isOwnerRule } from '../advice/owner-rules.ts'
import type { OwnerRuleCode } from '../advice/owner-rules.ts'
import { printable } from '../printable.ts'
import type { Printable } from '../printable.ts'
import type { Finding } from '../report/report.ts'
import { UNIT_PROPERTIES } from '../systemd/unit-facts.ts'
import type { UnitProperty } from '../systemd/unit-facts.ts'

/** One finding with its case and with the rules that decided. */
export type Explained = {
  readonly case: Case
  readonly finding: Finding
  /** The finding with all that a restart by name costs, or with why it is refused. */
  readonly named: Finding
  /** Whether a restart by name can be done, and costs something: it asks first. */
  readonly isChoice: boolean
  /** Whether a restart ends only the main process, by which `KillMode=`; `null`: it ends all. */
  readonly keeps: 'process' | 'none' | null
  /** The rule for the kind of the owner, or the answers of the rules about units. */
  readonly why: OwnerRuleCode | readonly RuleAnswer[]
  /** The control group of each process of the case; `null` where none is known. */
  readonly groups: readonly (Printable | null)[]
  /** The paths of the stale files of each process of the case, in their order. */
  readonly paths: readonly (readonly Printable[])[]
  /** What systemd says of the unit, without empty properties; `null` where it was not asked. */
  readonly facts: readonly { readonly name: UnitProperty; readonly value: Printable }[] | null
}

/**
 * Returns a finding with everything behind its verdict.
 *
 * @param named the finding as `withAllCosts` returns it
 */
export function explained(one: Case, finding: Finding, named: Finding): Explained {
  const { facts, processes } = one
  return {
    case: one,
    finding,
    named,
    isChoice: named.unit !== null && !isRestart(named) && isAskedFor(named),
    keeps: keepsProcesses(one) ? (facts?.KillMode === 'none' ? 'none' : 'process') : null,
    why: whyOf(one, finding.rule),
    groups: processes.map(({ cgroup: { path } }) => (path === null ? null : printable(path))),
    paths: processes.map(({ files }) => files.map(({ path }) => printable(path))),
    facts:
      facts &&
      UNIT_PROPERTIES.filter((name) => facts[name] !== '').map((name) => ({
        name,
        // A list has an item a line.
        value: printable(facts[name].replaceAll('\n', ' ')),
      })),
  }
}

function isRestart({ action }: Finding): boolean {
  return action === 'restart' || action === 'user-restart'
}

function whyOf(subject: Case, rule: RuleCode): Explained['why'] {
  return isOwnerRule(rule) ? rule : answersAbout(subject)
}
