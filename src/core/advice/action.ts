/** All actions, in the order of the contract. */
export const ACTIONS = [
  'restart',
  'reexec',
  'user-restart',
  'user-reexec',
  'relogin',
  'close',
  'container',
  'manual',
  'soft-reboot',
  'reboot',
  'wait',
  'none',
] as const

/** The step that ends the stale processes of a finding, as the contract names it. */
export type Action = (typeof ACTIONS)[number]
