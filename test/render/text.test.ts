import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refersToTheRest } from '../../src/core/hook/said.ts'
import type { Finding, Report } from '../../src/core/report/report.ts'
import { summaryOf } from '../../src/core/report/summary.ts'
import { written } from '../../src/render/door.ts'
import { COLOURED, PLAIN } from '../../src/render/style.ts'
import { columnsOf } from '../../src/render/text/columns.ts'
import { renderText } from '../../src/render/text/text.ts'
import { REFUSING, shown } from '../support/door.ts'
import type { Plain } from '../support/printed.ts'
import { reportOf } from '../support/report.ts'
import {
  changed,
  EXPAT,
  GLIBC,
  hookReport,
  LOGIN,
  old,
  OPENSSH,
  OPENSSL,
  rebootFor,
} from '../support/screens.ts'

const HOOK = { hook: true, all: false }
const HAND = { hook: false, all: false }
const clients = [{ code: 'cuts-clients', blocking: false, detail: null }] as const
const network = [
  {
    code: 'sensitive',
    blocking: true,
    detail: { reason: 'the network drops for a moment', guests: [] },
  },
] as const
const ben = { uid: 1000, name: 'ben' }
const own = (unit: string) =>
  old(unit, OPENSSL, { kind: 'user-service', action: 'user-restart', user: ben })
const app = (name: string) =>
  old(name, OPENSSL, { kind: 'app', name, action: 'close', rule: 'app', user: ben })
const costly = (unit: string, some: Plain<Partial<Finding>> = {}) =>
  old(unit, OPENSSL, { action: 'manual', rule: 'sensitive', cautions: network, ...some })
const gdm = old('gdm', OPENSSL, {
  action: 'manual',
  rule: 'display-manager',
  cautions: [{ code: 'display-manager', blocking: true, detail: null }],
})
const SERVER = [
  old('sshd', OPENSSL, LOGIN),
  ...['dovecot', 'mariadb', 'postgresql', 'valkey', 'vsftpd'].map((one) =>
    old(one, OPENSSL, { cautions: clients }),
  ),
  ...['fail2ban', 'nginx', 'opendkim', 'php-fpm', 'postfix', 'rspamd', 'systemd-resolved'].map(
    (one) => old(one, OPENSSL),
  ),
  costly('openvpn-server@office'),
]
const DESKTOP = [
  old('cups', OPENSSL),
  old('systemd-resolved', OPENSSL),
  ...['evolution-source-registry', 'localsearch-3', 'pipewire', 'pipewire-pulse'].map(own),
  costly('NetworkManager'),
  costly('wpa_supplicant'),
  gdm,
  app('LibreOffice'),
  app('Transmission'),
]
const DBUS = old('dbus-broker', EXPAT, { action: 'soft-reboot' })
const OLD_SSHD = old('sshd', OPENSSH, {
  ...LOGIN,
  mayFail: 'logins',
  files: [{ ...changed(OPENSSH, false), kind: 'executable' }],
})
const before = (unit: string, some: Plain<Partial<Finding>> = {}) =>
  old(unit, OPENSSL, { files: [changed(OPENSSL, false)], ...some })
const KERNEL = {
  code: 'kernel-modules-gone',
  level: 'full',
  release: '6.17.9-arch1-1',
  successor: { package: 'linux', release: '6.18.1-arch1-2' },
} as const
const NVIDIA = {
  code: 'nvidia-mismatch',
  level: 'full',
  loaded: '580.95.05',
  installed: '580.105.08',
} as const
const MICROCODE = {
  code: 'microcode-newer',
  level: 'full',
  package: 'amd-ucode',
  reason: 'x',
} as const
const nearlyAll = (some: readonly Finding[]) => {
  const init = old('init', GLIBC, { kind: 'manager', action: 'reexec', unit: null })
  const bus = old('dbus-broker', GLIBC, { action: 'soft-reboot' })
  const many = Array.from({ length: 80 }, (_, at) => old(`s${at}`, GLIBC))
  const findings = [init, bus, ...some, ...many]
  const summary = summaryOf(findings, findings.length + 2, true)
  return hookReport(findings, {
    processes: findings.length + 2,
    summary,
    reboot: rebootFor({ code: 'finding', level: 'soft', finding: bus } as never),
  })
}

