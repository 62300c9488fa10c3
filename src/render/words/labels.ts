import type { Terminal } from '../../core/advice/case.ts'
import type { Guest } from '../../core/owner/guest.ts'
import type { User } from '../../core/owner/kinds.ts'
import type { Finding } from '../../core/report/report.ts'

/** Returns the label of a finding for people: `cronie.service`, `session 3 (zoe)`. */
export function findingLabel(finding: Finding): string {
  const { kind, name, user, container } = finding
  const who = user === null ? '' : ` (${userLabel(user)})`
  switch (kind) {
    case 'manager':
      return finding.rule === 'manager-group' ? `${name} (${pidsOf(finding)})` : 'systemd itself'
    case 'user-manager':
      return `user manager${who}`
    case 'container':
      return `container ${name} (${container?.runtime ?? 'other'})${who}`
    case 'vm':
      return `${guestLabel({ runtime: 'vm', name })}${who}`
    case 'process':
      return `${name} (${pidsOf(finding)})`
    default:
      return `${name}${who}`
  }
}

const MAX_PIDS = 4

function pidsOf({ processes: all }: Finding): string {
  const pids = all.map(({ pid }) => pid)
  const more = pids.length > MAX_PIDS ? ', ...' : ''
  return `PID ${pids.slice(0, MAX_PIDS).join(', ')}${more}`
}

/** Returns the label of a guest for people. */
export function guestLabel({ runtime, name }: Guest): string {
  return `${runtime === 'vm' ? 'virtual machine' : 'container'} ${name}`
}

/** Returns a terminal and its user: `pts/3 (zoe)`. */
export function terminalLabel({ name, user }: Terminal): string {
  return `${name} (${userLabel(user)})`
}

/** Returns the name of a user, or the number where there is no name. */
export function userLabel({ name, uid }: User): string {
  return name ?? `uid ${uid}`
}
