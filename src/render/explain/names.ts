import { shortName } from '../../core/act/names.ts'
import { say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import { isLeftAlone } from '../../core/report/finding.ts'
import type { Finding } from '../../core/report/report.ts'
import { findingLabel, userLabel } from '../words/labels.ts'
import { listed } from '../words/words.ts'

/** The processes that are named beside the unit that leaves them alone. */
const MAX_PIDS = 4

/** Returns the name of a finding on this screen: `sshd`, `pipewire (zoe)`, `session 3 (zoe)`. */
export function shortLabel(finding: Finding): Printable {
  const { kind, name, unit, user, rule, processes } = finding
  const isUnit = (kind === 'service' || kind === 'user-service') && unit !== null && unit === name
  if (!isUnit || rule === 'started-by-bus') return findingLabel(finding)
  const who = user === null ? say`` : say` (${userLabel(user)})`
  const pids = listed(
    processes.map(({ pid }) => say`${pid}`),
    MAX_PIDS,
  )
  return say`${shortName(unit)}${who}${isLeftAlone(finding) ? say`, PID ${pids}` : say``}`
}
