/** What a process belongs to, and the step for each kind of owner: cases 36 to 64. */
import assert from 'node:assert/strict'
import type { UnitFacts } from '../../src/core/systemd/unit-facts.ts'
import type { FindingDocument } from '../support/bundle.ts'
import type { RecordedMachine } from '../support/recording.ts'
import { restartedBy } from '../support/screen-parts.ts'
import { shownBy, specify } from '../support/specification.ts'
import {
  LIBC,
  cautions,
  ofMachine,
  ofTree,
  only,
  restart,
  staleIn,
  textOf,
  verdict,
  verdicts,
} from './scans.ts'

const MANAGER = '/user.slice/user-1000.slice/user@1000.service'
const ID = 'ab12'.repeat(16)
const FRESH = 'r-xp /usr/lib/libc.so.6'

/** The group of a service of the system. */
const system = (unit: string) => `/system.slice/${unit}`

/**
 * Returns what becomes of one stale process in a control group, on a machine of otherwise defaults.
 */
function findingIn(cgroup: string, machine: Partial<RecordedMachine> = {}): FindingDocument {
  return only(ofMachine({ processes: staleIn(cgroup), ...machine }).findings)
}

/**
 * The same for a service with these properties; the command must be in the list exactly if it may.
 */
function findingOf(unit: string, some: Partial<UnitFacts>, machine: Partial<RecordedMachine> = {}) {
  const document = ofMachine({
    processes: staleIn(system(unit)),
    units: { [unit]: some },
    ...machine,
  })
  const finding = only(document.findings)
  const isRestart = finding.action === 'restart'
  assert.deepEqual(document.commands, isRestart ? [restart(unit)] : [])
  return finding
}

/** Action and cautions. */
const step = (finding: FindingDocument) => [finding.action, ...cautions(finding)]

/** Asserts that the groups belong to services of these names, which a restart clears. */
function assertServices(groups: Readonly<Record<string, string>>): void {
  const units = Object.fromEntries(Object.values(groups).map((unit) => [unit, {}]))
  const document = ofMachine({ processes: staleIn(...Object.keys(groups)), units })
  const names = Object.values(groups).toSorted()
  assert.deepEqual(
    verdicts(document),
    names.map((unit) => ['service', unit, 'restart']),
  )
  assert.deepEqual(document.commands, [restart(...names)])
}

specify(36, 'a process in the group of a service belongs to that service', {
  recording: () => assertServices({ '/system.slice/nginx.service': 'nginx.service' }),
  booted: shownBy(
    'e2e/units.test.ts',
    'the command is for those that a restart clears, and no others',
  ),
})

specify(37, 'a group below a service belongs to the service', {
  recording: () =>
    assertServices({ '/system.slice/systemd-udevd.service/udev': 'systemd-udevd.service' }),
  // delegated.service
  booted: shownBy(
    'e2e/units.test.ts',
    'the command is for those that a restart clears, and no others',
  ),
})

specify(38, 'an instance of a template keeps its instance', {
  recording() {
    assertServices({ '/system.slice/system-toy.slice/toy@a.service': 'toy@a.service' })
    // A getty is such an instance, but its restart would end a login.
    const getty = findingIn('/system.slice/system-getty.slice/getty@tty1.service')
    assert.deepEqual(verdict(getty), ['service', 'getty@tty1.service', 'manual'])
  },
  // instance@a\x2db.service
  booted: shownBy(
    'e2e/units.test.ts',
    'the command is for those that a restart clears, and no others',
  ),
})

specify(39, 'a name with hyphens and escapes stays exact, also for a shell', {
  recording() {
    const names = [
      'foo\\x5cx2dbar.service',
      'systemd-cryptsetup@x\\x2dy.service',
      'systemd-journald.service',
    ]
    const units = Object.fromEntries(names.map((unit) => [unit, {}]))
    const processes = staleIn(...names.map(system))
    assert.deepEqual(ofMachine({ processes, units }).commands, [restart(...names)])
    // systemctl adds `.service` to a name without a type.
    const typed = names.with(2, 'systemd-journald')
    for (const argv of [[], ['--hook']])
      assert.deepEqual(restartedBy(textOf({ processes, units }, ...argv)), typed)

    const swap = 'dev-disk-by\\x2duuid-1a2b.swap'
    assert.deepEqual(verdict(findingIn(system(swap))), ['service', swap, 'manual'])
  },
  // toy\x2ddash.service, with the printed command run by a shell.
  booted: shownBy(
    'e2e/units.test.ts',
    'the printed command brings all of them back with the new library',
  ),
})

