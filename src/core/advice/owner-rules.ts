import type { Printable } from '../printable.ts'
import type { Remains } from '../work/login-remains.ts'
import type { Action } from './action.ts'

/** The owners that have one step, whatever their unit says. */
export const OWNER_RULES = {
  manager: 'reexec',
  'user-manager': 'user-reexec',
  'pam-holder': 'relogin',
  lingers: 'manual',
  session: 'relogin',
  'session-left': 'manual',
  'session-of-command': 'manual',
  greeter: 'wait',
  app: 'close',
  'started-by-user-bus': 'close',
  'started-by-bus': 'manual',
  'podman-pause': 'manual',
  container: 'container',
  'container-of-machine': 'container',
  'guest-supervisor': 'manual',
  'virtual-machine': 'manual',
  'no-unit': 'manual',
  'of-a-user': 'restart',
} as const satisfies Readonly<Record<string, Action>>

/** The code of a rule that an owner's kind decides. */
export type OwnerRuleCode = keyof typeof OWNER_RULES

/** The owners for which no command is right. Their rule is a caution that says why. */
export type ByHandCode = {
  [Code in OwnerRuleCode]: (typeof OWNER_RULES)[Code] extends 'manual' | 'wait' ? Code : never
}[OwnerRuleCode]

/** The cautions whose sentence names a unit or a container. */
type Named = 'lingers' | 'guest-supervisor'

/** The caution of an owner that only a person can deal with. */
export type OwnerCaution = {
  [Code in ByHandCode]: {
    readonly code: Code
    readonly blocking: true
    readonly detail: Code extends 'session-left' ? Remains : Code extends Named ? Printable : null
  }
}[ByHandCode]

/** Says whether a rule goes by the kind of the owner alone. */
export function isOwnerRule(code: string): code is OwnerRuleCode {
  return Object.hasOwn(OWNER_RULES, code)
}
