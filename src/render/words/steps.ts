import { say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Marking } from '../../core/systemd/markers.ts'
import type { Action } from '../../core/advice/action.ts'
import type { Finding } from '../../core/report/report.ts'
import { commandLine, counted } from './words.ts'

/** Returns what systemd is to do with a marked unit, and when. */
export function markingText({ job, isAtUpgrade, command }: Marking): Printable {
  const when = isAtUpgrade
    ? say`with the next upgrade that touches unit files`
    : say`when asked for all marked units`
  const now = isAtUpgrade ? say`, or now for all marked units` : say``
  const how = command === null ? say`` : say`${now}: ${commandLine(command)}`
  return say`is marked: systemd ${JOBS[job]} it ${when}${how}`
}

const JOBS: Readonly<Record<Marking['job'], Printable>> = {
  restart: say`restarts`,
  reload: say`reloads`,
  stop: say`stops`,
  start: say`starts`,
}

/** Returns one step of the summary, with the number of findings that it clears. */
export function stepWords(action: Action, findings: number): Printable {
  switch (action) {
    case 'reexec':
      return say`re-execute systemd`
    case 'restart':
      return say`restart ${counted(findings, 'service', 'services')}`
    case 'user-restart':
      return say`restart ${counted(findings, 'user service', 'user services')}`
    case 'user-reexec':
      return say`re-execute ${counted(findings, 'user manager', 'user managers')}`
    case 'relogin':
      return say`log out and in again`
    case 'close':
      return say`close ${counted(findings, 'application', 'applications')} and open again`
    case 'container':
      return say`update or restart ${counted(findings, 'container', 'containers')}`
    case 'manual':
      return say`look at ${findings} by hand`
    case 'soft-reboot':
      return say`soft-reboot`
    case 'reboot':
      return say`reboot`
    case 'wait':
      return say`wait for ${findings} to end`
    case 'none':
      return say`leave ${findings} alone`
    default:
      return action satisfies never
  }
}

/**
 * Returns what a person does about a finding; `null` where the cautions, or the command beside it,
 * say it.
 */
export function stepText({
  action,
  command,
  rule,
}: Pick<Finding, 'action' | 'command' | 'rule'>): Printable | null {
  switch (action) {
    case 'restart':
    case 'reexec':
    case 'user-restart':
    case 'user-reexec':
    case 'manual':
      return null
    case 'relogin':
      return say`log out and in again`
    case 'close':
      return say`close and open again`
    case 'container':
      return rule === 'container-of-machine'
        ? say`restart the container: it runs files of the machine`
        : say`update the container with its own tools`
    case 'soft-reboot':
      return say`${commandLine(command ?? [])}, or reboot`
    case 'reboot':
      return say`reboot`
    case 'wait':
      return say`wait`
    case 'none':
      return say`nothing to be done`
    default:
      return action satisfies never
  }
}
