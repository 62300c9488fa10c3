import type { Action } from '../../core/advice/action.ts'
import { count } from './words.ts'

/** Returns one step of the summary: what is to be done, and to how many findings. */
export function stepWords(action: Action, findings: number): string {
  switch (action) {
    case 'reexec':
      return 're-execute systemd'
    case 'restart':
      return `restart ${count(findings, 'service', 'services')}`
    case 'user-restart':
      return `restart ${count(findings, 'user service', 'user services')}`
    case 'user-reexec':
      return `re-execute ${count(findings, 'user manager', 'user managers')}`
    case 'relogin':
      return 'log out and in again'
    case 'close':
      return `close ${count(findings, 'application', 'applications')} and open again`
    case 'container':
      return `update ${count(findings, 'container', 'containers')}`
    case 'manual':
      return `look at ${findings} by hand`
    case 'soft-reboot':
      return 'soft-reboot'
    case 'reboot':
      return 'reboot'
    case 'wait':
      return `wait for ${findings} to end`
    case 'none':
      return `leave ${findings} alone`
    default:
      return action satisfies never
  }
}