specify(40, 'a service in slices of its own is named like any other', {
  recording: () =>
    assertServices({
      '/mycorp.slice/app.service': 'app.service',
      '/a.slice/a-b.slice/x.service': 'x.service',
    }),
  // two.service, in toys.slice
  booted: shownBy(
    'e2e/hook.test.ts',
    'names the units, and only those, whose library pacman -Syu upgraded',
  ),
})

specify(41, 'a user service belongs to its user, not to user@UID.service', {
  recording() {
    const finding = findingIn(`${MANAGER}/app.slice/pipewire.service`, {
      units: { '1000/pipewire.service': {} },
    })
    assert.deepEqual(verdict(finding), ['user-service', 'pipewire.service', 'user-restart'])
    assert.deepEqual(finding.user, { uid: 1000, name: 'zoe' })
    // root asks no user's manager, and says nothing to paste.
    assert.deepEqual([finding.command, finding.cautions], [null, []])
    const own = findingIn(`${MANAGER}/app.slice/pipewire.service`, {
      units: { '1000/pipewire.service': {} },
      uid: 1000,
    })
    const command = ['systemctl', '--user', 'restart', '--', 'pipewire.service']
    assert.deepEqual(own.command, command)
  },
  booted: shownBy(
    'e2e/users.test.ts',
    "root is told of users' services, and has nothing to paste",
    'users are told of their own, with a command that they can run',
  ),
})

specify(42, 'an application that a user opened is to be closed and opened again', {
  recording() {
    const finding = findingIn(`${MANAGER}/app.slice/app-gnome-firefox-1234.scope`)
    assert.deepEqual([...verdict(finding), finding.command], ['app', 'firefox', 'close', null])
    const own = findingIn(`${MANAGER}/app.slice/app-com.mitchellh.ghostty.service`)
    assert.deepEqual(verdict(own), ['app', 'com.mitchellh.ghostty', 'close'])
    // dbus-broker gives units to programs with windows and to daemons alike.
    const slice = String.raw`app-dbus\x2d:1.2\x2dorg.gnome.Maps.slice`
    const started = findingIn(`${MANAGER}/app.slice/${slice}/dbus-:1.2-org.gnome.Maps@0.service`)
    assert.deepEqual(
      [...verdict(started), started.command, cautions(started)],
      ['user-service', 'org.gnome.Maps', 'close', null, ['started-by-bus']],
    )
  },
  booted: shownBy(
    'e2e/users.test.ts',
    'what a user has opened is to be closed, by nobody but the user',
  ),
})

specify(43, 'a user manager executes itself anew, and its PAM holder ends with the login', {
  recording() {
    const cgroup = `${MANAGER}/init.scope`
    const processes = {
      10: { comm: 'systemd', maps: [LIBC], cgroup },
      11: { comm: '(sd-pam)', maps: [LIBC], cgroup },
    }
    const said = (machine: Partial<RecordedMachine>) =>
      ofMachine({ processes, ...machine }).findings.map(({ processes: [first], ...rest }) => [
        first?.comm,
        ...step({ processes: [], ...rest }),
        rest.command,
      ])
    const both = ['systemd', 'user-reexec', 'holder-stays']
    assert.deepEqual(said({ uid: 1000 }), [[...both, ['systemctl', '--user', 'daemon-reexec']]])
    assert.deepEqual(said({ uid: 0 }), [[...both, null]])
    // systemd 257 and later: root can tell it through the system's manager.
    assert.deepEqual(said({ units: { 'user@1000.service': { CanReload: 'yes' } } }), [
      [...both, ['systemctl', 'reload', '--', 'user@1000.service']],
    ])
    const holder = { 11: { comm: '(sd-pam)', maps: [LIBC], cgroup } }
    assert.deepEqual(said({ processes: holder }), [['(sd-pam)', 'relogin', 'ends-at-logout', null]])
  },
  booted: shownBy(
    'e2e/users.test.ts',
    'systemd itself and the managers of users execute themselves anew',
  ),
})

