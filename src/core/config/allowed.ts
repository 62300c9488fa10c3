import type { Action } from '../advice/action.ts'

/**
 * The steps that a row of the configuration can give to units. The other actions are those of
 * managers, containers and the services of users.
 */
export const ROW_ACTIONS = [
  'restart',
  'manual',
  'wait',
  'relogin',
  'close',
  'soft-reboot',
  'reboot',
  'none',
] as const satisfies readonly Action[]

/** Whose units a row can be about. */
export const ROW_OWNERS = ['system', 'user', 'both'] as const

/** What a unit that lets people back into the machine can be for. */
export const ROLES = ['login', 'network', 'jobs'] as const
