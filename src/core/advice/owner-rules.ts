import type { Action } from './action.ts'

/** Owners that have one step, whatever they are. */
export const OWNER_RULES = {
  manager: 'reexec',
  'manager-group': 'none',
  'user-manager': 'user-reexec',
  'pam-holder': 'relogin',
  lingers: 'manual',
  session: 'relogin',
  'session-left': 'manual',
  app: 'close',
  container: 'container',
  'guest-supervisor': 'manual',
  'virtual-machine': 'manual',
  'no-unit': 'manual',
  'of-a-user': 'restart',
} as const satisfies Readonly<Record<string, Action>>

/** The code of a rule that an owner's kind decides. */
export type OwnerRuleCode = keyof typeof OWNER_RULES

/** Owners that only a person can deal with: their rule is a caution, which says how. */
export type ByHandCode = {
  [Code in OwnerRuleCode]: (typeof OWNER_RULES)[Code] extends 'manual' ? Code : never
}[OwnerRuleCode]

/** What the sentence of such a caution names: a unit, or the container that is run. */
type Named = 'lingers' | 'guest-supervisor'

/** The caution of an owner that only a person can deal with. */
export type OwnerCaution = {
  [Code in ByHandCode]: {
    readonly code: Code
    readonly blocking: true
    readonly detail: Code extends Named ? string : null
  }
}[ByHandCode]

/** Says whether a rule goes by the kind of the owner alone. */
export function isOwnerRule(code: string): code is OwnerRuleCode {
  return Object.hasOwn(OWNER_RULES, code)
}
