import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jobOf, markedCommand } from '../../../src/core/systemd/markers.ts'
import type { Marker } from '../../../src/core/systemd/markers.ts'
import { printableText } from '../../../src/core/printable.ts'
import {
  clearedLines,
  markedLines,
  markListLines,
  markPlanLines,
} from '../../../src/render/act/marks.ts'
import { around, cost, left, MAIL_SERVER, SCREEN, SUDO_SCREEN } from '../../support/act.ts'
import { shown } from '../../support/door.ts'

const says = (lines: ReturnType<typeof markPlanLines>, text: string) =>
  assert.equal(shown(lines), text.slice(1))

const UNITS = MAIL_SERVER.map((name) => printableText(`${name}.service`))
const HOOK = { isAtUpgrade: true, command: markedCommand(262, false) }
const PLAIN = { isAtUpgrade: false, command: markedCommand(252, false) }
const NONE = { isAtUpgrade: false, command: null }

test('before marking: what fires it, and what is not marked', () => {
  const plan = {
    isOfUser: false,
    isManagerOld: true,
    units: UNITS,
    left: [
      left('bus', 'reboot', { action: 'soft-reboot' }),
      left('kernel', 'reboot', { action: 'reboot' }),
      left('docker', 'costs', { cautions: [cost('a restart stops its containers')] }),
      left('mine', 'excepted'),
      left('old', 'renewed'),
    ],
  }
  says(
    markPlanLines(plan, around({ current: ['cups.service'] }), HOOK, SUDO_SCREEN),
    `
13 services that use old code will be marked for a restart:
  dovecot, fail2ban, mariadb, nginx, opendkim, php-fpm, postfix, postgresql,
      rspamd, sshd, systemd-resolved, valkey, vsftpd
The next upgrade that touches unit files restarts all marked units, and does not
ask.
To restart all marked units now:
  sudo systemctl enqueue-marked
systemd itself uses old code too, and cannot be marked:
  sudo systemctl daemon-reexec
Not marked, since a restart costs something:
  docker: a restart stops its containers
Not marked, since a restart does not help or cannot be done:
  bus: only a soft reboot or a reboot renews it
  kernel: only a reboot renews it
  mine: left alone, as asked
  old: an earlier restart did not renew it
cups uses no old code.
`,
  )
})

test('without the hook a mark does nothing by itself', () => {
  says(
    markPlanLines(
      { isOfUser: false, isManagerOld: false, units: UNITS.slice(0, 1), left: [] },
      around(),
      PLAIN,
      SCREEN,
    ),
    `
1 service that uses old code will be marked for a restart:
  dovecot
Nothing is restarted until somebody asks systemd for it.
To restart all marked units now:
  systemctl reload-or-restart --marked
`,
  )
})

test('nothing to mark', () => {
  const limits = [{ code: 'maps-stuck', count: 1 }] as const
  says(
    markPlanLines(
      { isOfUser: false, isManagerOld: false, units: [], left: [] },
      around({ current: ['a.service', 'b.service'], limits }),
      PLAIN,
      SCREEN,
    ),
    '\nNothing will be marked.\na and b were not seen to use old code, but not everything was seen.\n',
  )
  const none = { isOfUser: false, isManagerOld: false, units: [], left: [] }
  says(
    markPlanLines(none, around(), PLAIN, SCREEN),
    '\nNo service uses old code.\nNothing will be marked.\n',
  )
  says(
    markPlanLines(none, around({ limits }), PLAIN, SCREEN),
    '\nNo service was seen to use old code, but not everything was seen.\nNothing will be marked.\n',
  )
  says(
    markPlanLines(none, around({ notRunning: ['a.service', 'b.service'] }), PLAIN, SCREEN),
    `
Nothing will be marked.
a and b do not run. To see their states:
  systemctl status a b
`,
  )
  says(
    markPlanLines({ ...none, left: [left('old', 'renewed')] }, around(), PLAIN, SCREEN),
    `
Nothing will be marked.
Not marked, since a restart does not help or cannot be done:
  old: an earlier restart did not renew it
`,
  )
})

test('what was marked, and how it is taken back', () => {
  const failed = [
    {
      unit: printableText('q.service'),
      messages: [printableText('Failed to set unit properties')],
    },
  ]
  says(
    markedLines(UNITS, failed, false, SUDO_SCREEN),
    `
13 services are marked. To take all marks back: sudo stale-libs mark --clear
q could not be marked:
    Failed to set unit properties
`,
  )
  says(
    markedLines(UNITS.slice(0, 1), [], true, SCREEN),
    '\n1 service is marked. To take all marks back: stale-libs mark --user --clear\n',
  )
  says(markedLines([], [], false, SCREEN), '\nNothing was marked.\n')
})

test('the list tells what happens to each, and when', () => {
  const unit = (name: string, ...markers: readonly Marker[]) => ({
    unit: printableText(name),
    markers,
    job: jobOf(markers, true) ?? 'restart',
  })
  says(
    markListLines(
      [
        unit('a.service', 'needs-restart'),
        unit('b.service', 'needs-reload'),
        unit('c.timer', 'needs-reload', 'needs-restart'),
        unit('d.service', 'needs-restart'),
      ],
      HOOK,
      SUDO_SCREEN,
    ),
    `
4 units are marked:
  a, d: to be restarted (needs-restart)
  b: to be reloaded (needs-reload)
  c.timer: to be restarted (needs-reload, needs-restart)
The next upgrade that touches unit files does this, and does not ask.
To do this now:
  sudo systemctl enqueue-marked
`,
  )
  says(
    markListLines([unit('a.service', 'needs-stop')], NONE, SCREEN),
    `
1 unit is marked:
  a: to be stopped (needs-stop)
Nothing is done until somebody asks systemd for it.
No command for all marked units is known here.
`,
  )
  says(markListLines([], HOOK, SUDO_SCREEN), '\nNo unit is marked.\n')
})

test('what is no longer marked, and what still is', () => {
  const cleared = (number: number, isDryRun = false) =>
    clearedLines(UNITS.slice(0, number), [], isDryRun, SCREEN)
  says(cleared(2), '\n2 units are no longer marked:\n  dovecot, fail2ban\n')
  says(cleared(1), '\n1 unit is no longer marked:\n  dovecot\n')
  says(cleared(1, true), '\n1 unit would no longer be marked:\n  dovecot\n')
  says(cleared(2, true), '\n2 units would no longer be marked:\n  dovecot, fail2ban\n')
  says(cleared(0), '\nThere is no mark to take back.\n')
  const failed = [
    { unit: printableText('q.service'), messages: [printableText('Access denied')] },
    { unit: printableText('r.service'), messages: [] },
  ]
  says(
    clearedLines(UNITS.slice(0, 1), failed, false, SCREEN),
    `
1 unit is no longer marked:
  dovecot
q is still marked:
    Access denied
r is still marked.
`,
  )
  says(clearedLines([], failed.slice(1), false, SCREEN), '\nr is still marked.\n')
})