specify(44, 'a login session is to be left and entered again, that of a greeter too', {
  recording() {
    const session = findingIn('/user.slice/user-1000.slice/session-3.scope')
    assert.deepEqual(
      [...verdict(session), session.user?.name, session.command],
      ['session', 'session 3', 'relogin', 'zoe', null],
    )
    const greeter = findingIn('/user.slice/user-120.slice/session-c1.scope')
    assert.deepEqual(verdict(greeter), ['session', 'session c1', 'relogin'])
  },
  booted: shownBy(
    'e2e/users.test.ts',
    'a session is to be left and entered again, by nobody but the user',
  ),
})

specify(45, 'systemd itself executes itself anew; it is never restarted', {
  recording() {
    const init = { comm: 'systemd', maps: [LIBC], cgroup: '/init.scope' }
    const { findings, commands } = ofMachine({ processes: { 1: init } })
    assert.deepEqual(verdict(only(findings)), ['manager', 'systemd', 'reexec'])
    assert.deepEqual(commands, [['systemctl', 'daemon-reexec']])
  },
  booted: shownBy(
    'e2e/users.test.ts',
    'systemd itself and the managers of users execute themselves anew',
  ),
})

specify(46, 'a process without a unit has its own name, not that of a unit', {
  recording() {
    const loose = { comm: 'daemon', maps: [LIBC] }
    // WSL leaves what its users run beside PID 1.
    for (const cgroup of ['/', '0::/\n', '0::/system.slice\n', '0::/init.scope\n']) {
      const { findings, commands } = ofMachine({ processes: { 10: { ...loose, cgroup } } })
      const finding = only(findings)
      assert.deepEqual(verdict(finding), ['process', 'daemon', 'manual'])
      assert.deepEqual([finding.unit, finding.command, commands], [null, null, []])
    }
  },
  tree() {
    // Where the group cannot be read, that is said.
    const { findings, limits } = ofTree({ 10: { comm: 'daemon', maps: [LIBC], cgroup: '' } })
    assert.deepEqual(verdict(only(findings)), ['process', 'daemon', 'manual'])
    assert.deepEqual(
      limits.map(({ code, count }) => [code, count]),
      [['group-unreadable', 1]],
    )
  },
})

specify(47, 'the groups of cgroup v1 and of a hybrid system name units too', {
  recording() {
    const named = '1:name=systemd:/system.slice/nginx.service'
    for (const cgroup of [
      `12:pids:/system.slice/nginx.service\n${named}\n`,
      `${named}\n0::/system.slice/nginx.service\n`,
      `${named}\n0::/\n`,
    ]) {
      const { findings } = ofMachine({
        processes: { 10: { maps: [LIBC], cgroup } },
        units: { 'nginx.service': {} },
      })
      assert.deepEqual(verdict(only(findings)), ['service', 'nginx.service', 'restart'])
    }
  },
})

specify(48, 'a group outside of what can be seen from here names no unit', {
  recording() {
    const finding = findingIn('/../other.slice/nginx.service')
    assert.deepEqual([...verdict(finding), finding.unit], ['process', 'daemon', 'manual', null])
  },
})

