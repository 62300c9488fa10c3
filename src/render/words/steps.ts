import type { Action } from '../../core/advice/action.ts'
import { counted } from './words.ts'

/** Returns one step of the summary, with the number of findings that it clears. */
export function stepWords(action: Action, findings: number): string {
  switch (action) {
    case 'reexec':
      return 're-execute systemd'
    case 'restart':
      return `restart ${counted(findings, 'service', 'services')}`
    case 'user-restart':
      return `restart ${counted(findings, 'user service', 'user services')}`
    case 'user-reexec':
      return `re-execute ${counted(findings, 'user manager', 'user managers')}`
    case 'relogin':
      return 'log out and in again'
    case 'close':
      return `close ${counted(findings, 'application', 'applications')} and open again`
    case 'container':
      return `update ${counted(findings, 'container', 'containers')}`
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
