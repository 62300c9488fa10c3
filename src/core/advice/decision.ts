import type { Case } from './case.ts'
import { RULES_BY_NAME, SERVICE_RULES } from './unit-rules.ts'
import type { UnitDecision, UnitRuleCode } from './unit-rules.ts'

/** Says whether the caller is the user of a service: only they can ask its manager. */
export function isOwn({ owner, setting: { selfUid } }: Case): boolean {
  return selfUid !== 0 && selfUid === owner.uid
}

/** Returns the rules that a service is asked: of another user's, only those that need no answer of systemd. */
function rulesFor(subject: Case) {
  return subject.owner.kind === 'user-service' && !isOwn(subject) ? RULES_BY_NAME : SERVICE_RULES
}

/**
 * Returns what the first rule that applies decides, or `null` where none does. A rule that allows a
 * restart decides only where no rule after it applies.
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
  for (const { code, source, decide } of rulesFor(subject)) {
    const decision = decide(subject)
    const answer = decision === null ? 'no' : decision.action === 'restart' ? 'allows' : 'decides'
    answers.push({ code, source, answer })
    if (answer === 'decides') break
  }
  return answers
}
