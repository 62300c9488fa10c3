import { startInSession, waitUntilMapped } from './toys.ts'
import type { Guest } from './crowd.ts'
import { inManager, inSession } from './crowd.ts'
import { mustRun } from './lab.ts'
import type { Lab } from './lab.ts'

/** Characters that look like a blank, or like nothing, and are letters to Unicode. */
export const BLANK = /[\u{115f}\u{1160}\u{2800}\u{3164}\u{ffa0}]/u

/** Names of control groups that look like what the program prints, as systemd escapes them. */
const GROUPS = [
  'app-systemctl\\x20disable\\x20nftables-1.scope',
  'app-Restart\\x20\\x20\\x20\\x20\\x20\\x20sshd-1.scope',
  'app-Reboot\\x20soon:\\x20the\\x20disks\\x20fail-1.scope',
  'app-Note:\\x20all\\x20is\\x20well-1.scope',
  'app-sshd.service\\x20\\x20libc.so.6\\x20\\x28lifeline\\x29:\\x20restart\\x20at\\x20once-1.scope',
  'app-\u2800\u2800systemctl\\x20poweroff-1.scope',
  'machine-web\\x20\\x28lifeline\\x29.scope',
  'machine-systemctl\\x20poweroff.scope',
  // Wherever a line is broken, one of these has the command behind the break.
  ...Array.from(
    { length: 40 },
    (_, at) => `app-${'wide'.repeat(20).slice(0, 1 + 2 * at)}\\x20systemctl\\x20poweroff-1.scope`,
  ),
]

/** Names of programs, of at most 15 bytes (PR_SET_NAME of prctl(2)). */
const PROGRAMS = [
  'a\u2800(lifeline)',
  'x:\u3164reboot',
  'y\u115f(lifeline)',
  'z\uffa0\u1160z',
  'systemctl halt',
  'Reboot soon: x',
  'Note: all well',
]

/** Names of files that a user maps and removes. */
const FILES = [
  'own.so\u2800(lifeline)',
  'own.so (lifeline): systemctl poweroff',
  `${'wide '.repeat(12)}systemctl poweroff.so`,
]

/** Starts stale processes of a user with names that look like what the program prints. */
export function startLookalikes(lab: Lab, guest: Guest, library: string): void {
  const script =
    'library=$1; groups=$2; shift 2\n' +
    'for name do\n' +
    '  mkdir "$groups/$name" || exit\n' +
    '  (echo 0 >"$groups/$name/cgroup.procs"; exec setsid holder "$library") >/dev/null 2>&1 </dev/null &\n' +
    'done'
  const groups = `/sys/fs/cgroup${guest.manager}`
  mustRun(lab, ['sh', '-c', script, 'groups', library, groups, ...GROUPS], inManager(guest))
  for (const name of PROGRAMS) {
    const program = `${guest.home}/${name}`
    mustRun(lab, ['cp', '/usr/local/bin/holder', program], inSession(guest))
    startInSession(lab, [program, library], inSession(guest))
  }
  const own = FILES.map((name) => `${guest.home}/${name}`)
  for (const file of own) mustRun(lab, ['cp', library, file], inSession(guest))
  startInSession(lab, ['holder', library, ...own], inSession(guest))
  waitUntilMapped(lab, library, GROUPS.length + PROGRAMS.length + 1)
  mustRun(lab, ['rm', ...own], inSession(guest))
}
