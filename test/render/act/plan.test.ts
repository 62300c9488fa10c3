import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Around } from '../../../src/core/act/around.ts'
import type { Plan } from '../../../src/core/act/plan.ts'
import { planLines as linesOf } from '../../../src/render/act/plan.ts'
import {
  around,
  cost,
  left,
  MAIL_SERVER,
  planned,
  planWith,
  SCREEN,
  SUDO_SCREEN,
} from '../../support/act.ts'
import { shown } from '../../support/door.ts'
import { file, finding } from '../../support/report.ts'

const planLines = (plan: Plan, sides: Around, screen = SCREEN) => linesOf(plan, sides, screen)
const says = (lines: ReturnType<typeof planLines>, text: string) =>
  assert.equal(shown(lines), text.slice(1))

const CARRIES = { code: 'carries-your-connection', blocking: false, detail: null } as const
const SERVES = { code: 'cuts-clients', blocking: false, detail: null } as const
const ENDLESS = { code: 'stops-without-limit', blocking: false, detail: null } as const
const RELOAD = { code: 'needs-daemon-reload', blocking: false, detail: null } as const
const CLIENTS_OF = ['dovecot', 'mariadb', 'postgresql', 'valkey', 'vsftpd']
const HIDDEN_PROCESSES = { code: 'maps-stuck', count: 1 } as const
const TUNNELS = left('openvpn-server@office', 'costs', {
  cautions: [cost('its tunnels drop for a moment')],
})

test('a mail server over ssh: the command whole, what it costs, what it leaves alone', () => {
  const units = MAIL_SERVER.map((name) =>
    planned(name, {
      cautions: [
        ...(name === 'sshd' ? [CARRIES] : name.startsWith('po') ? [ENDLESS] : []),
        ...(CLIENTS_OF.includes(name) ? [SERVES] : []),
      ],
    }),
  )
  const plan = planWith({ units, keeping: ['sshd.service'], left: [TUNNELS], others: 3 })
  says(
    planLines(plan, around({ isRemote: true }), SUDO_SCREEN),
    `
13 of the 14 services that use old code will be restarted:
  systemctl restart dovecot fail2ban mariadb nginx opendkim php-fpm postfix \\
    postgresql rspamd sshd systemd-resolved valkey vsftpd
What to know:
  postfix, postgresql: a restart may take long: systemd waits without limit
      (TimeoutStopSec=infinity)
  sshd: a restart leaves some of its processes alone, and they keep old
      code: see stale-libs
Your own session came through sshd and stays open.
Clients of dovecot, mariadb, postgresql, valkey and vsftpd are cut off and must
reconnect.
Left alone, since a restart costs something:
  openvpn-server@office: its tunnels drop for a moment
To restart it all the same (asks first):
  sudo stale-libs restart openvpn-server@office
3 other programs use old code too. To see them: sudo stale-libs
If this connection breaks, the restarts go on: look again with sudo stale-libs.
`,
  )
})

test('systemd itself and changed unit files come first, and each reason stands once', () => {
  const plan = planWith({
    manager: finding({ kind: 'manager', unit: 'init.scope', action: 'reexec' }),
    isReloaded: true,
    units: [planned('a', { cautions: [RELOAD] }), planned('x.mount')],
    left: [
      left('b', 'excepted'),
      left('bus', 'reboot', { action: 'soft-reboot' }),
      left('ice', 'impossible', { cautions: [{ code: 'frozen', blocking: true, detail: null }] }),
      left('odd', 'impossible'),
      left('old', 'renewed', { files: [file('libfoo.so.1')] }),
      left('unknown', 'renewed', { files: [] }),
    ],
    others: 1,
  })
  says(
    planLines(plan, around({ survivors: ['b.service', 'other.service'] })),
    `
systemd itself uses old code. It first re-executes itself, and stops no service:
  systemctl daemon-reexec
A unit file has changed, so systemd reads the unit files again:
  systemctl daemon-reload
2 of the 8 services that use old code will be restarted:
  systemctl restart a x.mount.service
Left alone, as asked: b.
Left alone, since a restart does not help or cannot be done:
  ice: it is frozen (systemctl freeze)
  odd: a restart does not renew it
Left alone, since an earlier restart did not renew it:
  old: it loads old code again: /usr/lib/libfoo.so.1
  unknown: which file it loads again is not known
Only a soft reboot or a reboot renews bus.
A soft reboot does not end b and other: a reboot does.
1 other program uses old code too. To see it: stale-libs
`,
  )
})

test('a restart that ends the session of the caller says so, and nothing twice', () => {
  const ends = { code: 'ends-your-connection', blocking: true, detail: null } as const
  const units = [
    planned('NetworkManager', {
      isSafe: false,
      cautions: [cost('the network drops for a moment')],
    }),
    planned('sshd', { isSafe: false, endsCaller: true, rule: ends.code, cautions: [ends] }),
  ]
  says(
    planLines(planWith({ units, isNamed: true, services: 9 }), around({ isRemote: true })),
    `
2 services that use old code will be restarted:
  systemctl restart NetworkManager sshd
What it costs:
  NetworkManager: the network drops for a moment
Your own session or terminal ends with sshd. The restarts go on without it: look
again with stale-libs.
`,
  )
})

