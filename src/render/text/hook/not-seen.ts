import { UNSEEN } from '../../../core/pacman/hook/traces.ts'
import { joined, say } from '../../../core/printable.ts'
import type { Printable } from '../../../core/printable.ts'
import type { LimitCode } from '../../../core/limits.ts'
import type { Report } from '../../../core/report/report.ts'
import { lookText } from '../typed.ts'

/** What a hook says of a limit in few words; `null`: nothing. */
type Short = 'unreadable' | 'in part' | 'without an answer of systemd' | 'packages not known' | null

/**
 * The few words for each limit. A kernel of no package would be said after each upgrade. What users
 * did to their own processes is for them, and for a look by hand.
 */
const SHORT: Readonly<Record<LimitCode, Short>> = {
  'maps-denied': 'unreadable',
  'maps-failed': 'unreadable',
  'maps-stuck': 'unreadable',
  'processes-hidden': 'unreadable',
  'mappings-dropped': 'in part',
  'files-unjudged': 'in part',
  'members-unjudged': 'in part',
  'user-processes-cut': null,
  'user-share-spent': null,
  'tree-unknown': 'in part',
  'group-unreadable': 'in part',
  'boot-time-unknown': 'packages not known',
  'kernel-unknown': null,
  'after-effects-unknown': null,
  'advisories-unreadable': null,
  'not-booted': 'without an answer of systemd',
  'systemctl-missing': 'without an answer of systemd',
  'systemctl-timeout': 'without an answer of systemd',
  'systemctl-failed': 'without an answer of systemd',
  'user-manager-missing': 'without an answer of systemd',
  'recorded-units': 'without an answer of systemd',
  'package-log-missing': 'packages not known',
  'package-log-unreadable': 'packages not known',
  'package-log-short': 'packages not known',
  'package-log-damaged': 'packages not known',
  'package-log-clock-stepped': 'packages not known',
  'package-log-too-long': 'packages not known',
  'package-database-unreadable': 'packages not known',
  'self-unknown': 'without an answer of systemd',
}

const ORDER = [
  'unreadable',
  'in part',
  'without an answer of systemd',
  'packages not known',
] as const satisfies readonly Short[]

/** Returns the last line of a hook, about what it did not see; none where it saw all. */
export function notSeenText({ limits, reader }: Report): readonly Printable[] {
  const texts = ORDER.flatMap((short): readonly Printable[] => {
    const some = limits.filter(({ code }) => SHORT[code] === short)
    if (some.length === 0) return []
    if (short === 'packages not known') return [say`packages not known`]
    const number = some.reduce((sum, { count }) => sum + count, 0)
    return [number === 0 ? say`some ${short}` : say`${number} ${short}`]
  })
  if (texts.length === 0) return []
  return [say`Not all was seen (${joined(texts, ', ')}): ${lookText(reader)}`]
}

/** Returns the line of a hook that found nothing, and did not see all processes of the system. */
export function unseenText({ unseenOfSystem: number, reader }: Report): readonly Printable[] {
  if (number === 0) return []
  const what = number === 1 ? say`1 program` : say`${number} programs`
  return [say`${UNSEEN}${what} of the system could not be read: ${lookText(reader)}`]
}
