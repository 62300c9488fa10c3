import type { Case } from './case.ts'
import { SERVICE_RULES } from './unit-rules.ts'
import type { UnitDecision, UnitRuleCode } from './unit-rules.ts'

type Rules = readonly { readonly decide: (subject: Case) => UnitDecision | null }[]

/**
 * Returns what the first rule that applies decides, or `null` where none does. A rule that allows a
 * restart decides only where no rule after it applies.
 */
export function decisionOf(rules: Rules, subject: Case): UnitDecision | null {
  let allowed: UnitDecision | null = null
  for (const { decide } of rules) {
    const decision = decide(subject)
    if (decision !== null && decision.action !== 'restart') return decision
    allowed ??= decision
  }
  return allowed
}

/** What a rule answered about a unit. */
export type RuleAnswer = {
  readonly code: UnitRuleCode
  /** Where the fact behind the rule comes from. */
  readonly source: string
  /** `allows`: it applies, and is no reason against a restart. */
  readonly answer: 'no' | 'allows' | 'decides'
}

/** Returns the answers of the rules for a service, in order, up to the first that decides. */
export function answersAbout(subject: Case): readonly RuleAnswer[] {
  const answers: RuleAnswer[] = []
  for (const { code, source, decide } of SERVICE_RULES) {
    const decision = decide(subject)
    const answer = decision === null ? 'no' : decision.action === 'restart' ? 'allows' : 'decides'
    answers.push({ code, source, answer })
    if (answer === 'decides') break
  }
  return answers
}