test('the services of a user: each command is for the own manager, and has no sudo', () => {
  const plan = planWith({
    isOfUser: true,
    manager: finding({ kind: 'user-manager', unit: 'init.scope' }),
    isReloaded: true,
    units: [planned('syncthing')],
    left: [left('pipewire', 'costs', { cautions: [cost('sound stops')] })],
  })
  says(
    planLines(
      plan,
      around({ isRoot: false, limits: [{ code: 'maps-denied', count: 3 }] }),
      SUDO_SCREEN,
    ),
    `
Your manager (systemd --user) uses old code. It first re-executes itself, and
stops no service:
  systemctl --user daemon-reexec
A unit file has changed, so systemd reads the unit files again:
  systemctl --user daemon-reload
1 of the 2 services that use old code will be restarted:
  systemctl --user restart syncthing
Left alone, since a restart costs something:
  pipewire: sound stops
To restart it all the same (asks first):
  stale-libs restart --user pipewire
`,
  )
})

const units = (number: number) => MAIL_SERVER.slice(0, number).map((name) => planned(name))
const BUS = left('dbus-broker', 'reboot', { action: 'soft-reboot' })
const FIRST: readonly (readonly [string, Plan, string])[] = [
  ['all', planWith({ units: units(13) }), 'All 13 services that use old code will be restarted:'],
  ['both', planWith({ units: units(2) }), 'Both services that use old code will be restarted:'],
  ['one of one', planWith({ units: units(1) }), 'dovecot uses old code and will be restarted:'],
  [
    'one of two',
    planWith({ units: units(1), left: [BUS] }),
    '1 of the 2 services that use old code will be restarted:',
  ],
  [
    'one that was named',
    planWith({ units: units(1), isNamed: true, services: 9 }),
    'dovecot uses old code and will be restarted:',
  ],
  [
    'none of one',
    planWith({ left: [BUS] }),
    'The one service that uses old code will not be restarted.',
  ],
  [
    'none of two',
    planWith({ left: [BUS, TUNNELS] }),
    'None of the 2 services that use old code will be restarted.',
  ],
  ['nothing old', planWith(), 'No service uses old code.'],
  ['nothing old of a user', planWith({ isOfUser: true }), 'None of your services uses old code.'],
  ['nothing old of the named', planWith({ isNamed: true }), 'Nothing will be restarted.'],
]

for (const [name, plan, text] of FIRST)
  test(`the first line: ${name}`, () => {
    assert.equal(shown(planLines(plan, around())).split('\n')[0], text)
  })

test('systemd itself alone', () => {
  const plan = planWith({ manager: finding({ kind: 'manager', unit: 'init.scope' }) })
  says(
    planLines(plan, around({ isRemote: true })),
    `
systemd itself uses old code. It re-executes itself, and stops no service:
  systemctl daemon-reexec
`,
  )
  const beside = shown(planLines({ ...plan, left: [BUS], services: 1 }, around()))
  assert.match(
    beside,
    /daemon-reexec\nThe one service that uses old code will not be restarted\.\n/,
  )
})

test('a named unit that does not run is not called clear', () => {
  const named = planWith({ isNamed: true })
  says(
    planLines(named, around({ notRunning: ['nginx.service'], current: ['sshd.service'] })),
    `
Nothing will be restarted.
sshd uses no old code.
nginx does not run. To see its state:
  systemctl status nginx
`,
  )
  says(
    planLines({ ...named, isOfUser: true }, around({ notRunning: ['a.service', 'b.service'] })),
    `
Nothing will be restarted.
a and b do not run. To see their states:
  systemctl --user status a b
`,
  )
})

test('a user is not told that services of others were not seen', () => {
  const limits = [{ code: 'maps-denied', count: 3 }] as const
  const own = planWith({ isOfUser: true })
  says(
    planLines(own, around({ isRoot: false, limits })),
    `
None of your services was seen to use old code.
No reason to reboot was seen.
`,
  )
  says(
    planLines({ ...own, isNamed: true }, around({ limits, current: ['mpd.service'] })),
    `
Nothing will be restarted.
mpd was not seen to use old code.
`,
  )
})