specify(49, 'a process in a container is a matter of the container, never of what runs it', {
  recording() {
    const groups = {
      [`/system.slice/docker-${ID}.scope`]: 'docker',
      [`/docker/${ID}`]: 'docker',
      [`/system.slice/docker.service/docker/docker-${ID}.scope`]: 'docker',
      [`/machine.slice/libpod-${ID}.scope/container`]: 'podman',
      [`${MANAGER}/user.slice/libpod-${ID}.scope/container`]: 'podman',
      '/machine.slice/machine-foo.scope': 'nspawn',
      '/machine.slice/systemd-nspawn@foo.service/payload/system.slice/nginx.service': 'nspawn',
      '/lxc.payload.foo/system.slice/nginx.service': 'lxc',
      [`/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/cri-containerd-${ID}.scope`]:
        'kubernetes',
    }
    const apart = { mnt: 'a', pid: 'a', uts: 'a', root: 'a' }
    for (const [cgroup, runtime] of Object.entries(groups)) {
      const { findings } = ofMachine({ processes: { 10: { maps: [LIBC], cgroup, apart } } })
      const finding = only(findings)
      assert.deepEqual(
        [finding.kind, finding.container?.runtime, finding.action, finding.command],
        ['container', runtime, 'container', null],
        cgroup,
      )
    }
  },
  booted: shownBy(
    'e2e/guests.test.ts',
    'a container of nspawn is told by its name',
    'a container that somebody starts by hand is one',
    'a container of a user without rights is not the session of that user',
  ),
})

specify(50, 'a Flatpak or a snap is a matter of that application, not of the machine', {
  recording() {
    const { findings } = ofMachine({
      processes: {
        10: {
          maps: ['r-xp /app/lib/libx.so (deleted)'],
          cgroup: `${MANAGER}/app.slice/app-flatpak-org.x.Y-77.scope`,
          apart: { mnt: 'a', root: 'a', pid: 'a' },
        },
        11: {
          maps: ['r-xp /snap/firefox/1/usr/lib/libx.so (deleted)'],
          cgroup: `${MANAGER}/app.slice/snap.firefox.firefox-1f2e.scope`,
          apart: { mnt: 'b', root: 'b' },
        },
      },
    })
    assert.deepEqual(findings.map(verdict), [
      ['app', 'firefox', 'close'],
      ['app', 'org.x.Y', 'close'],
    ])
  },
})

specify(51, 'a virtual machine is shut down and started by its owner, never restarted', {
  recording() {
    const finding = findingIn('/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator')
    assert.deepEqual([...verdict(finding), finding.command], ['vm', 'vm', 'manual', null])
  },
})

specify(52, 'a library of a container that this machine does not have is not stale', {
  tree() {
    const maps = ['r-xp /usr/lib/x86_64-linux-gnu/libc.so.6']
    const { findings, limits } = ofTree({
      10: { maps, cgroup: `/docker/${ID}`, apart: { mnt: 'a', pid: 'a', root: 'a' } },
    })
    assert.deepEqual([findings, limits], [[], []])
  },
})

// Not yet shown: that no package of this machine is named for it; no file has a package yet.
specify(53, 'a deleted library of another machine in here is stale there', {
  recording() {
    const cgroup = system('jail.service')
    const apart = { mnt: 'a', pid: 'a', root: 'a', uts: 'a' }
    const { findings, commands } = ofMachine({
      processes: { 10: { maps: [LIBC], cgroup, apart } },
      units: { 'jail.service': {} },
    })
    const finding = only(findings)
    assert.deepEqual([finding.kind, finding.action], ['container', 'container'])
    assert.deepEqual(commands, [])
  },
})

specify(54, 'a sandboxed service is a service of this machine', {
  recording() {
    const sandboxes = [
      { mnt: 'a' },
      { mnt: 'a', root: 'a' },
      { mnt: 'a', pid: 'a' },
      { mnt: 'a', root: 'a', pid: 'a' },
      { root: 'a', pid: 'a', uts: 'a' },
    ]
    for (const apart of sandboxes) {
      const cgroup = system('toy.service')
      const { commands } = ofMachine({
        processes: { 10: { maps: [LIBC], cgroup, apart } },
        units: { 'toy.service': {} },
      })
      assert.deepEqual(commands, [restart('toy.service')])
    }
  },
  // jailed, private-tmp, private-users, strict, dynamic-user: all restarted, and fresh again.
  booted: shownBy(
    'e2e/units.test.ts',
    'the command is for those that a restart clears, and no others',
    'the printed command brings all of them back with the new library',
  ),
})

