import { printableText } from '../printable.ts'
import type { Printable } from '../printable.ts'
import type { Case } from './case.ts'
import { RULES_WITHOUT_MANAGER, SERVICE_RULES } from './unit-rules.ts'
import type { UnitDecision, UnitRuleCode } from './unit-rules.ts'

/**
 * Says whether a service belongs to the user who runs the scan. Only this user can ask its manager,
 * and knows what a restart costs.
 */
export function isOwn({ owner, setting: { selfUid } }: Case): boolean {
  return selfUid !== 0 && selfUid === owner.uid
}

/**
 * Returns the rules for a service. The service of another user, and what a bus started, only get
 * those that need no answer of systemd.
 */
function rulesFor(subject: Case) {
  const { kind, isOfBus } = subject.owner
  const isAsked = !isOfBus && (kind !== 'user-service' || isOwn(subject))
  return isAsked ? SERVICE_RULES : RULES_WITHOUT_MANAGER
}

/**
 * Returns the decision of the first rule that applies, or `null` where none does. A rule that
 * allows a restart decides only where no later rule applies.
 */
export function decisionOf(subject: Case): UnitDecision | null {
  let allowed: UnitDecision | null = null
  for (const { decide } of rulesFor(subject)) {
    const decision = decide(subject)
    if (decision !== null && decision.action !== 'restart') return decision
    allowed ??= decision
  }
  return allowed
}

/**
 * Returns the decisions of all rules that speak against a restart, in their order. The first one
 * decides; who restarts the unit all the same needs to know of the others, too.
 */
export function objectionsTo(subject: Case): readonly UnitDecision[] {
  return rulesFor(subject).flatMap(({ decide }) => {
    const decision = decide(subject)
    return decision === null || decision.action === 'restart' ? [] : [decision]
  })
}

/** The answer of one rule about a unit. */
export type RuleAnswer = {
  readonly code: UnitRuleCode
  /** Where the fact behind the rule comes from. */
  readonly source: Printable
  /**
   * `no`: the rule does not apply. `allows`: it applies, and does not speak against a restart.
   * `decides`: it is the first that speaks against one. `objects`: it does so, too.
   */
  readonly answer: 'no' | 'allows' | 'decides' | 'objects'
}

/** Returns the answers of all rules for a service, in order. */
export function answersAbout(subject: Case): readonly RuleAnswer[] {
  let isDecided = false
  return rulesFor(subject).map(({ code, source, decide }) => {
    const decision = decide(subject)
    const answer = decision === null ? 'no' : decision.action === 'restart' ? 'allows' : null
    const objection = isDecided ? 'objects' : 'decides'
    isDecided ||= answer === null
    return { code, source: printableText(source), answer: answer ?? objection }
  })
}