test('nothing that was not looked at is called clear', () => {
  const part = around({ limits: [{ code: 'maps-stuck', count: 1 }] })
  says(
    planLines(planWith(), part),
    `
No service was seen to use old code, but not everything was seen.
No reason to reboot was seen.
`,
  )
  says(planLines(planWith(), around()), `\nNo service uses old code.\nNo reboot needed.\n`)
  says(
    planLines(planWith({ isNamed: true }), { ...part, ...around({ current: ['sshd.service'] }) }),
    `\nNothing will be restarted.\nsshd uses no old code.\n`,
  )
  says(
    planLines(planWith({ isNamed: true }), {
      ...around({ current: ['sshd.service'] }),
      limits: part.limits,
    }),
    `
Nothing will be restarted.
sshd was not seen to use old code, but not everything was seen.
`,
  )
  const [first, second] = shown(planLines(planWith({ units: units(1) }), part)).split('\n')
  assert.equal(first, 'Not everything was seen, so there may be more. To see why: stale-libs')
  assert.equal(second, 'dovecot uses old code and will be restarted:')
  assert.match(
    shown(planLines(planWith({ left: [BUS] }), part)),
    /\nThe one service that was seen to use old code will not be restarted\.\n/,
  )
})

test('what the configuration hides is said, and nothing is called clear', () => {
  says(
    planLines(planWith(), around({ hidden: 2 })),
    `
No service was seen to use old code, but the configuration hides 2 that use it.
No reboot needed.
`,
  )
  const named = around({ hidden: 1, current: ['one.service'], limits: [HIDDEN_PROCESSES] })
  says(
    planLines(planWith({ isNamed: true }), named),
    `
Nothing will be restarted.
one was not seen to use old code, but not everything was seen, and the
configuration hides 1 that uses it.
`,
  )
})

test('where nearly everything is old, a reboot is called simpler than all restarts', () => {
  const simpler = around({ isRebootSimpler: true })
  const sentence = /^Nearly everything uses old code: a reboot is simpler than these restarts\.$/m
  const of = (some: Parameters<typeof planWith>[0]) => shown(planLines(planWith(some), simpler))
  assert.match(of({ units: units(2) }), sentence)
  assert.doesNotMatch(of({ units: units(2), isNamed: true }), sentence)
  assert.doesNotMatch(of({}), sentence)
})

test('a transaction of pacman is told before a restart, and not where nothing is done', () => {
  const works = around({ isPacmanAtWork: true })
  const lines = shown(planLines(planWith({ units: units(1) }), works))
  assert.match(lines, /^pacman has its database locked: an upgrade may be half done\./m)
  assert.doesNotMatch(shown(planLines(planWith(), works)), /pacman/)
})

test('reasons to reboot stand with their sentences, and then nothing is called clear', () => {
  const reasons = [
    {
      code: 'microcode-newer',
      level: 'full',
      package: 'intel-ucode',
      reason: 'microcode takes effect at boot',
    },
  ] as const
  const full = around({ canSoftReboot: false, reboot: { needed: 'full', reasons } })
  says(
    planLines(planWith({ left: [BUS] }), { ...full, survivors: [BUS.unit] }),
    `
The one service that uses old code will not be restarted.
Only a reboot renews dbus-broker.
Reasons to reboot:
  intel-ucode was installed after boot: microcode takes effect at boot
`,
  )
})

test('sixty units, with long names and escapes', () => {
  const names = [
    '-a',
    String.raw`dev-disk\x2dby`,
    'w'.repeat(240),
    ...Array.from({ length: 57 }, (_, at) => `app@${at}`),
  ]
  const text = shown(planLines(planWith({ units: names.map((name) => planned(name)) }), around()))
  const [title, first, ...rest] = text.trimEnd().split('\n')
  assert.equal(title, 'All 60 services that use old code will be restarted:')
  assert.equal(
    first,
    String.raw`  systemctl restart -- -a.service 'dev-disk\x2dby.service' \ `.trimEnd(),
  )
  assert.equal(rest[0], `    ${'w'.repeat(240)} \\`)
  assert.ok(rest.slice(1).every((line) => line.length <= 80 && line.startsWith('    app@')))
})

test('a plan by names speaks of nothing else', () => {
  const named = planWith({ isNamed: true, services: 9, others: 3 })
  const manager = finding({ kind: 'manager', unit: 'init.scope' })
  says(
    planLines({ ...named, manager }, around()),
    `
systemd itself uses old code. It re-executes itself, and stops no service:
  systemctl daemon-reexec
`,
  )
  says(
    planLines(
      {
        ...named,
        left: [
          left('a', 'impossible', {
            cautions: [{ code: 'unit-not-asked', blocking: false, detail: null }],
          }),
        ],
      },
      around(),
    ),
    `
Nothing will be restarted.
Left alone, since a restart does not help or cannot be done:
  a: systemd could not be asked about this unit
`,
  )
})

test('the name of a unit is never cut', () => {
  const long = 'w'.repeat(120)
  const text = shown(planLines(planWith({ left: [left(long, 'excepted')] }), around()))
  assert.match(text, new RegExp(`^${long}\\.$`, 'm'))
})

test('a service that only a reboot renews is said once', () => {
  const reason = { code: 'finding', level: 'soft', finding: BUS.finding } as const
  const soft = around({ reboot: { needed: 'soft', reasons: [reason] } })
  says(
    planLines(planWith({ left: [BUS] }), soft),
    `
The one service that uses old code will not be restarted.
Only a soft reboot or a reboot renews dbus-broker.
`,
  )
})