specify(55, 'a daemon in a chroot is stale only by what was deleted, and its paths are ours', {
  recording() {
    const jail = '/var/spool/postfix'
    const daemon = (line: string) => ({
      processes: {
        10: { maps: [line], cgroup: system('postfix.service'), apart: { root: 'postfix' } },
      },
      units: { 'postfix.service': {} },
    })
    assert.deepEqual(ofMachine(daemon(`r-xp ${jail}/lib/libnss_dns.so.2`)).findings, [])
    const stale = ofMachine(daemon(`r-xp ${jail}/lib/libnss_dns.so.2 (deleted)`))
    const finding = only(stale.findings)
    assert.deepEqual(verdict(finding), ['service', 'postfix.service', 'restart'])
    // The kernel writes paths as whoever reads them sees them.
    assert.deepEqual(
      finding.files.map(({ path }) => path),
      [`${jail}/lib/libnss_dns.so.2`],
    )
  },
})

/** A daemon that lets its connections live on when it is restarted, and two of those. */
const connections = (unit: string, main: string, some: Partial<UnitFacts> = {}) => ({
  processes: {
    10: { maps: [main], cgroup: system(unit) },
    11: { maps: [LIBC], cgroup: system(unit) },
    12: { maps: [LIBC], cgroup: system(unit) },
  },
  units: { [unit]: { KillMode: 'process', MainPID: '10', ...some } },
})

specify(56, 'old connections of a fresh daemon are not cleared by a restart: they end', {
  recording() {
    for (const unit of ['dropbear.service', 'sshd.service']) {
      const { findings, commands } = ofMachine(connections(unit, FRESH))
      const finding = only(findings)
      assert.deepEqual(step(finding), ['wait', 'left-over'])
      assert.deepEqual(
        [finding.processes.map(({ pid }) => pid), finding.command, commands],
        [[11, 12], null, []],
      )
    }
    // Where the daemon is stale as well, its restart is one thing and they are another.
    const { findings } = ofMachine(connections('sshd.service', LIBC))
    assert.deepEqual(
      findings.map((finding) => [...step(finding), finding.processes.length]),
      [
        ['restart', 1],
        ['wait', 'goes-on', 2],
      ],
    )
  },
  booted: shownBy('e2e/units.test.ts', 'what a restart leaves alone is a finding of its own'),
})

specify(57, 'a service that was restarted, and left processes behind, is not restarted again', {
  recording() {
    const { findings, commands } = ofMachine(connections('cronie.service', FRESH))
    assert.deepEqual([step(only(findings)), commands], [['wait', 'left-over'], []])
  },
  booted: shownBy(
    'e2e/units.test.ts',
    'old processes that a restart has already left behind are not cleared by another',
    'the printed command brings all of them back with the new library',
  ),
})

specify(58, 'what a stopped unit left over is to be ended: a restart would start the unit', {
  recording() {
    const finding = findingOf('a.service', { ActiveState: 'inactive', MainPID: '0' })
    assert.deepEqual(step(finding), ['manual', 'unit-stopped'])
    const text = textOf({
      processes: staleIn(system('a.service')),
      units: { 'a.service': { ActiveState: 'failed', MainPID: '0' } },
    })
    assert.match(text, /these processes still run; end them/)
  },
  booted: shownBy('e2e/units.test.ts', 'a stopped unit is not started for what it left behind'),
})

// peers.md says that a restart would lose a transient unit. It does not: systemd keeps the file in
// /run, seen with 252 and 262. One with a name of its own comes back, and it is said that its
// command runs again.
specify(59, "somebody's command is not run again, nor a scope; a named transient service is", {
  recording() {
    const command = findingOf('run-r123.service', { Transient: 'yes' })
    assert.deepEqual(step(command), ['manual', 'somebodys-command'])
    assert.deepEqual(step(findingIn(system('run-u12.scope'))), ['manual', 'scope'])
    const awaited = findingOf('backup.service', { Transient: 'yes', Refs: ':1.7' })
    assert.deepEqual(step(awaited), ['manual', 'somebodys-command'])
    const named = findingOf('named.service', { Transient: 'yes' })
    assert.deepEqual(step(named), ['restart', 'runs-again'])
  },
  booted: shownBy(
    'e2e/units.test.ts',
    "somebody's own command is not run again",
    'a scope cannot be restarted',
    'the printed command brings all of them back with the new library',
  ),
})

