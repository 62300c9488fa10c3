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
import { around, cost, left, MAIL_SERVER } from '../../support/act.ts'
import { shown } from '../../support/door.ts'

const says = (lines: ReturnType<typeof markPlanLines>, text: string) =>
  assert.equal(shown(lines), text.slice(1))

const UNITS = MAIL_SERVER.map((name) => printableText(`${name}.service`))
const HOOK = { isAtUpgrade: true, command: markedCommand(262, false), isSudo: true }
const PLAIN = { isAtUpgrade: false, command: markedCommand(252, false), isSudo: false }
const NONE = { isAtUpgrade: false, command: null, isSudo: false }

test('before marking: what fires it, and what is not marked', () => {
  const plan = {
    isOfUser: false,
    units: UNITS,
    left: [
      left('bus', 'reboot', { action: 'soft-reboot' }),
      left('docker', 'costs', { cautions: [cost('a restart stops its containers')] }),
      left('mine', 'excepted'),
      left('old', 'renewed'),
    ],
  }
  says(
    markPlanLines(plan, around({ current: ['cups.service'] }), HOOK),
    `
13 services that use old code will be marked for a restart:
  dovecot, fail2ban, mariadb, nginx, opendkim, php-fpm, postfix, postgresql,
      rspamd, sshd, systemd-resolved, valkey, vsftpd
The next upgrade that touches unit files restarts what is marked, and does not
ask.
To restart all that is marked now:
  sudo systemctl enqueue-marked
Not marked, since nobody is asked later:
  bus: only a reboot renews it
  docker: a restart stops its containers
  mine: left alone, as asked
  old: a restart did not clear it
cups uses no old code.
`,
  )
})

test('without the hook a mark does nothing by itself', () => {
  says(
    markPlanLines({ isOfUser: false, units: UNITS.slice(0, 1), left: [] }, around(), PLAIN),
    `
1 service that uses old code will be marked for a restart:
  dovecot
Nothing restarts what is marked by itself.
To restart all that is marked now:
  systemctl reload-or-restart --marked
`,
  )
})

test('nothing to mark', () => {
  const limits = [{ code: 'maps-stuck', count: 1 }] as const
  says(
    markPlanLines(
      { isOfUser: false, units: [], left: [] },
      around({ current: ['a.service', 'b.service'], limits }),
      PLAIN,
    ),
    '\nNothing will be marked.\na and b were not seen to use old code.\n',
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
    markedLines(UNITS, failed, { isOfUser: false, isSudo: true }),
    `
13 services are marked. To take it back: sudo stale-libs mark --clear
q could not be marked:
    Failed to set unit properties
`,
  )
  says(
    markedLines(UNITS.slice(0, 1), [], { isOfUser: true, isSudo: false }),
    '\n1 service is marked. To take it back: stale-libs mark --user --clear\n',
  )
  says(markedLines([], [], { isOfUser: false, isSudo: false }), '\nNothing was marked.\n')
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
    ),
    `
4 units are marked:
  a, d: is restarted (needs-restart)
  b: is reloaded (needs-reload)
  c.timer: is restarted (needs-reload, needs-restart)
The next upgrade that touches unit files restarts what is marked, and does not
ask.
To restart all that is marked now:
  sudo systemctl enqueue-marked
`,
  )
  says(
    markListLines([unit('a.service', 'needs-stop')], NONE),
    `
1 unit is marked:
  a: is stopped (needs-stop)
Nothing restarts what is marked by itself.
There is no safe command here that restarts all that is marked.
`,
  )
  says(markListLines([], HOOK), '\nNothing is marked.\n')
})

test('what is no longer marked', () => {
  const done = (count: number) => clearedLines(UNITS.slice(0, count), [], false)
  says(done(2), '\n2 units are no longer marked:\n  dovecot, fail2ban\n')
  says(done(1), '\n1 unit is no longer marked:\n  dovecot\n')
  says(done(0), '\nNothing was marked.\n')
})

test('a dry run says what would be', () => {
  const would = clearedLines(UNITS.slice(0, 2), [], true)
  says(would, '\n2 units would be no longer marked:\n  dovecot, fail2ban\n')
})

test('what could not be taken back is told with its reason', () => {
  const [unit = printableText('')] = UNITS
  const messages = [printableText('Failed to set unit properties')]
  const failed = [{ unit, messages }]
  says(
    clearedLines([], failed, false),
    '\ndovecot is marked as before:\n    Failed to set unit properties\n',
  )
})