const SCREENS: Readonly<Record<string, readonly [Report, typeof HOOK, string]>> = {
  '1: a server with 14 services': [
    hookReport(SERVER),
    HOOK,
    `  14 services still use the old openssl (3.6.0-1 -> 3.6.1-1). No reboot needed.
  Restart      sshd, dovecot, mariadb, postgresql, valkey, vsftpd, fail2ban,
               nginx, opendkim, php-fpm, postfix, rspamd, systemd-resolved
                 sudo stale-libs restart    (shows the list and asks first)
               This ssh login stays open. Clients of dovecot, mariadb,
               postgresql, valkey and vsftpd are cut off and must reconnect.
  Choose when  openvpn-server@office: the network drops for a moment
                 sudo stale-libs restart openvpn-server@office
`,
  ],
  '2: a desktop': [
    hookReport(DESKTOP),
    HOOK,
    `  9 services and 2 apps still use the old openssl (3.6.0-1 -> 3.6.1-1).
  No reboot needed.
  Restart      cups, systemd-resolved
                 sudo systemctl restart cups systemd-resolved
               yours: evolution-source-registry, localsearch-3, pipewire,
               pipewire-pulse
                 stale-libs restart --user
  Choose when  NetworkManager, wpa_supplicant: the network drops for a moment
                 sudo stale-libs restart NetworkManager wpa_supplicant
               gdm: it ends the graphical session; log out first
  Reopen       LibreOffice, Transmission
  The next shutdown does all of this as well (suspend does not).
`,
  ],
  '2b: a desktop, and the bus': [
    hookReport([DBUS, ...DESKTOP], {
      reboot: rebootFor({ code: 'finding', level: 'soft', finding: DBUS } as never),
    }),
    HOOK,
    `  10 services and 2 apps still use old code of openssl (3.6.0-1 -> 3.6.1-1) or
  expat (2.7.2-1 -> 2.7.3-1). Reboot when it suits.
  Reboot       does all of this. Nothing else renews dbus-broker. It also renews
               5 services and 2 apps.
  Restart      cups, systemd-resolved
                 sudo systemctl restart cups systemd-resolved
  Choose when  NetworkManager, wpa_supplicant: the network drops for a moment
                 sudo stale-libs restart NetworkManager wpa_supplicant
`,
  ],
  '3: the C library': [
    nearlyAll([]),
    HOOK,
    `  Reboot soon: 82 of 84 programs still use the old glibc
  (2.41+r48+g5cb575ca9a3d-1 -> 2.42+r17+gd7274d718e6f-1).
  What runs goes on working. Until the reboot a new login, a scheduled job or a
  program that loads a part of itself later can fail.
`,
  ],
  '3b: the C library, over ssh': [
    nearlyAll([old('sshd', GLIBC, { ...LOGIN, mayFail: 'logins' })]),
    HOOK,
    `  Reboot soon: 83 of 85 programs still use the old glibc
  (2.41+r48+g5cb575ca9a3d-1 -> 2.42+r17+gd7274d718e6f-1).
  What runs goes on working. Until the reboot a new login, a scheduled job or a
  program that loads a part of itself later can fail.
  If it cannot be today, make sure that you can still get in:
    sudo systemctl restart sshd
  This ssh login stays open. Keep it until a new login works.
`,
  ],
  '4: the kernel, the driver and microcode': [
    hookReport([app('Firefox')], { reboot: rebootFor(MICROCODE, KERNEL, NVIDIA) }),
    HOOK,
    `  Reboot soon: new graphics programs fail already, new devices may not work.
  Reboot       nvidia     580.105.08 is installed, module 580.95.05 is loaded
               kernel     6.18.1-arch1-2 is installed, 6.17.9-arch1-1 runs: what
                          it has not loaded yet (USB, VPN, disks) cannot load
               amd-ucode  takes effect at boot
               It also renews Firefox, which uses the old openssl.
`,
  ],
  '5: the second day': [
    hookReport([
      { ...OLD_SSHD, files: OLD_SSHD.files.map((one) => ({ ...one, isNew: true })) },
      before('nginx'),
      before('net', { lifeline: 'the way' }),
    ]),
    HOOK,
    `  New logins may fail: sshd still uses the old openssh (10.0p1-4 -> 10.2p1-2),
  since Fri 20 Nov. No reboot needed.
    sudo systemctl restart sshd
  This ssh login stays open. Keep it until a new login works.
  2 more services use old code since Fri 20 Nov, net among them.
  To see them: sudo stale-libs
`,
  ],
  '6: one library of one service': [
    hookReport([old('cups', ['libcups.so.2', 'libcups 2:2.4.14-1 2:2.4.15-1'])]),
    HOOK,
    `  cups still uses the old libcups (2:2.4.14-1 -> 2:2.4.15-1). No reboot needed.
    sudo systemctl restart cups
`,
  ],
  '7: data only': [
    hookReport([OLD_SSHD, before('net', { lifeline: 'the way' })], {
      hook: { isTold: true, hasCode: false, memory: null },
    }),
    HOOK,
    `  New logins may fail: sshd still uses the old openssh (10.0p1-4 -> 10.2p1-2),
  since Fri 20 Nov.
    sudo systemctl restart sshd
  This ssh login stays open. Keep it until a new login works.
`,
  ],
  '8: by hand': [
    reportOf({
      findings: [
        DBUS,
        OLD_SSHD,
        ...SERVER.slice(1, 4),
        gdm,
        costly('NetworkManager'),
        own('mpd'),
        app('tmux'),
      ],
      reader: { uid: null, asRoot: null },
      reboot: rebootFor({ code: 'finding', level: 'soft', finding: DBUS } as never),
    }),
    HAND,
    `8 services and 1 app use old code, the oldest since Fri 20 Nov. New logins may
fail until sshd is restarted. Reboot when it suits.

Reboot       dbus-broker     expat    systemctl soft-reboot is enough
Restart      sshd            openssh  new logins may fail
             dovecot         openssl  its clients must reconnect
             mariadb         openssl  its clients must reconnect
             postgresql      openssl  its clients must reconnect
               stale-libs restart
             This ssh login stays open. Keep it until a new login works.
Choose when  gdm             openssl  it ends the graphical session; log out
                                      first
             NetworkManager  openssl  the network drops for a moment
               stale-libs restart NetworkManager
As ben       mpd             openssl  stale-libs restart --user
Reopen       tmux of ben     openssl
`,
  ],
  '9: by hand, as a user': [
    reportOf({
      isRoot: false,
      read: 61,
      unreadable: 240,
      limits: [{ code: 'maps-denied', count: 240 }],
      reader: { uid: null, asRoot: 'sudo' },
      findings: [own('pipewire'), app('Firefox')],
    }),
    HAND,
    `Only your own 61 programs were looked at; 240 others need root: sudo stale-libs
1 service and 1 app of yours use old code, since today.
No reason to reboot was seen.

Restart      pipewire  openssl
               stale-libs restart --user
Reopen       Firefox   openssl
System       not seen
`,
  ],
  '10: nothing old': [
    reportOf({ read: 82 }),
    HAND,
    `Nothing uses old code (82 programs looked at). No reboot needed.
`,
  ],
  '11: incomplete': [
    reportOf({
      findings: [old('nginx', OPENSSL)],
      limits: [{ code: 'maps-denied', count: 2 }],
      reader: { uid: null, asRoot: 'sudo' },
    }),
    HAND,
    `Not everything was seen: 2 processes could not be read, not even as root: a
sandbox or container forbids it.
At least nginx uses old code, since today. No reason to reboot was seen.

Restart      nginx  openssl
               sudo systemctl restart nginx
`,
  ],
  '11b: incomplete, in a hook': [
    hookReport([old('nginx', OPENSSL)], {
      limits: [
        { code: 'maps-denied', count: 2 },
        { code: 'mappings-dropped', count: 1 },
      ],
    }),
    HOOK,
    `  nginx still uses the old openssl (3.6.0-1 -> 3.6.1-1).
  No reason to reboot was seen.
    sudo systemctl restart nginx
  Not all was seen (2 unreadable, 1 in part): sudo stale-libs
`,
  ],
  '16: sixty services by hand': [
    reportOf({
      findings: [
        OLD_SSHD,
        ...Array.from({ length: 37 }, (_, at) =>
          old(`app@${String(at + 1).padStart(2, '0')}`, OPENSSL),
        ),
        ...SERVER.slice(1),
      ],
      reader: { uid: null, asRoot: 'sudo' },
    }),
    HAND,
    `51 services use old code, the oldest since Fri 20 Nov. New logins may fail until
sshd is restarted. No reboot needed.

Restart      sshd                   openssh  new logins may fail
             dovecot, mariadb, postgresql, valkey, vsftpd (openssl): their
             clients must reconnect
             44 more (openssl): app@01 to app@37, fail2ban, nginx, opendkim,
             php-fpm, postfix, rspamd, systemd-resolved
               sudo stale-libs restart
             This ssh login stays open. Keep it until a new login works.
Choose when  openvpn-server@office  openssl  the network drops for a moment
               sudo stale-libs restart openvpn-server@office
A row for each: sudo stale-libs --all
`,
  ],
  '17: a container host': [
    hookReport([
      old('containerd', OPENSSL),
      old('libvirtd', OPENSSL),
      old('sshd', OPENSSL, LOGIN),
      old('docker', ['dockerd', 'docker 1:28.5.2-1 1:29.0.1-1'], {
        action: 'manual',
        rule: 'ends-guests',
        cautions: network,
      }),
    ]),
    HOOK,
    `  4 services still use old code of openssl (3.6.0-1 -> 3.6.1-1) or docker
  (1:28.5.2-1 -> 1:29.0.1-1). No reboot needed.
  Restart      sshd, containerd, libvirtd
                 sudo systemctl restart sshd containerd libvirtd
               This ssh login stays open.
  Choose when  docker: the network drops for a moment
                 sudo stale-libs restart docker
`,
  ],
  '20: the worst day': [
    hookReport([OLD_SSHD, ...DESKTOP, DBUS, before('net', { lifeline: 'the way' })], {
      reboot: rebootFor(MICROCODE, KERNEL, NVIDIA),
      afterEffects: [{ code: 'failed', unit: 'mariadb.service', result: '' }],
    }),
    HOOK,
    `  mariadb has failed since this upgrade began: journalctl -eu mariadb
  Reboot soon: new graphics programs fail already, new devices may not work.
  Reboot       nvidia     580.105.08 is installed, module 580.95.05 is loaded
               kernel     6.18.1-arch1-2 is installed, 6.17.9-arch1-1 runs: what
                          it has not loaded yet (USB, VPN, disks) cannot load
               amd-ucode  takes effect at boot
               Nothing else renews dbus-broker. It also renews 10 services and 2
               apps, which use old code of openssl or expat.
  New logins may fail until then, since sshd uses the old openssh
  (10.0p1-4 -> 10.2p1-2).
    sudo systemctl restart sshd
  This ssh login stays open. Keep it until a new login works.
  Without a reboot, the safe part (2 services):
    sudo systemctl restart cups systemd-resolved
  net uses old code since Fri 20 Nov. To see it: sudo stale-libs
`,
  ],
}
for (const [name, [report, options, text]] of Object.entries(SCREENS))
  test(`screen ${name}`, () => {
    assert.equal(shown(renderText(report, options, columnsOf)), text)
  })