specify(60, 'a unit without a file is not restarted, and an alias is known for what it is', {
  recording() {
    const gone = findingOf('a.service', { LoadState: 'not-found' })
    assert.deepEqual(step(gone), ['manual', 'unit-file-gone'])
    const masked = findingOf('a.service', { LoadState: 'masked' })
    assert.deepEqual(step(masked), ['manual', 'unit-file-gone'])
    const bus = findingOf('own-bus.service', { Names: 'own-bus.service dbus.service' })
    assert.deepEqual([bus.name, ...step(bus)], ['own-bus.service', 'soft-reboot', 'sensitive'])
    const display = findingOf('new-dm.service', {
      Names: 'new-dm.service display-manager.service',
    })
    assert.deepEqual(step(display), ['manual', 'display-manager'])
  },
  booted: shownBy(
    'e2e/units.test.ts',
    'a unit without a unit file is not restarted, as that would only stop it',
  ),
})

specify(61, 'a unit that refuses to be stopped by hand has no restart command', {
  recording() {
    const refuses = findingOf('a.service', { RefuseManualStop: 'yes' })
    assert.deepEqual(step(refuses), ['soft-reboot', 'systemd-refuses'])
    const auditd = findingOf('auditd.service', { RefuseManualStop: 'yes' })
    assert.equal(auditd.action, 'soft-reboot')
    const old = findingOf('a.service', { RefuseManualStop: 'yes' }, { canSoftReboot: false })
    assert.equal(old.action, 'reboot')
  },
  booted: shownBy('e2e/units.test.ts', 'what systemd refuses to restart needs more'),
})

specify(62, 'a oneshot is never listed when it is done, and never run again', {
  recording() {
    const done = { Type: 'oneshot', MainPID: '0' }
    assert.deepEqual(ofMachine({ processes: {}, units: { 'a.service': done } }).findings, [])
    assert.deepEqual(step(findingOf('a.service', done)), ['manual', 'oneshot-left-over'])
    const running = findingOf('a.service', { Type: 'oneshot', ActiveState: 'activating' })
    assert.deepEqual(step(running), ['wait', 'running-job'])
  },
  booted: shownBy('e2e/units.test.ts', 'a oneshot is not run again'),
})

specify(63, 'an instance for one connection renews itself with the next connection', {
  recording() {
    const sshd = 'sshd@5-10.0.0.1:22-10.0.0.2:7.service'
    assert.deepEqual(findingOf(sshd, {}).action, 'wait')
    const imap = 'imap@5-10.0.0.1:143-10.0.0.2:7.service'
    const finding = findingOf(imap, {}, { units: { [imap]: {}, 'imap.socket': { Accept: 'yes' } } })
    assert.deepEqual(step(finding), ['wait', 'one-connection'])
    // An instance that somebody started, and one whose socket makes none, are services like any
    // other.
    const beside = (unit: string, Accept: string) =>
      findingOf(unit, {}, { units: { [unit]: {}, 'toy.socket': { Accept } } })
    assert.deepEqual(step(beside('toy@a.service', 'yes')), ['restart'])
    assert.deepEqual(step(beside('toy@5-a.service', 'no')), ['restart'])
  },
  booted: shownBy('e2e/units.test.ts', 'an instance for one connection ends with it'),
})

specify(64, 'logind, the bus and the display manager are never in the command', {
  recording() {
    const names = ['dbus-broker.service', 'sddm.service', 'systemd-logind.service']
    const all = ['nginx.service', ...names]
    const { findings, commands } = ofMachine({
      processes: staleIn(...all.map(system)),
      units: Object.fromEntries(all.map((unit) => [unit, {}])),
      graphicalSessions: 1,
    })
    assert.deepEqual(findings.map(verdict), [
      ['service', 'dbus-broker.service', 'soft-reboot'],
      ['service', 'nginx.service', 'restart'],
      ['service', 'sddm.service', 'manual'],
      ['service', 'systemd-logind.service', 'manual'],
    ])
    assert.deepEqual(commands, [restart('nginx.service')])
    // A display manager without anybody behind it can be restarted.
    assert.equal(findingOf('sddm.service', {}, { graphicalSessions: 0 }).action, 'restart')
  },
})