test('no page is wider than it is told, and a narrow one loses no name', () => {
  for (const [name, [report, options]] of Object.entries(SCREENS))
    for (const width of [40, 60, 80, 120, 200]) {
      const text = shown(renderText(report, options, columnsOf, width))
      const most = options.hook ? 80 : width
      for (const line of text.split('\n')) assert.ok(columnsOf(line) <= most, `${name}\n${line}`)
      if (options.hook) continue
      for (const { unit, kind } of report.findings) {
        const short = unit === null || kind !== 'service' ? '' : unit.replace('.service', '')
        assert.ok(short.startsWith('app@') || text.includes(short), `${width} ${short}`)
      }
    }
})

test('colour adds no character, and says what is urgent, a choice, a heading or a command', () => {
  for (const [report, options] of Object.values(SCREENS)) {
    const lines = renderText(report, options, columnsOf)
    const coloured = written(lines, COLOURED, REFUSING)
    assert.equal(coloured.replaceAll(/\u001b\[\d+m/g, ''), written(lines, PLAIN, REFUSING))
  }
  const coloured = (name: string) => {
    const [report, options] = SCREENS[name] ?? []
    assert.ok(report !== undefined && options !== undefined)
    return written(renderText(report, options, columnsOf), COLOURED, REFUSING)
  }
  assert.match(coloured('20: the worst day'), /\u001b\[31mReboot soon:/)
  assert.match(coloured('20: the worst day'), /\u001b\[31mReboot {7}\u001b/)
  assert.match(coloured('7: data only'), /\u001b\[31mNew logins may fail/)
  assert.match(coloured('2: a desktop'), /\u001b\[33mChoose when/)
  assert.match(coloured('2: a desktop'), /\u001b\[1mRestart/)
  assert.match(coloured('2: a desktop'), /\u001b\[1m +stale-libs restart --user\u001b/)
})

const LONG = '2.41+r48+g5cb575ca9a3d-1 2.42+r17+gd7274d718e6f-1'
const REASONS = ['amd-ucode', 'intel-ucode', 'linux-firmware', 'sof-firmware'].map((one) => ({
  ...MICROCODE,
  package: one,
}))

test('a hook has at most 20 lines whatever happened, and drops nothing that must be read', () => {
  const many = (unit: string, some: Plain<Partial<Finding>> = {}) =>
    Array.from({ length: 60 }, (_, at) =>
      old(
        `${unit}-of-a-long-name-${at}`,
        ['liba.so', `package-of-a-long-name-${at % 7} ${LONG}`],
        some,
      ),
    )
  const everything = [
    ...many('safe'),
    ...many('costly', { action: 'manual', rule: 'sensitive', cautions: network }),
    ...many('mine', { kind: 'user-service', action: 'user-restart', user: ben }),
    ...many('app', { kind: 'app', action: 'close', rule: 'app', user: ben }),
    OLD_SSHD,
    before('net', { lifeline: 'the way' }),
  ]
  const effects = ['a', 'b', 'c'].map(
    (one) => ({ code: 'failed', unit: `${one}.service`, result: '' }) as const,
  )
  const reboots = [undefined, rebootFor(KERNEL, NVIDIA, ...REASONS), rebootFor(MICROCODE)]
  for (const reboot of reboots)
    for (const findings of [everything, everything.toSpliced(0, 60), everything.slice(0, 60)]) {
      const limits = [{ code: 'maps-denied', count: 2 }] as const
      const some = { limits, afterEffects: effects, ...(reboot && { reboot }) }
      const text = shown(renderText(hookReport(findings, some), HOOK, columnsOf))
      assert.ok(text.split('\n').length - 1 <= 20, text)
      for (const line of text.split('\n')) assert.ok(columnsOf(line) <= 80, line)
      assert.match(text, /systemctl --failed/)
      assert.match(text, /Not all was seen \(2 unreadable\): sudo stale-libs\n$/)
      if (findings.includes(OLD_SSHD))
        assert.match(text, /New logins may fail.*\n(?:.*\n)* {4}sudo systemctl restart sshd\n/)
      if (reboot?.reasons.length === 6)
        assert.match(text, /amd-ucode, intel-ucode|kernel .*6\.18\.1/)
      if (findings.length > 150)
        assert.match(text, /sudo stale-libs restart {4}\(shows|sudo systemctl restart/)
    }
})

/** Services by what became of them, and the first lines of the hook. */
const BROKEN: readonly (readonly [failed: string, lost: string, lines: string])[] = [
  [
    'mariadb redis',
    'avahi',
    `  mariadb and redis have failed since this upgrade began: systemctl --failed
  avahi runs, but not as org.avahi on the bus: systemctl status avahi
`,
  ],
  [
    '',
    'avahi bluetooth colord polkit udisks2',
    `  avahi, bluetooth, colord and 2 more run, but not under their names on the bus:
  sudo stale-libs
`,
  ],
]
for (const [failed, lost, lines] of BROKEN)
  test(`a hook tells what has failed (${failed}) from what lost its bus name (${lost})`, () => {
    const named = (names: string) => names.split(' ').filter((name) => name !== '')
    const afterEffects = [
      ...named(failed).map((name) => {
        return { code: 'failed', unit: `${name}.service`, result: '' } as const
      }),
      ...named(lost).map((name) => {
        return { code: 'bus-name-lost', unit: `${name}.service`, busName: `org.${name}` } as const
      }),
    ]
    const text = shown(renderText(hookReport([], { afterEffects }), HOOK, columnsOf))
    assert.equal(text, lines)
  })

test('root is not told to restart as a user what is of root', () => {
  const manager = old('user@0', OPENSSL, {
    kind: 'user-manager',
    action: 'user-reexec',
    user: { uid: 0, name: 'root' },
  })
  const said = (uid: number | null, options: typeof HOOK) =>
    shown(renderText(hookReport([manager], { reader: { uid, asRoot: 'sudo' } }), options))
  const command = 'sudo systemctl --user -M root@ daemon-reexec'
  for (const screen of [said(1000, HAND), said(0, HAND), said(0, HOOK)]) {
    assert.match(screen, new RegExp(`\n +${command}\n`))
    assert.doesNotMatch(screen, /stale-libs restart/)
  }
  assert.match(said(1000, HOOK), /As root +1 service: sudo stale-libs\n/)
})

test('what is said of a reboot stands on one line behind what may fail', () => {
  const files = [{ ...changed(OPENSSH), kind: 'executable' }] as const
  const ssh = old('ssh', OPENSSH, { ...LOGIN, mayFail: 'logins', files })
  assert.match(
    shown(renderText(hookReport([ssh]), HOOK, columnsOf)),
    /^ {2}New logins may fail: ssh .* \(10.0p1-4 -> 10.2p1-2\)\.\n {2}No reboot needed\.\n/,
  )
})

test('the lines of a hook that count all others are known as such, and no other lines', () => {
  for (const [name, [, options, text]] of Object.entries(SCREENS)) {
    if (!options.hook) continue
    const isCounted = text.includes('To see')
    assert.equal(refersToTheRest(text.split('\n').slice(0, -1)), isCounted, name)
  }
})

test('a hook is silent where nothing is old, and says where it did not see all', () => {
  assert.equal(shown(renderText(reportOf(), HOOK)), '')
  const said = (unseenOfSystem: number) => shown(renderText(reportOf({ unseenOfSystem }), HOOK))
  assert.equal(said(1), '  Nothing found; 1 program of the system could not be read: stale-libs\n')
  assert.equal(
    said(48),
    '  Nothing found; 48 programs of the system could not be read: stale-libs\n',
  )
})
